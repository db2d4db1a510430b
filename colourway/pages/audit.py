"""An audit as a page: each finding with its crop and swatches, grouped by kind."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from colourway.pages.debug_pictures import data_uri
from colourway.pages.page import write_page
from producer.audit.audit import Audited
from producer.audit.finding import Finding, Side
from producer.audit.kind import Kind
from producer.audit.spool import Spool
from producer.audit.table import MOST_UNKNOWN, WORDS
from shared.errors import KeyNotFound
from shared.storage.storage import Storage

HEADINGS = {
    Kind.NAME: "The name does not fit the picture",
    Kind.VARIANTS: "Called differently, look the same",
    Kind.PHOTOS: "Photos that disagree",
    Kind.DOUBT: "Unsure answers",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One side of a finding; ``picture`` is the crop as a data URI, None where there is none.

    ``link`` is where the picture itself is found, if a browser can go there.
    """

    side: Side
    picture: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """One finding as it is shown."""

    finding: Finding
    first: Panel
    second: Panel | None


@dataclass(frozen=True, slots=True)
class Section:
    """The findings of one kind, the surest first; ``count`` is how many there are in all."""

    kind: Kind
    heading: str
    count: int
    cards: tuple[Card, ...]


def write_audit(path: Path, done: Audited, spool: Spool, storage: Storage, examples: int) -> None:
    """Write the page to ``path``, whole or not at all, with so many findings of each kind.

    A crop that is no longer stored is left out; raises :class:`~shared.errors.StorageError` where
    the storage fails.
    """
    sections = [
        Section(kind, HEADINGS[kind], count, tuple(_cards(spool.findings(kind, examples), storage)))
        for kind, count in done.counts.items()
        if count
    ]
    values: dict[str, object] = {
        "done": done,
        "kind": Kind,
        "words": WORDS,
        "sections": sections,
        "unknown": done.names.unknown.most_common(MOST_UNKNOWN),
        "written_at": datetime.now(UTC),
    }
    write_page(path, "audit.html.j2", values)


def _cards(findings: Iterable[Finding], storage: Storage) -> Iterable[Card]:
    for each in findings:
        second = None if each.second is None else _panel(each.second, storage)
        yield Card(each, _panel(each.first, storage), second)


def _panel(side: Side, storage: Storage) -> Panel:
    picture = None
    if side.thumbnail_key is not None:
        with suppress(KeyNotFound):  # cleared away since; the colours still stand
            picture = data_uri(storage.get(side.thumbnail_key))
    reachable = side.url is not None and side.url.startswith(("http://", "https://"))
    return Panel(side, picture, side.url if reachable else None)
