"""What conditions on products may speak of: ``family=navy``, ``confidence<0.6``."""

from collections.abc import Mapping
from typing import Any, Final

from producer.reprocess.conditions import FIELDS, Condition, Field, Made
from shared.contracts.results import Pattern


def parse_conditions(texts: list[str] | None) -> tuple[Condition, ...]:
    """Read conditions on products. Raises :class:`~shared.errors.SettingsError`."""
    return tuple(Condition.parse(text, PRODUCT_FIELDS) for text in texts or ())


def _text(*columns: str) -> Field:
    def read(product: Mapping[str, Any]) -> list[Any]:
        return [product[column] for column in columns if product[column] is not None]

    return Field(read, str)


def _warnings(product: Mapping[str, Any]) -> list[Any]:
    return list(product["warnings"] or ())


def _confidence(product: Mapping[str, Any]) -> list[Any]:
    return [] if product["confidence"] is None else [product["confidence"]]


def _share(value: str) -> float:
    try:
        found = float(value)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise ValueError(f"{value!r} is no number from 0 to 1")
    return found


def _pattern(value: str) -> Pattern:
    try:
        return Pattern(value)
    except ValueError:
        raise ValueError(f"there is no {value!r}; there are {', '.join(Pattern)}") from None


def _of_result(field: Field) -> Field:
    """Have a field that reads what made a picture's result read a product's."""

    def read(product: Mapping[str, Any]) -> list[Any]:
        made = Made(None, None, product["enriched_at"], product["provenance"], product["piece"])
        return field.read(made)

    return Field(read, field.understand, field.equal, field.has_order)


PRODUCT_FIELDS: Final[Mapping[str, Field]] = {
    "family": _text("colour_family", "colour_family_second"),
    "name": _text("colour_name"),
    "merchant-colour": _text("merchant_colour"),
    "pattern": Field(_text("pattern").read, _pattern),
    "warning": Field(_warnings, str),
    "confidence": Field(_confidence, _share, equal=None, has_order=True),
    **{name: _of_result(FIELDS[name]) for name in FIELDS if name not in ("outcome", "code")},
}
"""What a condition on a product may speak of; ``family`` is either, where there are two."""
