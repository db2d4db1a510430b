"""A sheet to label a photo by: the photo, beside it what the networks see, in numbered segments."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.labels.merges import PARTS
from worker.imaging.regions import BACKGROUND, Mask, Pixels
from worker.training.by_eye.segments import NumberedPhoto

TINTS: Final[dict[str, tuple[int, int, int]]] = {
    "skin": (230, 170, 130),
    "hair": (90, 60, 30),
    "top": (230, 60, 60),
    "outerwear": (40, 90, 255),
    "bottom": (0, 160, 60),
    "dress": (255, 0, 220),
    "shoes": (255, 140, 0),
    "bag": (150, 80, 20),
    "headwear": (0, 180, 180),
    "scarf": (200, 170, 0),
    "legwear": (140, 0, 200),
    "belt": (255, 110, 150),
    "small": (110, 110, 110),
}
"""The colour, RGB, that each part is tinted in; so are its numbers below the photo."""

_HEIGHT: Final = 760
_WIDTH: Final = 370
_MARGIN: Final = 25  # of the photo, around the person
_LINE: Final = 20
_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX


def draw_sheet(photo_id: str, pixels: Pixels, photo: NumberedPhoto, visible: Mask) -> Pixels:
    """Draw a sheet.

    Args:
        photo_id: stands above it.
        pixels: the photo, RGB uint8 (H, W, 3).
        photo: its labels and numbers.
        visible: bool (H, W), the person.

    Returns:
        RGB uint8 (850, 750, 3).
    """
    area = _area(visible)
    scale = min(_HEIGHT / pixels[area].shape[0], _WIDTH / pixels[area].shape[1])
    shown = cv2.resize(pixels[area], None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    size = shown.shape[1], shown.shape[0]
    labels, numbers = (
        cv2.resize(plane[area], size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
        for plane in (photo.labels, photo.numbers)
    )
    tinted = _tinted(shown.astype(np.uint8), labels)
    tinted[_edges(numbers)] = 255
    for number in np.unique(numbers[numbers > 0]):
        _write_number(tinted, numbers == number, str(number))
    sheet = np.full((_HEIGHT + 4 * _LINE + 10, 2 * _WIDTH + 10, 3), 255, np.uint8)
    cv2.putText(sheet, photo_id, (2, _LINE - 5), _FONT, 0.6, (0, 0, 0), 2, cv2.LINE_AA)
    rows = slice(_LINE, _LINE + size[1])
    sheet[rows, : size[0]] = shown
    sheet[rows, _WIDTH + 10 : _WIDTH + 10 + size[0]] = tinted
    _list_numbers(sheet, photo)
    return sheet


def _area(visible: Mask) -> tuple[slice, slice]:
    left, top, width, height = cv2.boundingRect(visible.view(np.uint8))
    return (
        slice(max(0, top - _MARGIN), top + height + _MARGIN),
        slice(max(0, left - _MARGIN), left + width + _MARGIN),
    )


def _tinted(pixels: Pixels, labels: npt.NDArray[np.uint8]) -> Pixels:
    tints = np.array([TINTS.get(name, (240, 240, 240)) for name in PARTS], np.float32)
    strength = np.where(labels == BACKGROUND, 0.5, 0.45).astype(np.float32)[..., None]
    return np.rint(pixels * (1 - strength) + tints[labels] * strength).astype(np.uint8)


def _edges(numbers: npt.NDArray[np.uint8]) -> Mask:
    edges = np.zeros(numbers.shape, np.bool_)
    edges[:, 1:] = numbers[:, 1:] != numbers[:, :-1]
    edges[1:] |= numbers[1:] != numbers[:-1]
    return edges


def _write_number(onto: Pixels, segment: Mask, text: str) -> None:
    """Write a number where its segment is widest, in place."""
    inside = np.pad(segment, 1).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    (width, height), _ = cv2.getTextSize(text, _FONT, 0.5, 1)
    left, bottom = int(column) - width // 2, int(row) + height // 2
    corners = (left - 2, bottom - height - 2), (left + width + 1, bottom + 2)
    cv2.rectangle(onto, *corners, (0, 0, 0), cv2.FILLED)
    cv2.putText(onto, text, (left, bottom), _FONT, 0.5, (255, 255, 255), 1, cv2.LINE_AA)


def _list_numbers(sheet: Pixels, photo: NumberedPhoto) -> None:
    """Write below the photo which numbers the networks call what, in place."""
    called: dict[str, list[str]] = {}
    for number in np.unique(photo.numbers[photo.numbers > 0]):
        called.setdefault(PARTS[photo.part_of(number)], []).append(str(number))
    left, bottom = 2, _HEIGHT + 2 * _LINE
    for name, numbers in called.items():
        text = f"{name}: {','.join(numbers)}"
        width = cv2.getTextSize(text, _FONT, 0.5, 1)[0][0]
        if left + width > sheet.shape[1]:
            left, bottom = 2, bottom + _LINE
        cv2.putText(sheet, text, (left, bottom), _FONT, 0.5, TINTS[name], 1, cv2.LINE_AA)
        left += width + 14
