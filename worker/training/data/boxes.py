"""What teaches garments: the subject's box, as catalogues cut people, and clothes without them."""

from typing import Final, NamedTuple

import cv2
import numpy as np

from worker.imaging.box import subject_box
from worker.imaging.labels.merges import PARTS
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import BACKGROUND, HAIR, SKIN, LabelMap, Mask, Pixels
from worker.stages.grey_fill import MARGIN, grey_fill, widen
from worker.training.data.augment import (
    Rng,
    low_noise,
    mistaken_mask,
    place_box,
    relight,
    warp_labels,
    warp_photo,
)
from worker.training.data.examples import Examples, TrainingExample

FIGURES: Final = 0.1
PACKSHOTS: Final = 0.03
CUT: Final = 0.4  # share of the people whose picture ends at neck, waist, knee or ankle
LYING: Final = 0.08  # share of the pictures that show clothes without their wearer
NOBODY: Final = 0.04  # share of the pictures that show what stands beside a person, and no clothes
RECOLOURED: Final = 0.35  # share of the pictures whose garments change colour
# By which mask a picture is filled: shares of the true one, the found one and a mistaken one; what
# is left of 1 is not filled at all.
TRUE, FOUND, MISTAKEN = 0.2, 0.4, 0.25
BAG_MISSING: Final = 0.25


class ShownPart(NamedTuple):
    """A photo, its labels and the found mask, all cut alike."""

    pixels: Pixels
    labels: LabelMap
    found: Mask | None


class BoxViews:
    """Draws training pictures of garments.

    Args:
        examples: of 14 classes.
        size_hw: the canvas.
    """

    def __init__(self, examples: Examples, size_hw: tuple[int, int]) -> None:
        self._examples = examples
        self._size_hw = size_hw

    def draw(self, rng: Rng) -> tuple[Pixels, LabelMap]:
        """A filled picture, RGB uint8 (H, W, 3), and its labels, uint8 (H, W)."""
        example = self._examples.draw(rng, FIGURES, PACKSHOTS)
        kind = rng.random() if example.shows_person else 1.0
        is_whole = kind < LYING + NOBODY
        if kind < LYING:
            shown = undressed(example, rng)
        else:
            shown = _beside(example, rng) if is_whole else cut(example, rng)
        visible = None if is_whole else self._visible(example, shown, rng)
        box = subject_box(np.ones(shown.labels.shape, np.bool_) if visible is None else visible)
        matrix = place_box(box, self._size_hw, rng)
        photo = warp_photo(shown.pixels, matrix, self._size_hw)
        labels = warp_labels(shown.labels, matrix, self._size_hw)
        if rng.random() < RECOLOURED:
            photo = recoloured(photo, labels, rng)
        photo = relight(photo, rng)
        if visible is None:
            return photo, labels
        seen = warp_labels(visible.astype(np.uint8), matrix, self._size_hw) > 0
        return grey_fill(photo, seen), np.where(seen, labels, np.uint8(BACKGROUND))

    def _visible(self, example: TrainingExample, shown: ShownPart, rng: Rng) -> Mask | None:
        """The mask to fill by; None where nothing is filled."""
        kind, person = rng.random(), shown.labels != BACKGROUND
        if kind < TRUE:
            return person
        if kind < TRUE + FOUND and shown.found is not None and shown.found.any():
            return widen(shown.found, MARGIN * rng.uniform(0.4, 1.8))
        if kind >= TRUE + FOUND + MISTAKEN:
            return None
        if rng.random() < BAG_MISSING:
            person = person & (shown.labels != PARTS.index("bag"))
        mistaken = mistaken_mask(person, rng)
        return mistaken if mistaken.any() else None


