"""A feed as a user names it: where it is, how to read it, and where its rejected rows go."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from producer.enqueue.enqueue import Enqueued, JobPublisher, Order, enqueue
from producer.feeds.ahead import reading_ahead
from producer.feeds.columns import Columns
from producer.feeds.products import read_products
from producer.feeds.record import Rejected
from producer.feeds.rejects import RejectsFile
from producer.feeds.source import STDIN, FeedFormat, is_folder, open_feed
from shared.errors import FeedError


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A feed and how to read it.

    ``source`` is a path, ``s3://bucket/key``, or ``-`` for standard input; a path may lead to a
    folder of pictures. ``rejects`` names the file for rows that cannot be used.
    """

    source: str
    columns: Columns = field(default_factory=Columns)
    format: FeedFormat = FeedFormat.AUTO
    encoding: str | None = None
    delimiter: str | None = None
    rejects: Path | None = None

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
    on_progress: Callable[[Enqueued], None] | None = None,
) -> Enqueued:
    """Enqueue a feed; see :func:`producer.enqueue.enqueue.enqueue`.

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
        products = read_products(opened, file.columns, folder)
        # Whoever writes into a pipe may take any time, and a thread cannot be interrupted.
        waits = not Path(file.source).is_file()
        with nullcontext(products) if waits else reading_ahead(products) as ahead:
            return enqueue(
                engine, ahead, order, publisher=publisher, on_reject=reject, on_progress=on_progress
            )
