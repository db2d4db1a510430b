"""How many of the words for products are understood, and how many wrongly."""

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from shared.catalogue.kinds import Kind, NoPiece, PieceReading
from shared.catalogue.pieces import Pieces
from shared.catalogue.taxonomies import Taxonomies, TaxonomyNode

SHARED: Final = Path(__file__).parents[3] / "shared"


class Case(NamedTuple):
    """A text, how it was read, and what it means; None where it names no single kind of thing."""

    text: str
    reading: PieceReading
    meant: Kind | None

    @property
    def wrong(self) -> bool:
        """Whether it was read as something else than it means."""
        return self.reading.understood and self.reading.kind is not self.meant


def main() -> None:
    """Print both for the taxonomies, and for what two catalogues in ../shared call their things.

    A category of a taxonomy means what its table says, where a piece was given to each by hand; a
    title means what its product's category does. Everything that was read wrongly is listed, and
    what shops' own words were read as.
    """
    pieces = Pieces.load()
    words = Pieces(pieces.lexicon, Taxonomies({}, {}), pieces.version)
    for taxonomy in ("google", "shopify"):
        nodes = [each for each in pieces.taxonomies.by_id.values() if each.taxonomy == taxonomy]
        ways: tuple[tuple[str, Callable[[TaxonomyNode], PieceReading]], ...] = (
            ("id", lambda node: pieces.read(node.id)),
            ("words of the path", lambda node: words.read(" > ".join(node.path))),
            ("words of its own name", lambda node: words.read(node.name)),
            ("its own name as a title", lambda node: words.read(None, node.name)),
        )
        for way, read in ways:
            cases = [Case(node.name, read(node), _meant(node.kind)) for node in nodes]
            tell(f"{taxonomy}, by {way}", cases)
    _tell_shared(pieces)


def tell(what: str, cases: Sequence[Case]) -> None:
    """Print counts of cases, and those that were read wrongly."""
    single = [case for case in cases if case.meant is not None]
    understood = [case for case in single if case.reading.understood]
    wrong = [case for case in cases if case.wrong]
    print(
        f"{what}: {len(cases)}, of which {len(single)} name one kind of thing; "
        f"{len(understood)} of them understood ({len(understood) / len(single):.1%}), "
        f"{len(wrong)} of all wrongly"
    )
    for case in wrong:
        print(f"    {case.text}: {case.meant or 'several things'}, read as {case.reading}")


def _meant(kind: Kind) -> Kind | None:
    return None if kind is NoPiece.SEVERAL else kind


def _tell_shared(pieces: Pieces) -> None:
    """The words of catalogues; what they mean is for the reader to judge, so all are printed."""
    labels = _rows("catalogue/labels.csv")
    kinds = {row["kind"] for row in _rows("colour-words.csv")}
    for what, texts in (
        ("kinds of ../shared/colour-words.csv", kinds),
        ("categories of ../shared/catalogue", {row["category"] for row in labels}),
    ):
        readings = {text: pieces.read(text) for text in sorted(texts)}
        known = sum(reading.understood for reading in readings.values())
        print(f"{what}: {len(readings)}, {known} understood")
        for text, reading in readings.items():
            print(f"    {text}: {reading}")
    titles = {(row["title"], row["category"]) for row in labels}
    if titles:
        tell("titles of ../shared/catalogue", list(_of_titles(pieces, titles)))


def _of_titles(pieces: Pieces, titles: Iterable[tuple[str, str]]) -> Iterable[Case]:
    for title, category in sorted(titles):
        yield Case(title, pieces.read(None, title), pieces.read(category).kind)


def _rows(name: str) -> list[dict[str, str]]:
    if not (SHARED / name).exists():
        print(f"there is no ../shared/{name}; left out")
        return []
    with (SHARED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
