"""What people say of a sheet: which garments are worn, and which numbers are something else.

One line a photo: ``ID | top, bottom, shoes | bottom=12,13; scarf/top=4``. Whatever is not among the
garments worn is not in the photo. ``A/B`` leaves the choice between the two to the networks, pixel
by pixel. An ID alone, with ``skip``, is a photo that numbers cannot mend.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import cv2
import numpy as np

from shared.errors import ColourwayError
from worker.imaging.labels.merges import GARMENTS, PARTS
from worker.imaging.regions import BACKGROUND, HAIR, SKIN, LabelMap, Mask
from worker.training.by_eye.segments import NumberedPhoto, around, within

SKIP: Final = "skip"

# A scrap without a number is its surroundings' where these are nearly all of one part.
_SCRAP: Final = 0.006  # of the clothes' pixels
_OWN: Final = 0.1  # of the pixels that touch it
_OTHER: Final = 0.6
_LARGE: Final = tuple(
    PARTS.index(name)
    for name in ("top", "outerwear", "bottom", "dress", "legwear", "scarf", "bag", "shoes")
)


class AnswerError(ColourwayError):
    """An answer cannot be read, or does not belong to its photo."""


class Said(NamedTuple):
    """Segments, by their numbers, and what they show: one part, or one of several, 0..13."""

    parts: tuple[int, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class SeenOutfit:
    """What somebody saw in a photo.

    Attributes:
        worn: the garments that are in it, as parts 0..13.
        said: the segments that show something else than the networks say.
    """

    worn: frozenset[int]
    said: tuple[Said, ...]

    @classmethod
    def read(cls, worn: str, said: str) -> Self | None:
        """Read the two columns behind a photo's id; None where it is skipped.

        Raises:
            AnswerError: a word is no part, or no number stands where one is expected.
        """
        if worn.strip() == SKIP:
            return None
        parts = {_part(word, GARMENTS) for word in worn.split(",") if word.strip()}
        corrections = tuple(_said(text) for text in said.split(";") if text.strip())
        named = {part for each in corrections for part in each.parts if part > HAIR}
        return cls(frozenset(parts | named), corrections)

    def applied(self, photo: NumberedPhoto) -> LabelMap:
        """The photo's labels as they were seen, uint8 (H, W).

        Raises:
            AnswerError: the photo has no such number, or nothing that was seen.
        """
        labels = photo.labels.copy()
        for parts, numbers in self.said:
            for number in numbers:
                here = photo.numbers == number
                if not here.any():
                    raise AnswerError(f"there is no number {number}")
                shares = [photo.at_photo(part)[here] for part in parts]
                labels[here] = np.array(parts, np.uint8)[np.argmax(shares, axis=0)]
        labels = _without_others(labels, photo, self.worn)
        return cv2.medianBlur(_without_scraps(labels, photo), 5).astype(np.uint8)


def read_answers(lines: Sequence[str]) -> tuple[dict[str, SeenOutfit], list[str]]:
    """Read lines of answers.

    Returns:
        What was seen in each photo, by its id, and a complaint a line that cannot be read; that
        line is left out. Empty lines, comments (``#``) and photos that were skipped say nothing.
    """
    seen: dict[str, SeenOutfit] = {}
    complaints: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        photo_id, worn, said = (*(cell.strip() for cell in line.split("|")), "", "")[:3]
        try:
            outfit = SeenOutfit.read(worn, said)
            if photo_id in seen:
                raise AnswerError("a second answer for this photo")
        except AnswerError as error:
            complaints.append(f"line {number}, {photo_id}: {error}")
            continue
        if outfit is not None:
            seen[photo_id] = outfit
    return seen, complaints


def _part(word: str, among: Sequence[str] = PARTS) -> int:
    if word.strip() not in among:
        raise AnswerError(f"{word.strip()!r} is none of {', '.join(among)}")
    return PARTS.index(word.strip())


def _said(text: str) -> Said:
    parts, equals, numbers = text.partition("=")
    try:
        found = tuple(int(number) for number in numbers.split(","))
    except ValueError:
        found = ()
    if not equals or not found:
        raise AnswerError(f"{text.strip()!r} is no correction such as bottom=12,13")
    return Said(tuple(_part(word) for word in parts.split("/")), found)


def _without_others(labels: LabelMap, photo: NumberedPhoto, worn: frozenset[int]) -> LabelMap:
    """Give garments that are not in the photo to the nearest segment of one that is."""
    wrong = ~np.isin(labels, [BACKGROUND, SKIN, HAIR, *worn])
    if not wrong.any():
        return labels
    told = (photo.numbers > 0) & ~wrong & (labels > HAIR)
    if not told.any():
        raise AnswerError("nothing of what is worn has a number")
    untold = (~told).astype(np.uint8)
    _, places = cv2.distanceTransformWithLabels(
        untold, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = places.astype(np.intp)
    table = np.zeros(int(nearest.max()) + 1, np.uint8)
    table[nearest[told]] = labels[told]
    return np.where(wrong, table[nearest], labels).astype(np.uint8)


def _without_scraps(labels: LabelMap, photo: NumberedPhoto) -> LabelMap:
    """Give scraps of one garment within another, which have no number, to the other."""
    labels = labels.copy()
    most = _SCRAP * np.count_nonzero(labels > HAIR)
    for part in _LARGE:
        loose = ((labels == part) & (photo.numbers == 0)).astype(np.uint8)
        count, places, facts, _ = cv2.connectedComponentsWithStats(loose, connectivity=4)
        for place in range(1, count):
            if facts[place, cv2.CC_STAT_AREA] <= most:
                _absorb(labels, places == place, part)
    return labels


def _absorb(labels: LabelMap, scrap: Mask, part: int) -> None:
    own, window = within(scrap)
    touching = np.bincount(labels[window][around(own)], minlength=len(PARTS))
    best, total = int(touching.argmax()), touching.sum()
    if touching[part] <= _OWN * total and best > HAIR and touching[best] > _OTHER * total:
        labels[window][own] = best
