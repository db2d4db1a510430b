"""Conditions on what made a result: ``pipeline-version<2``, ``weights.pix2pix!=3fa9c1``.

What a condition may speak of is a table: FIELDS for pictures, PRODUCT_FIELDS for products.

They are tested in Python, not in SQL, so that both databases agree on what ``<`` means for a
version, and no stored text can make a cast fail.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple, get_args

from shared.catalogue.kinds import SMALL, WHOLE, Piece
from shared.contracts.jobs import JobState
from shared.contracts.results import Precision, ReadFrom, StoredKind, WhiteBalance
from shared.contracts.stages import Code
from shared.contracts.unknown_words import known_word, no_such
from shared.errors import SettingsError

LONGEST_VALUE: Final = 200
"""The most characters that a condition's value may have."""

_FORM = re.compile(r"\s*([^\s<>=!]+)\s*([<>=!]+)\s*(.*?)\s*", re.S)
_Compare = Callable[[Any, Any], bool]
_EQUALITY: Final[Mapping[str, bool]] = {"=": True, "!=": False}
_ORDER: Final[Mapping[str, _Compare]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class Made(NamedTuple):
    """What the ledger knows of a picture's last result; the rows' columns of these names."""

    outcome: JobState | None
    code: Code | None
    enriched_at: datetime | None
    provenance: Mapping[str, Any] | None
    piece: str | None


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a condition may speak of.

    ``read`` returns what a picture (or a product) has there, nothing where nothing is known;
    ``understand`` reads the condition's value, and its ValueError says what was expected.
    """

    read: Callable[[Any], list[Any]]
    understand: Callable[[str], Any]
    equal: _Compare | None = operator.eq
    has_order: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that make sense here."""
        return (*(_EQUALITY if self.equal else ()), *(_ORDER if self.has_order else ()))


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; ``value`` is as its field understands it."""

    field: Field
    operator: str
    value: Any

    @classmethod
    def parse(cls, text: str, fields: Mapping[str, Field] | None = None) -> "Condition":
        """Read ``NAME OPERATOR VALUE``, with or without spaces between; by FIELDS unless told.

        Raises :class:`~shared.errors.SettingsError`, which names what is wrong and what is known.
        """
        try:
            return cls(*_parse(text, FIELDS if fields is None else fields))
        except ValueError as error:
            raise SettingsError(f"--where {text[:LONGEST_VALUE]!r}: {error}") from None

    def holds(self, made: Any) -> bool:
        """Say whether a picture meets it, or a product, whichever its field is of.

        One of which nothing is known here meets no condition, not even ``!=``.
        """
        found = self.field.read(made)
        if not found:
            return False
        if self.field.equal is not None and self.operator in _EQUALITY:
            same = any(self.field.equal(each, self.value) for each in found)
            return same is _EQUALITY[self.operator]
        return all(_ORDER[self.operator](each, self.value) for each in found)


@lru_cache(maxsize=1024)  # millions of pictures share a few versions
def natural(version: str) -> tuple[str | int, ...]:
    """Return the key by which versions are ordered: numbers in them count as numbers.

    >>> natural("rgbk-9") < natural("rgbk-10")
    True
    """
    # Text and numbers take turns, text first, so that any two keys can be compared.
    parts = re.split(r"([0-9]+)", version)
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def _parse(text: str, fields: Mapping[str, Field]) -> tuple[Field, str, Any]:
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError("expected NAME OPERATOR VALUE, such as pipeline-version<2")
    name, sign, value = form.groups()
    field = fields.get(name)
    if field is None:
        raise ValueError(no_such(name, fields))
    if sign not in field.operators:
        raise ValueError(f"{name} cannot be compared by {sign!r}; use {' '.join(field.operators)}")
    if not value or len(value) > LONGEST_VALUE:
        raise ValueError(f"expected a value of 1 to {LONGEST_VALUE} characters behind {sign!r}")
    return field, sign, field.understand(value)


def _noted(name: str, made: Made) -> list[str]:
    """Return what the provenance says under a name, nothing where it does not."""
    found = (made.provenance or {}).get(name)
    return [] if found is None else [str(found)]


def _stored(made: Made) -> list[Any]:
    found: Any = (made.provenance or {}).get("stored")
    return list(found or ())


def _version(name: str) -> Field:
    return Field(
        lambda made: [natural(found) for found in _noted(name, made)], natural, has_order=True
    )


def _digest(*path: str) -> Field:
    def read(made: Made) -> list[Any]:
        found: Any = made.provenance or {}
        for name in path:
            found = found.get(name) or {}
        each = [found] if isinstance(found, str) else found.values()
        return [_bare(digest) for digest in each]

    return Field(read, _beginning_of_digest, str.startswith)


def _word(name: str, words: type[StrEnum]) -> Field:
    def read(made: Made) -> list[Any]:
        found = getattr(made, name)
        return [] if found is None else [found]

    return Field(read, one_of(*words))


def one_of(*words: str) -> Callable[[str], str]:
    """Return what reads one of these words, and says for another which there are."""

    def understand(value: str) -> str:
        found = known_word(value, words)
        if found is None:
            raise ValueError(no_such(value, words))
        return found

    return understand


def read_moment(value: str) -> datetime:
    """Read a date or time, in UTC unless it says otherwise. Raises ValueError."""
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{value!r} is no date or time; write 2026-11-24 or 2026-11-24T18:30+01:00"
        ) from None


def _beginning_of_digest(value: str) -> str:
    digits = _bare(value)
    if not re.fullmatch("[0-9a-f]{1,64}", digits):
        raise ValueError(f"{value!r} is not the beginning of a sha256")
    return digits


def _bare(digest: Any) -> str:
    return str(digest).strip().lower().removeprefix("sha256:")


FIELDS: Final[Mapping[str, Field]] = {
    "pipeline-version": _version("pipeline_version"),
    "palette-version": _version("palette_version"),
    "naming-version": _digest("naming_version"),
    "pieces-version": _digest("pieces_version"),
    "weights": _digest("weights"),
    "weights.mask_rcnn": _digest("weights", "mask_rcnn"),
    "weights.pix2pix": _digest("weights", "pix2pix"),
    "weights.worn_piece": _digest("weights", "worn_piece"),
    "enriched-at": Field(
        lambda made: [made.enriched_at] if made.enriched_at else [],
        read_moment,
        equal=None,
        has_order=True,
    ),
    "piece": Field(
        lambda made: [made.piece or WHOLE] if made.enriched_at else [], one_of(*Piece, WHOLE)
    ),
    "read-as": Field(partial(_noted, "read_as"), one_of(*Piece, WHOLE, SMALL)),
    "read-from": Field(partial(_noted, "read_from"), one_of(*get_args(ReadFrom))),
    "white-balance": Field(partial(_noted, "white_balance"), one_of(*get_args(WhiteBalance))),
    "precision": Field(partial(_noted, "precision"), one_of(*get_args(Precision))),
    "stored": Field(_stored, one_of(*StoredKind)),
    "outcome": _word("outcome", JobState),
    "code": _word("code", Code),
}
"""What a condition may speak of. ``weights`` alone means any of the networks."""
