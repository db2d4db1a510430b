"""Training of Mask R-CNN: batches, one step, validation."""

from dataclasses import replace
from typing import Any

import numpy as np

from worker.imaging.paste import box_of_mask
from worker.imaging.regions import LabelMap, Pixels
from worker.networks.mask_rcnn.config import PERSON, MaskRcnnConfig
from worker.networks.mask_rcnn.finder import SubjectFinder
from worker.networks.mask_rcnn.losses import losses
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.training.data.augment import (
    Placement,
    place,
    relight,
    warp_labels,
    warp_mask,
    warp_photo,
)
from worker.training.data.examples import Examples, TrainingExample
from worker.training.data.scenes import PASSER_BY, Person, behind, on_backdrop
from worker.training.gradients import losses_and_gradients
from worker.training.optimizer import learn_all
from worker.training.start import Start

PLACEMENT = Placement(scale=(0.6, 1.25), shift=0.1, turn_degrees=8.0)
# Shares of rendered pictures: enough to know them, too few to forget what photos look like.
FIGURES = 0.1
PACKSHOTS = 0.05
# Of the pictures of people: those that get another backdrop, and those that get a passer-by.
BACKDROPS = 0.1
PASSERS_BY = 0.15
MAX_PEOPLE = 2
# Disturbed copies of each person's box for the class head, of the subject's for the mask head.
BOX_COPIES = 4
WINDOW_COPIES = 2


class PersonTask:
    """Teaches the person network where people are."""

    name = "mask-rcnn"
    network_name = "mask_rcnn"

    def __init__(
        self,
        examples: Examples,
        batch_size: int,
        start: Start | None = None,
        config: MaskRcnnConfig = PERSON,
    ) -> None:
        self.config = config
        self.batch_size = batch_size
        self.examples = examples
        self.network = MaskRcnn(config)
        self.learners = (start or Start()).learners(self.network, self.network.pyramid)
        self.statistics: list[Any] = []

    def batch(self, rng: np.random.Generator) -> dict[str, Any]:
        """One batch of augmented pictures as NumPy arrays."""
        size = self.config.size_hw
        photos = np.empty((self.batch_size, *size, 3), np.uint8)
        masks = np.zeros((self.batch_size, *size), np.float32)
        labels = np.empty((self.batch_size, *size), np.int32)
        people = np.zeros((self.batch_size, MAX_PEOPLE, 4), np.float32)
        for index in range(self.batch_size):
            example = self.examples.draw(rng, FIGURES, PACKSHOTS)
            person, labels[index] = self._place(example, PLACEMENT, rng)
            boxes = [box_of_mask(person.alpha > 0.5)] if example.shows_person else []
            if example.shows_person:
                person, other = self._scene(person, rng)
                boxes.append(other)
                masks[index] = person.alpha
            photos[index] = relight(person.pixels, rng)
            found = [box for box in boxes if box is not None]
            people[index, : len(found)] = np.array(found).reshape(-1, 4) / [*size, *size]
        boxes, windows = MAX_PEOPLE * BOX_COPIES, WINDOW_COPIES
        noise = rng.uniform(-1, 1, (self.batch_size, boxes + windows, 4)).astype(np.float32)
        return {
            "photos": photos,
            "labels": labels,
            "masks": masks,
            "people": people,
            "box_noise": noise[:, :boxes],
            "window_noise": noise[:, boxes:],
        }

    def _place(
        self, example: TrainingExample, how: Placement, rng: np.random.Generator
    ) -> tuple[Person, LabelMap]:
        size = self.config.size_hw
        matrix = place(example.labels.shape, size, rng, how)
        person = Person(
            warp_photo(example.pixels, matrix, size),
            warp_mask(example.labels > 0, matrix, size),
        )
        return person, warp_labels(example.labels, matrix, size)

    def _scene(
        self, subject: Person, rng: np.random.Generator
    ) -> tuple[Person, tuple[int, int, int, int] | None]:
        """Sometimes another backdrop or a passer-by; gives the passer-by's box, if it shows."""
        kind = rng.random()
        if kind < BACKDROPS:
            return replace(subject, pixels=on_backdrop(subject, rng)), None
        if kind < BACKDROPS + PASSERS_BY:
            other, _ = self._place(self.examples.draw(rng, 0.0), PASSER_BY, rng)
            visible = (other.alpha > 0.5) & (subject.alpha < 0.5)
            return replace(subject, pixels=behind(subject, other)), box_of_mask(visible)
        return subject, None

    def step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One optimiser step; gives the losses."""
        variables = [v for learner in self.learners for v in learner.variables]
        parts, _, gradients = losses_and_gradients(
            lambda: (losses(self.network, batch), None), variables
        )
        learn_all(self.learners, gradients)
        return parts

    def validate(self, count: int) -> tuple[dict[str, float], list[Pixels]]:
        """Pooled IoU and 5th percentile on ``count`` validation photos, and pictures of some."""
        finder = SubjectFinder.of(self.network)
        overlap = union = 0
        ious: list[float] = []
        pictures: list[Pixels] = []
        for example in self.examples.validation(count):
            found = finder([example.pixels])[0]
            truth = example.labels > 0
            mask = np.zeros_like(truth) if found is None else found.mask
            both, either = int((mask & truth).sum()), int((mask | truth).sum())
            overlap, union = overlap + both, union + either
            ious.append(both / max(either, 1))
            if len(pictures) < 6:
                pictures.append(np.where(mask[..., None], example.pixels, example.pixels // 4))
        figures = {
            "person_iou": overlap / max(union, 1),
            "person_iou_p5": float(np.percentile(ious, 5)),
        }
        return figures, pictures
