"""Decisions: what a person says of a product's colours, and what was measured when it was said."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

NOBODY = 0
"""The version of a product of which nobody has said anything."""


class Ruling(StrEnum):
    """What a person says of what was measured."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    NOT_IN_PICTURE = "not_in_picture"
    SKIPPED = "skipped"  # looked at and left open: it changes nothing
    TAKEN_BACK = "taken_back"  # an earlier decision no longer holds

    @property
    def decides(self) -> bool:
        """True for a ruling that stands in the place of what was measured."""
        return self in (Ruling.ACCEPTED, Ruling.CORRECTED, Ruling.NOT_IN_PICTURE)


class QueueSource(StrEnum):
    """What the products of a review queue were chosen by."""

    FILTER = "filter"
    AUDIT = "audit"
    SAMPLE = "sample"


class ItemState(StrEnum):
    """How far a product of a review queue is."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    SKIPPED = "skipped"

    @classmethod
    def after(cls, ruling: Ruling) -> "ItemState":
        """Return the state that a ruling leads to; what is taken back is open again."""
        return {
            Ruling.ACCEPTED: cls.ACCEPTED,
            Ruling.CORRECTED: cls.CORRECTED,
            Ruling.NOT_IN_PICTURE: cls.CORRECTED,
            Ruling.SKIPPED: cls.SKIPPED,
            Ruling.TAKEN_BACK: cls.OPEN,
        }[ruling]


@dataclass(frozen=True, slots=True)
class DecidedColour:
    """The colour that a product has by a decision; all None where it is not in the picture.

    ``hex`` is the measured colour that is meant, or that of the name where none was measured.
    """

    family: str | None = None
    family_second: str | None = None
    piece: str | None = None
    name: str | None = None
    hex: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run had found of a product when somebody decided; plain JSON values throughout.

    ``colours`` are the hex and the share of each colour of the clothes, largest share first.
    """

    family: str | None = None
    family_second: str | None = None
    piece: str | None = None
    name: str | None = None
    hex: str | None = None
    colours: tuple[tuple[str, float], ...] = ()
    pattern: str | None = None
    confidence: float | None = None
    warnings: tuple[str, ...] = ()
    image_sha256: str | None = None
    pipeline_version: str | None = None
    naming_version: str | None = None
    cutout_key: str | None = None
    thumbnail_key: str | None = None
    enriched_at: str | None = None

    @classmethod
    def of(cls, product: Mapping[str, Any]) -> Self:
        """Read it from the columns of a product."""
        made: Mapping[str, Any] = product["provenance"] or {}
        moment: datetime | None = product["enriched_at"]
        return cls(
            family=product["colour_family"],
            family_second=product["colour_family_second"],
            piece=product["piece"],
            name=product["colour_name"],
            hex=product["colour_hex"],
            colours=tuple((each["hex"], each["share"]) for each in product["colours"] or ()),
            pattern=None if product["pattern"] is None else str(product["pattern"]),
            confidence=product["confidence"],
            warnings=tuple(product["warnings"] or ()),
            image_sha256=made.get("image_sha256"),
            pipeline_version=made.get("pipeline_version"),
            naming_version=made.get("naming_version"),
            cutout_key=product["cutout_key"],
            thumbnail_key=product["thumbnail_key"],
            enriched_at=None if moment is None else moment.isoformat(),
        )

    @property
    def colour(self) -> DecidedColour:
        """The same as a decision would say it that accepts it."""
        return DecidedColour(self.family, self.family_second, self.piece, self.name, self.hex)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        colours = [list(each) for each in self.colours]
        return asdict(self) | {"warnings": list(self.warnings), "colours": colours}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` gave."""
        values: dict[str, Any] = dict(raw)
        values["warnings"] = tuple(raw["warnings"])
        values["colours"] = tuple((colour, share) for colour, share in raw["colours"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person had before their eyes: the product's last version, and its measurement's time.

    A decision made upon anything else is refused. ``measured_at`` is ISO 8601, None without a
    result.
    """

    version: int = NOBODY
    measured_at: str | None = None

    def __str__(self) -> str:
        return f"{self.version}@{self.measured_at or ''}"

    @classmethod
    def of(cls, version: int, enriched_at: datetime | None) -> Self:
        """Return what is to be seen of a version and a product's ``enriched_at``."""
        return cls(version, None if enriched_at is None else enriched_at.isoformat())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` gave, as a page or a client sends it back. Raises ValueError."""
        version, sign, moment = text.partition("@")
        if not sign or not version.isdecimal() or len(version) > 9:
            raise ValueError(f"{text[:80]!r} does not say which version was seen")
        return cls(int(version), moment or None)


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision, as it is stored.

    ``version`` counts what was said of the product, from 1. ``queue_id`` is the review queue in
    which it was made, if there was one. ``in_force`` is the one that counts now.
    """

    product_id: int
    version: int
    ruling: Ruling
    colour: DecidedColour
    measured: Measured
    decided_by: str
    decided_at: datetime
    queue_id: int | None = None
    taken_back_by: str | None = None
    taken_back_at: datetime | None = None
    in_force: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        back = self.taken_back_at
        return {
            "version": self.version,
            "ruling": self.ruling.value,
            "decided": asdict(self.colour),
            "measured": self.measured.to_json(),
            "decided_by": self.decided_by,
            "decided_at": self.decided_at.isoformat(),
            "queue": self.queue_id,
            "taken_back_by": self.taken_back_by,
            "taken_back_at": None if back is None else back.isoformat(),
            "in_force": self.in_force,
        }
