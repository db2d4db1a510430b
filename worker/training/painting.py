"""Training of pix2pix: batches, one step of generator and discriminator, validation."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from worker.imaging.canvas import to_unit
from worker.imaging.palette import PALETTE, paint_labels
from worker.imaging.regions import BACKGROUND, LABEL_NAMES, LabelMap, Pixels
from worker.networks.label_loss import label_loss
from worker.networks.pix2pix.discriminator import DiscriminatorConfig, build_discriminator
from worker.networks.pix2pix.generator import (
    GeneratorConfig,
    build_generator,
    compile_painter,
    paint,
)
from worker.networks.tensors import ops
from worker.stages.grey_fill import grey_fill
from worker.stages.segment import segment
from worker.training.augment import (
    Placement,
    mistaken_mask,
    place,
    relight,
    warp_labels,
    warp_photo,
)
from worker.training.examples import Examples
from worker.training.gradients import losses_and_gradients
from worker.training.imagenet import learners_of
from worker.training.optimizer import Learner, learn_all

PLACEMENT = Placement(scale=(0.75, 1.3), shift=0.07, turn_degrees=7.0)
FIGURES: Final = 0.1  # share of rendered figures; the rest are photos
# As published: L1 weighs a hundred times what the discriminator's verdict weighs.
ADVERSARIAL_WEIGHT: Final = 0.01
CROP: Final = 256  # a PatchGAN judges patches, so a crop of the painting is judged alike


class PaintingTask:
    """Teaches the generator to paint, against a discriminator."""

    name = "pix2pix"
    network_name = "pix2pix"

    def __init__(
        self,
        examples: Examples,
        batch_size: int,
        imagenet: Path | None = None,
        config: GeneratorConfig | None = None,
    ) -> None:
        self.config = config or GeneratorConfig()
        self.batch_size = batch_size
        self.examples = examples
        self.network = build_generator(self.config)
        self.discriminator = build_discriminator(DiscriminatorConfig())
        self.learners = [
            *learners_of(self.network, self.network, imagenet),
            Learner(self.discriminator.trainable_variables, rate=4e-4, beta_1=0.5, averaged=False),
        ]

    def batch(self, rng: np.random.Generator) -> dict[str, Any]:
        """One batch of augmented, grey-filled pictures with their labels as NumPy arrays."""
        size = self.config.size_hw
        photos = np.empty((self.batch_size, *size, 3), np.float32)
        labels = np.empty((self.batch_size, *size), np.int32)
        for index in range(self.batch_size):
            photo, truth = self._example(rng)
            photos[index], labels[index] = to_unit(photo), truth
        corner = [int(rng.integers(0, length - CROP + 1)) for length in size]
        return {"photos": photos, "labels": labels, "corner": np.array(corner, np.int32)}

    def _example(self, rng: np.random.Generator) -> tuple[Pixels, LabelMap]:
        example = self.examples.draw(rng, FIGURES)
        matrix = place(example.labels.shape, self.config.size_hw, rng, PLACEMENT)
        photo = warp_photo(example.pixels, matrix, self.config.size_hw)
        truth = warp_labels(example.labels, matrix, self.config.size_hw)
        photo = relight(photo, rng)
        kind = rng.random()
        if kind < 0.3:
            return grey_fill(photo, truth != BACKGROUND), truth
        if kind < 0.9:
            visible = mistaken_mask(truth != BACKGROUND, rng)
            # What the mask hides cannot be painted; it is background to the generator.
            return grey_fill(photo, visible), np.where(visible, truth, BACKGROUND).astype(np.uint8)
        return photo, truth

    def step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One step of the generator, then one of the discriminator on the same paintings."""
        photos, corner = batch["photos"], batch["corner"]
        palette = ops.convert_to_tensor(np.asarray(PALETTE, np.float32) / 127.5 - 1.0)
        truth = ops.one_hot(batch["labels"], self.config.paints, dtype="float32")
        target = ops.matmul(truth, palette)

        def crop(pictures: Any) -> Any:
            start = (0, corner[0], corner[1], 0)
            return ops.slice(pictures, start, (self.batch_size, CROP, CROP, 3))

        def generator_losses() -> tuple[dict[str, Any], Any]:
            mixture = self.network(photos, training=True)
            painting = paint(mixture, PALETTE)
            verdict = self.discriminator([crop(painting), crop(photos)], training=True)
            return {
                "mixture": label_loss(mixture, batch["labels"]),
                "l1": ops.mean(ops.abs(painting - target)),
                "fooled": ADVERSARIAL_WEIGHT * ops.mean(ops.square(verdict - 1.0)),
            }, painting

        *generator, discriminator = self.learners
        variables = [v for learner in generator for v in learner.variables]
        parts, painting, gradients = losses_and_gradients(generator_losses, variables)
        learn_all(generator, gradients)
        painted = crop(ops.stop_gradient(painting))

        def discriminator_losses() -> tuple[dict[str, Any], Any]:
            real = self.discriminator([crop(target), crop(photos)], training=True)
            fake = self.discriminator([painted, crop(photos)], training=True)
            return {
                "judge_real": ops.mean(ops.square(real - 1.0)),
                "judge_painted": ops.mean(ops.square(fake)),
            }, None

        judged, _, gradients = losses_and_gradients(discriminator_losses, discriminator.variables)
        discriminator.learn(gradients)
        return parts | judged

    def validate(self, count: int) -> tuple[dict[str, float], list[Pixels]]:
        """Pooled IoU by region with the true mask, and paintings of some photos."""
        generator = compile_painter(self.network, PALETTE)
        matrix = np.zeros((4, 4), np.int64)
        pictures: list[Pixels] = []
        for example in self.examples.validation(count):
            visible = example.labels != BACKGROUND
            segments = segment(grey_fill(example.pixels, visible), visible, generator)
            pairs = example.labels.astype(np.int64) * 4 + segments.labels
            matrix += np.bincount(pairs.ravel(), minlength=16).reshape(4, 4)
            if len(pictures) < 4:
                pictures += [example.pixels, segments.paint, paint_labels(example.labels)]
        either = matrix.sum(axis=0) + matrix.sum(axis=1) - matrix.diagonal()
        iou = matrix.diagonal() / np.maximum(either, 1)
        figures = {name: float(value) for name, value in zip(LABEL_NAMES, iou, strict=True)}
        return {"mean_iou": float(iou.mean()), **figures}, pictures