def cut(example: TrainingExample, rng: Rng) -> ShownPart:
    """Cut a picture as catalogues do: no head, no feet, one side of it missing."""
    box = box_of_mask(example.labels != BACKGROUND)
    if box is None or not example.shows_person or rng.random() >= CUT:
        return ShownPart(example.pixels, example.labels, example.found)
    top, left, bottom, right = box
    height, width = bottom - top, right - left
    first, last = 0, example.labels.shape[0]
    kind = rng.random()
    if kind < 0.75:
        first = top + int(height * rng.choice([0.1, 0.16, 0.3, 0.45]) * rng.uniform(0.7, 1.3))
    if kind > 0.45:
        last = bottom - int(height * rng.choice([0.06, 0.25, 0.45, 0.55]) * rng.uniform(0.7, 1.2))
    last = max(last, first + height // 5)
    sides = slice(None)
    if rng.random() < 0.15:
        cut = int(width * rng.uniform(0.1, 0.4))
        sides = slice(left + cut, None) if rng.random() < 0.5 else slice(None, right - cut)
    rows = slice(max(0, first), last)
    found = None if example.found is None else example.found[rows, sides]
    labels = example.labels[rows, sides]
    if not (labels != BACKGROUND).any():
        return ShownPart(example.pixels, example.labels, example.found)
    return ShownPart(example.pixels[rows, sides], labels, found)


def _beside(example: TrainingExample, rng: Rng) -> ShownPart:
    """What a street shows beside its person: all of it is background."""
    columns = np.flatnonzero((example.labels != BACKGROUND).any(axis=0))
    width = example.labels.shape[1]
    left, right = int(columns[0]), int(columns[-1]) + 1
    sides = slice(0, left) if left > width - right else slice(right, width)
    if sides.stop - sides.start < width // 8:
        return ShownPart(example.pixels, example.labels, None)
    height = int(example.labels.shape[0] * rng.uniform(0.4, 1.0))
    top = int(rng.integers(0, example.labels.shape[0] - height + 1))
    area = slice(top, top + height), sides
    return ShownPart(example.pixels[area], example.labels[area], None)


def undressed(example: TrainingExample, rng: Rng) -> ShownPart:
    """Lay one or two garments of a photo on something else, as flat lays and hangers show them."""
    labels = example.labels
    sizes = np.bincount(labels.ravel(), minlength=len(PARTS))
    large = [p for p in range(HAIR + 1, len(PARTS)) if sizes[p] > 0.01 * labels.size]
    if not large:
        return ShownPart(example.pixels, labels, None)
    count = 1 if rng.random() < 0.7 else 2
    kept = np.isin(labels, rng.permutation(large)[:count])
    alpha = cv2.GaussianBlur(kept.astype(np.float32), (0, 0), 0.8)[..., None]
    ground = _ground(labels.shape, rng)
    pixels = np.rint(example.pixels * alpha + ground * (1 - alpha)).astype(np.uint8)
    box = box_of_mask(kept)
    if box is None:
        return ShownPart(example.pixels, labels, None)
    margin = (np.array([-1, -1, 1, 1]) * rng.uniform(0.02, 0.35, 4) * (box[2] - box[0])).astype(int)
    top, left, bottom, right = np.array(box) + margin
    area = slice(max(0, top), bottom), slice(max(0, left), right)
    return ShownPart(pixels[area], np.where(kept, labels, np.uint8(BACKGROUND))[area], None)


def _ground(
    size_hw: tuple[int, int], rng: Rng
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """A bed, a floor, a wall: a colour with folds, planks or grain, float32 (H, W, 3) in 0..255."""
    colour = np.clip(rng.choice([245.0, 225.0, 190.0, 140.0, 70.0]) + rng.normal(0, 14, 3), 0, 255)
    shade = 1 + 0.12 * rng.random() * low_noise(size_hw, int(rng.integers(2, 10)), rng)
    if rng.random() < 0.3:
        place = np.arange(size_hw[1]) if rng.random() < 0.5 else np.arange(size_hw[0])[:, None]
        planks = rng.normal(0, 0.06, 400)[place // int(rng.integers(20, 120))]
        shade = shade + planks
    grain = rng.normal(0, rng.uniform(0.5, 6), size_hw)
    return np.clip(colour * shade[..., None] + grain[..., None], 0, 255).astype(np.float32)


def recoloured(photo: Pixels, labels: LabelMap, rng: Rng) -> Pixels:
    """Give garments other colours, so that none is known by its colour.

    Lightness is stretched towards another mean and the hue moved, in CIELAB by OpenCV (0..255).
    """
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32)
    same = rng.normal(0, 1, 3) if rng.random() < 0.3 else None
    for part in np.unique(labels):
        if part in (BACKGROUND, SKIN, HAIR) or rng.random() < 0.3:
            continue
        inside = (labels == part).astype(np.float32)
        soft = cv2.GaussianBlur(inside, (0, 0), 1.0)[..., None]
        mean = (lab * inside[..., None]).sum(axis=(0, 1)) / max(inside.sum(), 1.0)
        draw = rng.normal(0, 1, 3) if same is None else same
        target = np.array([130 + 60 * draw[0], 128 + 16 * draw[1], 128 + 18 * draw[2]])
        target = np.clip(target, [12, 70, 70], [243, 190, 190])
        contrast = np.array([min(1.4, (60 + target[0]) / (60 + mean[0])), 0.8, 0.8])
        lab += soft * ((lab - mean) * (contrast - 1) + target - mean)
    return cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB).astype(np.uint8)
