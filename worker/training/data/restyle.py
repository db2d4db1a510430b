"""Outfits that nobody photographed: other colours and prints, people of other proportions.

Eight hundred photos are soon known by heart. What cannot be known by its colour, or by how long
somebody's legs are, has to be known by its cut.
"""

from dataclasses import replace
from typing import Final, get_args

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.paste import box_of_mask
from worker.imaging.regions import BACKGROUND, HAIR, SKIN, LabelMap, Mask, Pixels
from worker.lookbook.tiles import TILE, PrintKind, lay, print_tile
from worker.training.data.augment import Rng, low_noise
from worker.training.data.examples import TrainingExample

RESTYLED: Final = 0.35  # share of the pictures whose garments change colour
KEPT: Final = 0.3  # share of their garments that keep theirs
PRINTED: Final = 0.2  # share of the others that get a print
RESHAPED: Final = 0.5  # share of the people whose proportions change

# Neck, waist, hips and knees, as shares of a person's height.
_JOINTS: Final = (0.0, 0.14, 0.4, 0.52, 0.75, 1.0)
_LENGTHS: Final = 0.12  # how far the lengths between them stray, as a standard deviation
_BREADTHS: Final = 0.05  # how far the breadth strays from row to row
_PITCH: Final = (6.0, 60.0)  # pixels after which a print repeats

_Coordinates = npt.NDArray[np.float32]


def restyled(photo: Pixels, labels: LabelMap, rng: Rng) -> Pixels:
    """Give some pictures' garments other colours, so that none is known by its colour.

    Lightness is stretched towards another mean and the hue moved, in CIELAB by OpenCV (0..255).

    Args:
        photo: RGB uint8 (H, W, 3).
        labels: uint8 (H, W), of any number of classes.
        rng: decides which.
    """
    if rng.random() >= RESTYLED:
        return photo
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    same = rng.normal(0, 1, 3) if rng.random() < 0.3 else None
    for part in np.unique(labels):
        if part in (BACKGROUND, SKIN, HAIR) or rng.random() < KEPT:
            continue
        inside = (labels == part).astype(np.float32)
        soft = cv2.GaussianBlur(inside, (0, 0), 1.0)[..., None]
        mean = (lab * inside[..., None]).sum(axis=(0, 1)) / max(inside.sum(), 1.0)
        target = _colour(rng.normal(0, 1, 3) if same is None else same)
        contrast = np.array([min(1.4, (60 + target[0]) / (60 + mean[0])), 0.8, 0.8])
        moved = (lab - mean) * (contrast - 1) + target - mean
        if rng.random() < PRINTED:
            second = _colour(rng.normal(0, 1, 3)) - target
            moved = moved + _print(labels.shape, rng)[..., None] * second
        lab += soft * moved
    return cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB).astype(np.uint8)


def _colour(draw: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A cloth's colour, CIELAB in 0..255, of three numbers of a normal distribution."""
    colour = np.array([130 + 60 * draw[0], 128 + 16 * draw[1], 128 + 18 * draw[2]])
    return np.clip(colour, [12, 70, 70], [243, 190, 190])


def _print(size_hw: tuple[int, int], rng: Rng) -> npt.NDArray[np.float32]:
    """How much of a print's own colour is seen, float32 ``size_hw`` in 0..1."""
    kinds = get_args(PrintKind)
    tile = print_tile(kinds[int(rng.integers(len(kinds)))])
    pitch = float(np.exp(rng.uniform(*np.log(_PITCH))))
    angle = float(rng.choice([0.0, np.pi / 2])) + float(rng.normal(0, 0.3))
    return lay(tile, size_hw, rng.uniform(0, TILE, 2), angle, pitch / 64)


def reshaped(example: TrainingExample, rng: Rng) -> TrainingExample:
    """Give some people longer legs, a shorter body, broader hips.

    Rows between the joints are stretched each by its own measure, and each row a little in
    breadth; the picture keeps its size in columns and gets other rows.
    """
    box = box_of_mask(example.labels != BACKGROUND)
    if box is None or not example.shows_person or rng.random() >= RESHAPED:
        return example
    x, y = _source(example.labels.shape, box, rng)

    def moved(mask: Mask) -> Mask:
        return cv2.remap(mask.view(np.uint8), x, y, cv2.INTER_NEAREST, None, _EDGE) > 0

    return replace(
        example,
        pixels=cv2.remap(example.pixels, x, y, cv2.INTER_LINEAR, None, _EDGE).astype(np.uint8),
        labels=cv2.remap(example.labels, x, y, cv2.INTER_NEAREST, None, _EDGE).astype(np.uint8),
        bags=moved(example.bags),
        found=None if example.found is None else moved(example.found),
    )


_EDGE: Final = cv2.BORDER_REPLICATE


def _source(
    size_hw: tuple[int, int], box: tuple[int, int, int, int], rng: Rng
) -> tuple[_Coordinates, _Coordinates]:
    """Where each pixel of the other picture lies in this one: columns and rows, float32 (H, W)."""
    height, width = size_hw
    top, left, bottom, right = box
    joints = np.array([0, *(top + (bottom - top) * np.array(_JOINTS)), height])
    lengths = np.diff(joints)
    lengths[1:-1] *= np.exp(rng.normal(0, _LENGTHS, len(_JOINTS) - 1))
    moved = np.concatenate([[0], np.cumsum(lengths)])
    rows = np.interp(np.arange(round(moved[-1])), moved, joints)
    breadth = np.exp(_BREADTHS * low_noise((len(rows), 2), 8, rng)[:, :1])
    middle = (left + right) / 2
    columns = middle + (np.arange(width) - middle)[None] / breadth
    return columns.astype(np.float32), np.repeat(rows[:, None], width, axis=1).astype(np.float32)
