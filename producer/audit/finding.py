"""What an audit finds: a product, what is odd about it, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from producer.audit.kind import FindingKind
from producer.catalogue.reader import AnsweredProduct
from shared.contracts.results import Shade


@dataclass(frozen=True, slots=True)
class FindingSide:
    """One of two things that are compared: a product, a photo of it, or what a name means.

    ``colours`` are hex, share and name, largest first; ``thumbnail_key`` is the key of
    its stored thumbnail, or cut-out, and ``url`` its picture's, where it has one.
    """

    label: str
    colours: tuple[tuple[str, float, str], ...]
    family: str | None = None
    thumbnail_key: str | None = None
    url: str | None = None

    @classmethod
    def of(cls, label: str, product: AnsweredProduct) -> Self:
        """Return a product as a side."""
        return cls(
            label,
            colours(product.shades),
            product.colour_family,
            product.shown_key,
            next(iter(product.urls), None),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; ``sureness`` is 0..1, and ``delta_e`` CIEDE2000 where colours are compared.

    ``why`` is a sentence for people. ``first`` is the product itself, ``second`` what does not fit.
    """

    kind: FindingKind
    sureness: float
    delta_e: float | None
    catalogue: str
    sku: str
    title: str | None
    category: str | None
    item_group: str | None
    merchant_colour: str | None
    confidence: float | None
    warnings: tuple[str, ...]
    why: str
    first: FindingSide
    second: FindingSide | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` gave, from JSON or not."""
        values: dict[str, Any] = dict(raw)
        values["kind"] = FindingKind(raw["kind"])
        values["warnings"] = tuple(raw["warnings"])
        values["first"] = _side(raw["first"])
        values["second"] = _side(raw["second"]) if raw["second"] else None
        return cls(**values)


def finding_of(
    product: AnsweredProduct,
    kind: FindingKind,
    sureness: float,
    why: str,
    *,
    delta_e: float | None = None,
    label: str | None = None,
    second: FindingSide | None = None,
) -> Finding:
    """Return a finding of a product, as ``label``, beside something else.

    Without a label the product is called by what its colours are of: the bag, or the picture.
    """
    return Finding(
        kind=kind,
        sureness=round(sureness, 4),
        delta_e=None if delta_e is None else round(delta_e, 2),
        catalogue=product.catalogue,
        sku=product.sku,
        title=product.title,
        category=product.category,
        item_group=product.item_group,
        merchant_colour=product.merchant_colour,
        confidence=None if product.confidence is None else round(product.confidence, 4),
        warnings=product.warnings,
        why=why,
        first=FindingSide.of(label or f"the {product.piece or 'picture'}", product),
        second=second,
    )


def colours(shades: Sequence[Shade]) -> tuple[tuple[str, float, str], ...]:
    """Return shades as a side holds them."""
    return tuple((shade.hex, round(shade.share, 4), shade.name) for shade in shades)


def _side(raw: Mapping[str, Any]) -> FindingSide:
    values: dict[str, Any] = dict(raw)
    values["colours"] = tuple((each[0], each[1], each[2]) for each in raw["colours"])
    return FindingSide(**values)
