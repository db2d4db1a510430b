"""What conditions on products may speak of: ``family=navy``, ``confidence<0.6``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, select, union
from sqlalchemy.orm import InstrumentedAttribute

from producer.reprocess.conditions import FIELDS, Condition, Field, Made, one_of
from shared.contracts.decisions import DecisionRecord, Ruling
from shared.contracts.results import MULTI, Pattern
from shared.contracts.unknown_words import known_word, no_such
from shared.contracts.warnings import WarningWord
from shared.database.engine import reading
from shared.database.models import Product

UNDECIDED: Final = "none"
"""What the condition ``decision`` calls a product that nobody has decided on."""

_DECIDED: Final = tuple(ruling for ruling in Ruling if ruling.decides)


def parse_conditions(texts: list[str] | None, words: "ColourWords") -> tuple[Condition, ...]:
    """Read conditions on products. Raises :class:`~shared.errors.SettingsError`."""
    fields = {
        **PRODUCT_FIELDS,
        "family": replace(PRODUCT_FIELDS["family"], understand=words.family),
        "name": replace(PRODUCT_FIELDS["name"], understand=words.name),
    }
    return tuple(Condition.parse(text, fields) for text in texts or ())


@dataclass(frozen=True)
class ColourWords:
    """The names and families that products may have: of the table of names, and stored ones.

    What is stored may have been named by an earlier table; it is asked for only where the present
    one does not know a word.

    Args:
        engine: the database.
        naming: the table of names; None for the one that comes with the package.
    """

    engine: Engine
    naming: Path | None = None

    def family(self, value: str) -> str:
        """Return the family that is meant. Raises ValueError, with what there is."""
        columns = (Product.colour_family, Product.colour_family_second)
        return self._known(value, self._table[1], columns)

    def name(self, value: str) -> str:
        """Return the name that is meant. Raises ValueError, with what there is."""
        return self._known(value, self._table[0], (Product.colour_name,))

    @cached_property
    def _table(self) -> tuple[list[str], list[str]]:
        from shared.colour.naming import Naming  # noqa: PLC0415 - loads NumPy

        naming = Naming.load(self.naming)
        return [row.name for row in naming.rows], [*naming.families, MULTI]

    def _known(
        self,
        value: str,
        of_table: list[str],
        columns: Iterable[InstrumentedAttribute[str | None]],
    ) -> str:
        if (found := known_word(value, of_table)) is not None:
            return found
        queries = [select(column).where(column.is_not(None)).distinct() for column in columns]
        with reading(self.engine).begin() as connection:
            stored = sorted(map(str, connection.scalars(union(*queries))))
        if (found := known_word(value, stored)) is not None:
            return found
        raise ValueError(no_such(value, [*of_table, *stored]))


def _text(*columns: str) -> Field:
    def read(product: Mapping[str, Any]) -> list[Any]:
        return [product[column] for column in columns if product[column] is not None]

    return Field(read, str)


def _warnings(product: Mapping[str, Any]) -> list[Any]:
    # That a result has no warning is known of it: it meets ``warning!=placeholder``.
    return list(product["warnings"] or ()) or ([""] if product["enriched_at"] else [])


def _decision(product: Mapping[str, Any]) -> list[Any]:
    decision: DecisionRecord | None = product.get("decision")
    return [UNDECIDED if decision is None else decision.ruling]


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
    "pattern": Field(_text("pattern").read, one_of(*Pattern)),
    "warning": Field(_warnings, one_of(*WarningWord)),
    "decision": Field(_decision, one_of(*_DECIDED, UNDECIDED)),
    "confidence": Field(_confidence, _share, equal=None, has_order=True),
    **{name: _of_result(FIELDS[name]) for name in FIELDS if name not in ("outcome", "code")},
}
"""What a condition on a product may speak of; ``family`` is either, where there are two."""
