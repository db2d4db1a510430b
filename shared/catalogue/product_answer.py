"""How a product's answer follows from its pictures: one rule, in one place.

1. The *main picture* is the first, by position, in which clothes have a colour; where none has, the
   first that has a result at all.
2. Colours, skin, hair, crops and provenance of the product are the main picture's. Other pictures
   never mix their colours in: a detail or a lining would tint the answer.
3. Every other picture with clothes colours is a witness. Where its largest colour is of the same
   family, it takes away a part of the doubt; where it is of another, the same part of the
   confidence. The part is a quarter of the witness's own confidence. A colour that lies between two
   families is of both.
4. Where the colours are the garment's own, those of a packshot or of a piece, each says its
   families by its share and by how probable they are, and the family is the one that is said most;
   the product's colour is the largest that is of it. Of a whole outfit many colours say nothing of
   the product: the largest tells the family alone.
5. The family is ``multi`` where a garment's own colours are many, and none is at least half of it.
6. The confidence is that of the picture's regions, or the family's probability if that is less.

A picture counts with the last result it gave, even if a later attempt failed or showed nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from shared.catalogue.said import SaidFamily
from shared.colour.pattern import has_main_colour, pattern_of
from shared.contracts.results import MULTI, Pattern, PictureKeys, Region, Shade

WITNESS_WEIGHT: Final = 0.25
"""How much of the doubt (or of the confidence) a fully confident witness takes away."""

ANSWER_COLUMNS: Final = (
    "colour_hex",
    "colour_name",
    "colour_family",
    "colour_family_second",
    "pattern",
    "piece",
    "colours",
    "skin",
    "hair",
    "warnings",
    "crop_key",
    "cutout_key",
    "thumbnail_key",
    "confidence",
    "provenance",
)
"""The columns of a product that hold its answer."""


@dataclass(frozen=True, slots=True)
class PictureFinding:
    """What one picture of a product has given so far; ``position`` 0 is the shop's first."""

    position: int
    shades: Mapping[Region, tuple[Shade, ...]]
    confidence: float
    keys: PictureKeys
    provenance: Mapping[str, object]
    subject: str | None = None
    pattern: Pattern | None = None
    warnings: tuple[str, ...] = ()
    piece: str | None = None

    @classmethod
    def of(cls, picture: Mapping[Any, Any]) -> Self:
        """Read a finding from columns of a picture that has a result."""
        finding = cls(
            position=picture["position"],
            shades={
                Region(region): tuple(Shade.from_json(shade) for shade in shades)
                for region, shades in picture["shades"].items()
            },
            confidence=picture["confidence"],
            keys=PictureKeys.of(picture),
            provenance=picture["provenance"],
            subject=picture["subject"],
            pattern=None if picture["pattern"] is None else Pattern(picture["pattern"]),
            warnings=tuple(picture["warnings"] or ()),
            piece=picture["piece"],
        )
        if finding.pattern is not None:
            return finding
        # Results of older versions do not say it, but their shades do.
        return replace(finding, pattern=pattern_of(finding.shades.get(Region.CLOTHES, ())))

    @property
    def said(self) -> SaidFamily | None:
        """What the colours of the clothes say, or None where the picture shows none."""
        clothes = self.shades.get(Region.CLOTHES, ())
        return SaidFamily.of_all(clothes) if self.is_own else SaidFamily.of_largest(clothes)

    @property
    def colour(self) -> Shade | None:
        """The garment's main colour, or None where the picture shows none."""
        said = self.said
        return said.colour if said else None

    @property
    def family(self) -> str | None:
        """The family of the garment, or None where the picture shows none."""
        return MULTI if self.is_multi else self.colour.family if self.colour else None

    @property
    def family_second(self) -> str | None:
        """The other family that is as good as said, if there is one."""
        said = self.said
        return said.second if said and not self.is_multi else None

    @property
    def sureness(self) -> float:
        """How sure the family is, 0..1: no surer than the picture's regions, nor than its name."""
        said = self.said
        if said is None or said.probability is None or self.is_multi:
            return self.confidence
        return min(self.confidence, said.probability)

    @property
    def is_own(self) -> bool:
        """True where the colours are the garment's own, and not a whole outfit's."""
        return self.piece is not None or self.subject == "packshot"

    @property
    def is_multi(self) -> bool:
        """True where the garment itself has many colours, and no main one.

        What looks like many colours on plain cloth is light, or what lies before it.
        """
        shades = self.shades.get(Region.CLOTHES, ())
        return (
            self.is_own
            and self.pattern not in (None, Pattern.PLAIN)
            and pattern_of(shades) is Pattern.MULTICOLOURED
            and not has_main_colour(shades)
        )

    @property
    def families(self) -> frozenset[str]:
        """Both families where the colour lies between two, else the one; none without a colour."""
        return frozenset(each for each in (self.family, self.family_second) if each is not None)


@dataclass(frozen=True, slots=True)
class Answer:
    """A product's colours, and how sure we are of them (0..1)."""

    main: PictureFinding
    confidence: float

    @property
    def colour(self) -> Shade | None:
        """The product's primary colour, or None where no picture shows clothes."""
        return self.main.colour

    @property
    def family(self) -> str | None:
        """The product's family, or None where no picture shows clothes."""
        return self.main.family

    def shades(self, region: Region) -> tuple[Shade, ...]:
        """Return the main picture's colours of a region: the product's first, then by share."""
        shades = self.main.shades.get(region, ())
        main = self.colour
        if region is not Region.CLOTHES or main is None:
            return shades
        return (main, *(shade for shade in shades if shade is not main))

    def columns(self) -> dict[str, Any]:
        """Return the answer as columns of the product, those of :data:`ANSWER_COLUMNS`."""
        colour = self.colour
        return {
            "colour_hex": colour.hex if colour else None,
            "colour_name": colour.name if colour else None,
            "colour_family": self.main.family,
            "colour_family_second": self.main.family_second,
            "pattern": self.main.pattern,
            "piece": self.main.piece,
            "colours": [shade.to_json() for shade in self.shades(Region.CLOTHES)],
            "skin": [shade.to_json() for shade in self.shades(Region.SKIN)],
            "hair": [shade.to_json() for shade in self.shades(Region.HAIR)],
            "warnings": list(self.main.warnings),
            **self.main.keys.columns(),
            "confidence": self.confidence,
            "provenance": self.main.provenance,
        }


def product_answer(findings: Iterable[PictureFinding]) -> Answer | None:
    """Return the answer for a product by the rule above, or None where no picture has a result.

    The order in which the findings come makes no difference.
    """
    ordered = sorted(findings, key=lambda finding: finding.position)
    if not ordered:
        return None
    coloured = [finding for finding in ordered if finding.colour is not None]
    main = coloured[0] if coloured else ordered[0]
    doubt_left = confidence_left = 1.0
    for witness in coloured[1:]:
        part = WITNESS_WEIGHT * witness.sureness
        if witness.families & main.families:
            doubt_left *= 1 - part
        else:
            confidence_left *= 1 - part
    confidence = (1 - (1 - main.sureness) * doubt_left) * confidence_left
    return Answer(main=main, confidence=min(1.0, max(0.0, confidence)))
