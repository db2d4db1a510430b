"""Training of Mask R-CNN: batches, one step, validation."""

from typing import Any

import keras
import numpy as np

from worker.imaging.canvas import make_fit, onto_canvas, to_unit
from worker.imaging.regions import Pixels
from worker.imaging.subject import box_of_mask, choose, paste_mask
from worker.networks.compiled import Compiled
from worker.networks.mask_rcnn.config import PERSON, MaskRcnnConfig
from worker.networks.mask_rcnn.losses import losses
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.training.augment import Placement, place, relight, warp_labels, warp_photo
from worker.training.examples import Examples
from worker.training.gradients import losses_and_gradients
from worker.training.optimizer import Learner

PLACEMENT = Placement(scale=(0.6, 1.25), shift=0.1, turn_degrees=8.0)
# Shares of rendered pictures: enough to know them, too few to forget what photos look like.
FIGURES = 0.1
PACKSHOTS = 0.08


class PersonTask:
    """Teaches the person network where people are."""

    name = "mask-rcnn"
    network_name = "mask_rcnn"

    def __init__(
        self, examples: Examples, batch_size: int, config: MaskRcnnConfig = PERSON
    ) -> None:
        self.config = config
        self.batch_size = batch_size
        self.examples = examples
        self.network = MaskRcnn(config)
        self.learners = [Learner(self.network, rate=1e-3)]
        self._seed = keras.random.SeedGenerator(0)

    def batch(self, rng: np.random.Generator) -> dict[str, Any]:
        """One batch of augmented pictures as NumPy arrays."""
        size = self.config.size_hw
        photos = np.empty((self.batch_size, *size, 3), np.float32)
        masks = np.zeros((self.batch_size, *size), np.float32)
        labels = np.empty((self.batch_size, *size), np.int32)
        people = np.zeros((self.batch_size, self.config.max_people, 4), np.float32)
        for index in range(self.batch_size):
            example = self.examples.draw(rng, FIGURES, PACKSHOTS)
            matrix = place(example.labels.shape, size, rng, PLACEMENT)
            photos[index] = to_unit(relight(warp_photo(example.pixels, matrix, size), rng))
            labels[index] = warp_labels(example.labels, matrix, size)
            person = labels[index] > 0
            box = box_of_mask(person)
            if example.shows_person and box is not None:
                masks[index], people[index, 0] = person, box
        return {"photos": photos, "labels": labels, "masks": masks, "people": people}

    def step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One optimiser step; gives the losses."""
        learner = self.learners[0]
        parts, _, gradients = losses_and_gradients(
            lambda: (losses(self.network, batch, self._seed), None), learner.variables
        )
        learner.learn(gradients)
        return parts

    def validate(self, count: int) -> tuple[dict[str, float], list[Pixels]]:
        """Pooled IoU and 5th percentile on ``count`` validation photos, and pictures of some."""
        network: Compiled[dict[str, Any]] = Compiled(self.network.detect, self.config.size_hw)
        overlap = union = 0
        ious: list[float] = []
        pictures: list[Pixels] = []
        for example in self.examples.validation(count):
            height, width = example.labels.shape
            fit = make_fit((height, width), self.config.size_hw)
            found = {k: v[0] for k, v in network(onto_canvas(example.pixels, fit)[None]).items()}
            best = choose(found["scores"], found["boxes"], fit)
            mask = np.zeros((height, width), bool)
            if best is not None:
                mask = paste_mask(found["masks"][best], found["windows"][best], fit)
            truth = example.labels > 0
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
