"""A family: a shop's product with its variants, and which pictures show which of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from producer.feeds.layouts.layout import own_record
from producer.feeds.record import Record


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant: the row it stands in, and what is its own."""

    row: Record
    sku: str
    colour: str = ""
    addresses: Sequence[str] = ()
    title: str = ""
    category: str = ""
    options: Sequence[str] = ()


@dataclass(slots=True)
class Family:
    """What the variants of one product share; ``gallery`` has its main picture first."""

    name: str
    title: str = ""
    category: str = ""
    gallery: list[str] = field(default_factory=list[str])

    def records(self, variants: Sequence[Variant]) -> Iterator[Record]:
        """Yield a record with our own columns for each variant.

        A variant's own picture goes first, else that of another one in its colour. A gallery shows
        all of its product's colours, so variants in several colours take of it only the first
        picture, and that only where they have none; in one colour they take all of it.

        A variant without a sku is named by its family and its options.
        """
        several = len({variant.colour.casefold() for variant in variants if variant.colour}) > 1
        by_colour: dict[str, Sequence[str]] = {}
        for variant in variants:
            if variant.addresses:
                by_colour.setdefault(variant.colour.casefold(), variant.addresses)
        for variant in variants:
            shown = list(variant.addresses)
            if several:
                shown = shown or list(by_colour.get(variant.colour.casefold(), self.gallery[:1]))
            else:
                shown += self.gallery
            yield own_record(
                variant.row,
                sku=variant.sku or made_sku(self.name, variant.options),
                addresses=dict.fromkeys(shown),
                title=variant.title or self.title,
                category=variant.category or self.category,
                item_group=self.name,
                merchant_colour=variant.colour,
            )


def made_sku(name: str, options: Iterable[str]) -> str:
    """Return a sku for a variant that has none.

    >>> made_sku("cap", ["Black", ""])
    'cap/Black'
    """
    return "/".join([name, *(option for option in options if option)])


def by_position(found: Iterable[tuple[str, str]]) -> list[str]:
    """Return addresses in the order of their positions, those without one behind, each once."""
    ranked = sorted(found, key=lambda pair: _rank(pair[1]))  # stable: ties stay as they came
    return list(dict.fromkeys(address for address, _ in ranked))


def _rank(position: str) -> float:
    try:
        return float(position)
    except ValueError:
        return float("inf")
