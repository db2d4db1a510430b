"""What an export says of a product: one flat record, the same in CSV, JSON Lines and Parquet."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from producer.catalogue.reader import AnsweredProduct
from shared.contracts.results import Role, Shade

Link = Callable[[str | None], str | None]
"""Turns a picture's key into where it is found; None stays None."""

COLUMNS: Final = (
    "catalogue",
    "sku",
    "title",
    "category",
    "item_group",
    "merchant_colour",
    "colour_hex",
    "colour_name",
    "colour_family",
    "colour_family_second",
    "colour_share",
    "pattern",
    "ground",
    "print",
    "piece",
    "colours",
    "confidence",
    "warnings",
    "image_url",
    "crop_key",
    "cutout_key",
    "outfit_key",
    "thumbnail_key",
    "crop_url",
    "cutout_url",
    "outfit_url",
    "thumbnail_url",
    "pipeline_version",
    "naming_version",
    "enriched_at",
    "decision",
    "decided_at",
)
"""The columns in their order. Skin and hair are not among them: they describe people."""


def record(product: AnsweredProduct, link: Link) -> dict[str, Any]:
    """Return a product's record, its values by COLUMNS; ``colours`` and ``warnings`` are lists."""
    colour = product.colour
    provenance = product.provenance or {}
    return {
        "catalogue": product.catalogue,
        "sku": product.sku,
        "title": product.title,
        "category": product.category,
        "item_group": product.item_group,
        "merchant_colour": product.merchant_colour,
        "colour_hex": colour.hex if colour else None,
        "colour_name": colour.name if colour else None,
        "colour_family": product.colour_family,
        "colour_family_second": product.colour_family_second,
        "colour_share": round(colour.share, 4) if colour else None,
        "pattern": product.pattern.value if product.pattern else None,
        "ground": _names(product.shades, "ground"),
        "print": _names(product.shades, "print"),
        "piece": product.piece,
        "colours": [_colour(shade) for shade in product.shades],
        "confidence": None if product.confidence is None else round(product.confidence, 4),
        "warnings": list(product.warnings),
        "image_url": next(iter(product.urls), None),
        "crop_key": product.crop_key,
        "cutout_key": product.cutout_key,
        "outfit_key": product.outfit_key,
        "thumbnail_key": product.thumbnail_key,
        "crop_url": link(product.crop_key),
        "cutout_url": link(product.cutout_key),
        "outfit_url": link(product.outfit_key),
        "thumbnail_url": link(product.thumbnail_key),
        "pipeline_version": provenance.get("pipeline_version"),
        "naming_version": provenance.get("naming_version"),
        "enriched_at": product.enriched_at.isoformat() if product.enriched_at else None,
        "decision": product.decision.ruling.value if product.decision else None,
        "decided_at": product.decision.decided_at.isoformat() if product.decision else None,
    }


def _names(shades: Sequence[Shade], role: Role) -> str | None:
    """The names of the colours of a role, parted by strokes; None where there are none."""
    return "/".join(dict.fromkeys(each.name for each in shades if each.role == role)) or None


def _colour(shade: Shade) -> Mapping[str, Any]:
    return {
        "hex": shade.hex,
        "name": shade.name,
        "family": shade.family,
        "share": round(shade.share, 4),
    }
