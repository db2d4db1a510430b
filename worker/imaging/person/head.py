"""Where a person's head is, and making it unrecognisable.

The head is the hair and the skin above the chin, closed over what is between them (eyes, glasses,
a mouth that was taken for cloth) and widened by a margin. The chin is found twice, since people
raise their arms, sit, and wear hats: from the top of the person, and from the top of the hair. The
lower one of both counts.
"""

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.contracts.results import Heads
from worker.imaging.canvas import GREY
from worker.imaging.paste import box_of_mask
from worker.imaging.person.body import MeanBody, find_body
from worker.imaging.regions import BACKGROUND, HAIR, SKIN, LabelMap, Mask, Pixels
from worker.imaging.working_size import brought_up

# Parts of the body's height. Bare skin above the first is face and neck, below it chest.
CHIN: Final = 0.16
_GAP: Final = 0.035
_MARGIN: Final = 0.02
# Of a blurred head only the mean colours of cells of this side are left: about five from top to
# bottom, three or four across.
_CELL: Final = 0.04
_FEWEST_PIXELS: Final = 8


@dataclass(frozen=True)
class PersonHead:
    """Where a head is, bool (H, W), and the height of the body that it belongs to, in pixels."""

    mask: Mask
    body_height: float

    def at_photo(self, size_hw: tuple[int, int]) -> "PersonHead":
        """The same head in a picture of another size, such as the photo's own."""
        scale = size_hw[0] / self.mask.shape[0]
        return PersonHead(brought_up(self.mask, size_hw), self.body_height * scale)


def find_head(labels: LabelMap, mean: MeanBody) -> PersonHead | None:
    """Find the head of the person.

    Args:
        labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
        mean: the mean body.

    Returns:
        The head; None where there is neither hair nor skin where a head may be.
    """
    body = find_body(labels, mean)
    if body is None:
        return None
    top, left, bottom, right = body.box_yxyx
    chin = top + (CHIN - body.first) * body.height
    hair = _first_row_of_largest(labels[top:bottom, left:right] == HAIR)
    if hair is not None:
        chin = max(chin, top + hair + CHIN * body.height)
    last = min(max(round(chin), top), bottom)
    bare = np.zeros(labels.shape, np.bool_)
    visible = labels[top:last, left:right]
    bare[top:last, left:right] = (visible == SKIN) | (visible == HAIR)
    if not bare.any():
        return None
    mask = _widened(_closed(bare, _GAP * body.height), _MARGIN * body.height)
    return PersonHead(mask, body.height)


def hide_head(
    pixels: Pixels, labels: LabelMap, heads: Heads, mean: MeanBody
) -> tuple[Pixels, LabelMap]:
    """Make the person's head unrecognisable.

    ``blur`` leaves of the head the mean colours of a few large cells, and nothing else; ``cut``
    leaves grey, and the head is background. ``keep`` leaves everything.

    Args:
        pixels: RGB uint8 (H, W, 3).
        labels: uint8, 0..3, of the same size or smaller.
        heads: what to do.
        mean: the mean body.

    Returns:
        Pixels and labels; the input stays as it was.
    """
    head = None if heads == "keep" else find_head(labels, mean)
    if head is None:
        return pixels, labels
    hidden = _without(pixels, head.at_photo((pixels.shape[0], pixels.shape[1])), heads)
    if heads == "cut":
        labels = np.where(head.mask, np.uint8(BACKGROUND), labels)
    return hidden, labels


def _without(pixels: Pixels, head: PersonHead, heads: Heads) -> Pixels:
    """The picture with its head blurred or cut."""
    box = box_of_mask(head.mask)
    if box is None:
        return pixels
    hidden = pixels.copy()
    if heads == "cut":
        hidden[head.mask] = GREY
        return hidden
    window = slice(box[0], box[2]), slice(box[1], box[3])
    inside = head.mask[window]
    blurred = _cell_means(pixels[window], inside, _CELL * head.body_height)
    hidden[window][inside] = blurred[inside]
    return hidden


def _cell_means(pixels: Pixels, inside: Mask, side: float) -> Pixels:
    """Each cell's mean colour over the pixels inside, drawn out smoothly to the full size."""
    height, width = inside.shape
    side = max(side, _FEWEST_PIXELS)
    size = (max(1, round(width / side)), max(1, round(height / side)))
    weight = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    kept = pixels * inside[..., None].astype(np.float32)
    sums = cv2.resize(kept, size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], 3)
    known = weight.reshape(size[::-1])[..., None] > 0
    means = np.divide(sums, weight.reshape(*size[::-1], 1), where=known, out=np.zeros_like(sums))
    # Cells without a pixel of the head take the head's mean: only their neighbours look at them.
    whole = kept.sum(axis=(0, 1)) / max(np.count_nonzero(inside), 1)
    filled = np.where(known, means, whole).astype(np.float32)
    large = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.rint(large).astype(np.uint8)


def _first_row_of_largest(mask: Mask) -> int | None:
    """Where the largest connected part begins; None where the mask is empty."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask).view(np.uint8))
    if count < 2:
        return None
    return int(stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()), cv2.CC_STAT_TOP])


def _closed(mask: Mask, radius: float) -> Mask:
    """Close gaps, and fill what they enclose; nothing beyond the picture counts as a gap."""
    edge = round(radius) + 1
    padded = np.pad(mask, edge).view(np.uint8)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, _disc(radius))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(closed)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    return np.ascontiguousarray(filled[edge:-edge, edge:-edge]).view(np.bool_)


def _widened(mask: Mask, radius: float) -> Mask:
    return cast("npt.NDArray[np.uint8]", cv2.dilate(mask.view(np.uint8), _disc(radius))) > 0


def _disc(radius: float) -> cv2.typing.MatLike:
    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
