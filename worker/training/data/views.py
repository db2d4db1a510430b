"""What the generator is shown in training: photos disturbed as production disturbs them."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from worker.imaging.box import subject_box
from worker.imaging.regions import BACKGROUND, LabelMap, Mask, Pixels
from worker.stages.grey_fill import MARGIN, widen
from worker.training.data.augment import (
    Affine,
    Rng,
    mistaken_mask,
    place,
    place_box,
    relight,
    warp_labels,
    warp_mask,
    warp_photo,
)
from worker.training.data.examples import Examples, TrainingExample
from worker.training.data.fills import Fill
from worker.training.data.scenes import PASSER_BY, Person, behind

FIGURES: Final = 0.1  # share of rendered figures; the rest are photos
PASSERS_BY: Final = 0.1  # share of the pictures with another person behind the subject
# By which mask a picture is filled: shares of the true one, of the one that the person network
# finds, and of a mistaken one; what is left of 1 is not filled at all.
TRUE: Final = 0.2
FOUND: Final = 0.4
MISTAKEN: Final = 0.3
BAG_MISSING: Final = 0.25  # share of mistaken masks that leave out a bag


@dataclass(frozen=True)
class _Scene:
    """A picture on the canvas, its labels, and the passer-by in it, if any."""

    photo: Pixels
    truth: LabelMap
    passer_by: Mask


class Views:
    """Draws training pictures for the generator.

    Args:
        examples: where pictures come from.
        size_hw: the canvas.
        fill: how what the mask leaves out is hidden.
    """

    def __init__(self, examples: Examples, size_hw: tuple[int, int], fill: Fill) -> None:
        self._examples = examples
        self._size_hw = size_hw
        self._fill = fill

    def draw(self, rng: Rng) -> tuple[Pixels, LabelMap]:
        """A filled picture, RGB uint8 (H, W, 3), and its labels, uint8 (H, W).

        What the mask hides cannot be painted: its label is background.
        """
        example = self._examples.draw(rng, FIGURES)
        person = example.labels != BACKGROUND
        seen = person if example.found is None or rng.random() < TRUE else example.found
        matrix = place_box(subject_box(seen), self._size_hw, rng)
        scene = self._scene(example, matrix, rng)
        visible = self._visible(example, matrix, scene, rng)
        if visible is None:
            return scene.photo, scene.truth
        labels = np.where(visible, scene.truth, np.uint8(BACKGROUND))
        return self._fill(scene.photo, visible), labels

    def _scene(self, example: TrainingExample, matrix: Affine, rng: Rng) -> _Scene:
        photo = warp_photo(example.pixels, matrix, self._size_hw)
        truth = warp_labels(example.labels, matrix, self._size_hw)
        passer_by = np.zeros(truth.shape, np.bool_)
        if rng.random() < PASSERS_BY:
            other = self._person(self._examples.draw(rng, 0.0), rng)
            subject = Person(photo, (truth != BACKGROUND).astype(np.float32))
            photo = behind(subject, other)
            passer_by = (other.alpha > 0.5) & (truth == BACKGROUND)
        return _Scene(relight(photo, rng), truth, passer_by)

    def _person(self, example: TrainingExample, rng: Rng) -> Person:
        matrix = place(example.labels.shape, self._size_hw, rng, PASSER_BY)
        return Person(
            warp_photo(example.pixels, matrix, self._size_hw),
            warp_mask(example.labels != BACKGROUND, matrix, self._size_hw),
        )

    def _visible(
        self, example: TrainingExample, matrix: Affine, scene: _Scene, rng: Rng
    ) -> Mask | None:
        """The mask to fill by; None where nothing is filled."""
        kind = rng.random()
        if kind < TRUE:
            return scene.truth != BACKGROUND
        if kind < TRUE + FOUND and example.found is not None:
            found = warp_labels(example.found.astype(np.uint8), matrix, self._size_hw) > 0
            return widen(found, MARGIN * rng.uniform(0.4, 1.8))
        if kind >= TRUE + FOUND + MISTAKEN:
            return None
        taken = scene.truth != BACKGROUND
        if rng.random() < BAG_MISSING:
            taken &= warp_labels(example.bags.astype(np.uint8), matrix, self._size_hw) == 0
        if rng.random() < 0.5:
            taken |= scene.passer_by
        return mistaken_mask(taken, rng)
