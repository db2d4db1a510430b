"""Which of the people found is the catalogue's subject."""

from typing import Any, Final

from worker.networks.mask_rcnn import boxes as box
from worker.networks.tensors import ops

PERSON_CLASS: Final = 1
"""In both configurations."""

CUT_OFF: Final = 0.7
"""What a person counts who is cut off by the photo's left or right border."""

BORDER: Final = 0.01
"""Share of the photo's width within which a box touches its border."""


def rank(scores: Any, boxes: Any, photo_windows: Any) -> Any:
    """How likely each person is the picture's subject: sure, large, central and whole.

    rank = score · √(share of the photo) · centredness · wholeness. Centredness falls from 1 in the
    middle to 0.5 at the left and right border. Wholeness is ``CUT_OFF`` where one of these borders
    cuts the person off, else 1; shops crop their models at the top and the bottom, so these
    borders say nothing.

    Args:
        scores: float32 (B, N), 0 where there is no person.
        boxes: float32 (B, N, 4), normalised.
        photo_windows: float32 (B, 4) or (4,): where the photos lie on their canvases, normalised.

    Returns:
        float32 (B, N).
    """
    window = ops.expand_dims(ops.convert_to_tensor(photo_windows, "float32"), -2)
    left, right = window[..., 1], window[..., 3]
    width = ops.maximum(right - left, 1e-6)
    share = box.area(boxes) / ops.maximum(box.area(window), 1e-6)
    middle = (boxes[..., 1] + boxes[..., 3]) / 2.0
    off_centre = ops.abs(middle - (left + right) / 2.0) / width
    margin = BORDER * width
    whole = ops.logical_and(boxes[..., 1] > left + margin, boxes[..., 3] < right - margin)
    wholeness = CUT_OFF + (1.0 - CUT_OFF) * ops.cast(whole, "float32")
    return scores * ops.sqrt(share) * (1.0 - ops.minimum(off_centre, 1.0)) * wholeness
