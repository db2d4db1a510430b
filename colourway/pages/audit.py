"""An audit as a page: each finding with its crop and swatches, grouped by kind."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from colourway.pages.page import write_page
from colourway.pages.thumbnail import thumbnail_uri
from producer.audit.audit import Audited
from producer.audit.finding import Finding, FindingSide
from producer.audit.kind import FindingKind
from producer.audit.spool import Spool
from producer.audit.table import MOST_UNKNOWN, WORDS
from shared.errors import KeyNotFound
from shared.storage.storage import Storage

HEADINGS = {
    FindingKind.NAME: "The name does not fit the picture",
    FindingKind.VARIANTS: "Called differently, look the same",
    FindingKind.PHOTOS: "Photos that disagree",
    FindingKind.DOUBT: "Unsure answers",
}


@dataclass(frozen=True, slots=True)
class FindingPanel:
    """One side of a finding; ``picture`` is the crop as a data URI, None where there is none.

    ``link`` is the picture's URL, if a browser can open it.
    """

    side: FindingSide
    picture: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class FindingCard:
    """One finding as it is shown."""

    finding: Finding
    first: FindingPanel
    second: FindingPanel | None


@dataclass(frozen=True, slots=True)
class KindSection:
    """The findings of one kind, the surest first; ``count`` is the number of all."""

    kind: FindingKind
    heading: str
    count: int
    cards: tuple[FindingCard, ...]


def write_audit(path: Path, done: Audited, spool: Spool, storage: Storage, examples: int) -> None:
    """Write the complete page to ``path``, or nothing; at most ``examples`` findings of each kind.

    A crop that is no longer stored is left out. Raises :class:`~shared.errors.StorageError` where
    the storage fails, and ColourwayError where the file cannot be written.
    """
    sections = [
        KindSection(
            kind, HEADINGS[kind], count, tuple(_cards(spool.findings(kind, examples), storage))
        )
        for kind, count in done.counts.items()
        if count
    ]
    values: dict[str, object] = {
        "done": done,
        "kind": FindingKind,
        "words": WORDS,
        "sections": sections,
        "unknown": done.names.unknown.most_common(MOST_UNKNOWN),
        "written_at": datetime.now(UTC),
    }
    write_page(path, "audit.html.j2", values)


def _cards(findings: Iterable[Finding], storage: Storage) -> Iterable[FindingCard]:
    for each in findings:
        second = None if each.second is None else _panel(each.second, storage)
        yield FindingCard(each, _panel(each.first, storage), second)


def _panel(side: FindingSide, storage: Storage) -> FindingPanel:
    picture = None
    if side.thumbnail_key is not None:
        with suppress(KeyNotFound):  # deleted since; the colours are still true
            picture = thumbnail_uri(storage, side.thumbnail_key)
    reachable = side.url is not None and side.url.startswith(("http://", "https://"))
    return FindingPanel(side, picture, side.url if reachable else None)
