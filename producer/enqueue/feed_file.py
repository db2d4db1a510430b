"""A feed as a user names it: where it is, how to read it, and where its rejected rows go."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Engine

from producer.enqueue.enqueue import Enqueued, JobPublisher, Order, enqueue
from producer.feeds.ahead import reading_ahead
from producer.feeds.columns import Columns
from producer.feeds.product import FeedProduct
from producer.feeds.products import products_of
from producer.feeds.record import Note, Rejected
from producer.feeds.rejects import RejectsFile
from producer.feeds.rows import FeedRows
from producer.feeds.source import STDIN, FeedFormat, is_folder, open_feed
from shared.errors import FeedError


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A feed and how to read it.

    ``source`` is a path, ``s3://bucket/key``, or ``-`` for standard input; a path may lead to a
    folder of pictures. ``rejects`` names the file for rows that cannot be used. ``picture_base`` is
    a URL that stands before addresses of pictures that have none.
    """

    source: str
    columns: Columns = field(default_factory=Columns)
    format: FeedFormat = FeedFormat.AUTO
    encoding: str | None = None
    delimiter: str | None = None
    rejects: Path | None = None
    picture_base: str | None = None

    @property
    def folder(self) -> Path:
        """The folder in which the feed lies, or which it is; the working folder for ``-``."""
        if self.source == STDIN:
            return Path.cwd()
        path = Path(self.source).resolve()
        return path if is_folder(self.source) else path.parent


def enqueue_file(
    engine: Engine,
    file: FeedFile,
    order: Order,
    *,
    local_pictures: bool = False,
    publisher: JobPublisher | None = None,
    on_reject: Callable[[Rejected], None] | None = None,
    on_note: Callable[[Note], None] | None = None,
    on_progress: Callable[[Enqueued], None] | None = None,
) -> Enqueued:
    """Enqueue a feed; see :func:`producer.enqueue.enqueue.enqueue`.

    ``on_note`` hears of every cell that was left out.

    ``local_pictures`` lets paths of pictures in that lie below the feed's folder: only for embedded
    mode, where the worker looks into the same folder.

    Raises:
        FeedError: the feed cannot be read, lacks a column that is needed, or is damaged.
    """
    if file.rejects is not None and file.rejects.resolve() == Path(file.source).resolve():
        raise FeedError(f"--rejects {file.rejects} is the feed itself; name another file")
    if is_folder(file.source) and not local_pictures:
        raise FeedError(
            f"{file.source} is a folder; pictures of this machine are read by `colourway run` alone"
        )
    with (
        open_feed(
            file.source, file.format, file.encoding, file.delimiter, folders=local_pictures
        ) as opened,
        RejectsFile(file.rejects, opened) if file.rejects else nullcontext() as rejects,
    ):

        def reject(row: Rejected) -> None:
            if rejects is not None:
                rejects.write(row)
            if on_reject is not None:
                on_reject(row)

        folder = file.folder if local_pictures else None
        rows = FeedRows(opened, file.columns)
        products = products_of(rows, folder, file.picture_base)
        noted = _Noted(on_note)
        # Whoever writes into a pipe may take any time, and a thread cannot be interrupted.
        waits = not Path(file.source).is_file()
        with nullcontext(products) if waits else reading_ahead(products) as ahead:
            done = enqueue(
                engine,
                noted.heard(ahead),
                order,
                publisher=publisher,
                on_reject=reject,
                on_progress=on_progress,
            )
        layout = None if rows.layout is None else rows.layout.name
        return replace(done, layout=layout, rows=rows.count, left_out=noted.count)


@dataclass(slots=True)
class _Noted:
    """Passes products on, and tells of the cells that were left out of them."""

    on_note: Callable[[Note], None] | None
    count: int = 0

    def heard(self, products: Iterable[FeedProduct | Rejected]) -> Iterator[FeedProduct | Rejected]:
        for product in products:
            if isinstance(product, FeedProduct) and product.notes:
                self.count += len(product.notes)
                if self.on_note is not None:
                    for note in product.notes:
                        self.on_note(note)
            yield product
