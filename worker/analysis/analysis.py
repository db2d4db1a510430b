"""The answer for one picture: colours, masks, cut-out, and how sure all of it is."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from shared.catalogue.kinds import NOT_READ, PieceReading
from shared.contracts.results import Pattern, Region, Shade, Subject
from worker.analysis.colours import Colours, families, percent
from worker.imaging.cutout import Box
from worker.imaging.regions import CLOTHES, LABEL_OF_REGION, LabelMap, Mask, Pixels
from worker.imaging.working_size import box_at, brought_up
from worker.stages.crop import Crops
from worker.stages.mask import SubjectMask
from worker.stages.segment import Segments


@dataclass(frozen=True, eq=False, repr=False)
class Analysis:
    """All that networks and colours say of one picture of H by W pixels.

    Attributes:
        subject_mask: where the subject is, its score and its tight box, at the working size.
        segments: the region of every pixel, at the working size: that of the picture, or what is
            left when its longer side is made 1024 pixels.
        product: the same labels as ``segments.labels``, uint8, but clothes that are not for sale
            count as background.
        shades: every region's shades, the largest share first; shares of a region sum to 1. Only
            the clothes' where colours of people are not to be kept (``keep_people``).
        crops: cut-out, crop and thumbnail of what is for sale: the piece, else all clothes.
        shown: the picture upright in sRGB, RGB uint8, heads hidden if they are to be; at the size
            at which it was decoded, which for a large JPEG is a part of its own.
        region_confidence: 0..1, mean over each region's pixels; a region not found is left out.
        confidence: 0..1, the subject's score times the mean confidence of its pixels, times how
            sure the painter is of the piece.
        warnings: words on what may be wrong: ``piece_not_found``, ``piece_guessed``,
            ``skin_in_clothes``, ``low_confidence``.
        piece: the part of the outfit that the clothes' shades are of, such as ``top``; None for
            the whole.
        timings_ms: milliseconds by stage.
        reading: what the product is by the shop's words: its kind, and which words said so.
        outfit: cut-out, crop and thumbnail of all clothes, where the piece is only a part of them
            and the setting ``store`` wants them.
        photo_hw: H and W; None where the picture was decoded at its own size.
        pattern: what a shopper would call the garment's cloth, such as ``striped``; of a whole
            outfit ``plain``, ``two-tone`` or ``multicoloured``; None without clothes.
    """

    subject_mask: SubjectMask
    segments: Segments
    product: LabelMap
    shades: dict[Region, tuple[Shade, ...]]
    crops: Crops
    shown: Pixels
    region_confidence: dict[Region, float]
    confidence: float
    warnings: tuple[str, ...] = ()
    piece: str | None = None
    timings_ms: dict[str, float] = field(default_factory=dict[str, float])
    reading: PieceReading = NOT_READ
    outfit: Crops | None = None
    photo_hw: tuple[int, int] | None = None
    pattern: Pattern | None = None
    is_part: bool = False

    @property
    def colours(self) -> Colours:
        """Shades of what is for sale, the largest share first; none where it was not found.

        The ground of a pattern comes first where it covers as much as any colour of its print.
        """
        return Colours(self.shades[Region.CLOTHES])

    @property
    def skin(self) -> Colours:
        """Shades of the skin, two at most; empty where none is to be seen or kept."""
        return Colours(self.shades.get(Region.SKIN, ()))

    @property
    def hair(self) -> Colours:
        """Shades of the hair, two at most; empty where none is to be seen or kept."""
        return Colours(self.shades.get(Region.HAIR, ()))

    @property
    def ground(self) -> Colours:
        """Those of ``colours`` that surround the print of a patterned garment; else empty."""
        return Colours(shade for shade in self.colours if shade.role == "ground")

    @property
    def print(self) -> Colours:
        """Those of ``colours`` that lie on the ground of a patterned garment; else empty."""
        return Colours(shade for shade in self.colours if shade.role == "print")

    @property
    def subject(self) -> Subject:
        """``person``, or ``packshot`` for a product alone on a plain backdrop."""
        return self.subject_mask.subject

    @property
    def score(self) -> float:
        """How sure the subject is, 0..1."""
        return self.subject_mask.score

    @cached_property
    def masks(self) -> dict[str, Mask]:
        """Where everything is, bool (H, W) each.

        ``clothes``, ``skin`` and ``hair`` never overlap. ``person`` is the mask of the person
        network, all False for a packshot. ``piece`` is the part of the clothes that the colours
        are of: all clothes where no piece was asked for.
        """
        masks: dict[str, Mask] = {
            region.value: self.segments.labels == label for region, label in LABEL_OF_REGION.items()
        }
        found = self.subject_mask
        nobody = np.zeros_like(found.mask)
        masks["person"] = found.mask if found.subject == "person" else nobody
        masks["piece"] = self.product == CLOTHES
        return {name: brought_up(mask, self.size_hw) for name, mask in masks.items()}

    @property
    def cutout(self) -> Pixels:
        """What is for sale alone, RGBA uint8 (h, w, 4); clear elsewhere.

        It shows the box ``box_yxyx``, at its size or, where that is over the cap
        (``COLOURWAY_CROP_SIDE``), smaller.
        """
        return self.crops.cutout

    @property
    def crop(self) -> Pixels:
        """The same part of the picture as it is, RGB uint8 (h, w, 3)."""
        return self.crops.crop

    @property
    def box_yxyx(self) -> Box:
        """Where cut-out and crop lie in the picture: top, left, bottom, right; ends exclusive."""
        return self.crops.box_yxyx

    @property
    def subject_box_yxyx(self) -> Box:
        """The subject's own tight box, in the same order."""
        height, width = self.subject_mask.mask.shape
        return box_at(self.subject_mask.box_yxyx, (height, width), self.size_hw)

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of the picture in pixels, upright."""
        return self.photo_hw or (self.shown.shape[0], self.shown.shape[1])

    def to_json(self) -> dict[str, object]:
        """Everything but the pixels, as plain JSON values."""
        return {
            "subject": self.subject,
            "colours": [shade.to_json() for shade in self.colours],
            "skin": [shade.to_json() for shade in self.skin],
            "hair": [shade.to_json() for shade in self.hair],
            "pattern": None if self.pattern is None else self.pattern.value,
            "ground": [shade.name for shade in self.ground],
            "print": [shade.name for shade in self.print],
            "piece": None if self.piece is None else str(self.piece),
            "reading": self.reading.to_json(),
            "confidence": float(self.confidence),
            "region_confidence": {
                region.value: float(sure) for region, sure in self.region_confidence.items()
            },
            "score": float(self.score),
            "warnings": list(self.warnings),
            "size_hw": list(self.size_hw),
            "box_yxyx": [int(edge) for edge in self.box_yxyx],
            "subject_box_yxyx": [int(edge) for edge in self.subject_box_yxyx],
            "timings_ms": dict(self.timings_ms),
        }

    def __repr__(self) -> str:
        """One line: what it shows, its main colour, and how sure that is."""
        worn = "" if self.piece is None else f", {self.piece}"
        doubts = "".join(f", {warning}" for warning in self.warnings)
        main = "no colour"
        for first in self.colours[:1]:
            main = f"{percent(first)} {first.name} {first.hex} ({families(first)})"
        sure = f"confidence {self.confidence:.2f}"
        return f"<Analysis: {self.subject}{worn}, {main}, {sure}{doubts}>"
