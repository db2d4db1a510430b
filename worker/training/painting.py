"""Training of pix2pix: batches, one step of generator and discriminator, validation."""

from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np

from worker.imaging.canvas import to_unit
from worker.imaging.regions import Pixels
from worker.networks.label_loss import label_loss
from worker.networks.pix2pix.classic import (
    ClassicConfig,
    build_classic_discriminator,
    build_classic_generator,
)
from worker.networks.pix2pix.discriminator import DiscriminatorConfig, build_discriminator
from worker.networks.pix2pix.generator import (
    GeneratorConfig,
    build_generator,
    compile_outfit_painter,
    compile_painter,
    paint,
    paints_itself,
    parts_of,
)
from worker.networks.tensors import ops
from worker.training.data.boxes import BoxViews
from worker.training.data.examples import Examples
from worker.training.data.fills import FILLS
from worker.training.data.views import Views
from worker.training.gradients import losses_and_gradients
from worker.training.optimizer import Learner, learn_all
from worker.training.recipe import Recipe
from worker.training.scores import score, score_parts
from worker.training.start import Start
from worker.training.wide_palette import palette_of

CROP: Final = 256  # a PatchGAN judges patches, so a crop of the painting is judged alike
LEAST_SHARE: Final = 1e-6  # keeps logarithms finite


class PaintingTask:
    """Teaches a generator to paint, against a discriminator where the recipe has one.

    Args:
        examples: with as many classes as the recipe.
        batch_size: pictures a step.
        recipe: losses, classes, fill and network.
        start: what the generator starts from, unless it is the classic one.
        widths: of the compact generator, where other than usual.

    Raises:
        ValueError: the examples have other classes.
    """

    name = "pix2pix"
    network_name = "pix2pix"

    def __init__(
        self,
        examples: Examples,
        batch_size: int,
        recipe: Recipe | None = None,
        start: Start | None = None,
        widths: tuple[int, ...] = GeneratorConfig.widths,
    ) -> None:
        self.recipe = recipe or Recipe()
        if len(examples.merge.names) != self.recipe.classes:
            raise ValueError(
                f"the examples have {len(examples.merge.names)} classes, "
                f"the recipe {self.recipe.classes}"
            )
        self.batch_size = batch_size
        self.examples = examples
        self.palette = palette_of(self.recipe.paints)
        self.fill = FILLS[self.recipe.fill]
        self.views = Views(examples, self.recipe.size_hw, self.fill)
        self.box_views = BoxViews(examples, self.recipe.size_hw)
        self.network, self.learners = self._generator(start or Start(), widths)
        self.discriminator: keras.Model | None = None
        if self.recipe.weights.adversarial:
            self.discriminator, judge = self._discriminator()
            self.learners.append(judge)
        networks = [self.network, *([self.discriminator] if self.discriminator else [])]
        self.statistics = [v for network in networks for v in network.non_trainable_variables]

    def _generator(
        self, start: Start, widths: tuple[int, ...]
    ) -> tuple[keras.Model, list[Learner]]:
        if self.recipe.network == "classic":
            network = build_classic_generator(ClassicConfig(self.recipe.size_hw))
            return network, [_published_learner(network)]
        recipe = self.recipe
        network = build_generator(
            GeneratorConfig(recipe.paints, recipe.garments, recipe.size_hw, widths)
        )
        return network, start.learners(network, network)

    def _discriminator(self) -> tuple[keras.Model, Learner]:
        if self.recipe.network == "classic":
            network = build_classic_discriminator(ClassicConfig(self.recipe.size_hw))
            return network, _published_learner(network)
        network = build_discriminator(DiscriminatorConfig())
        variables = network.trainable_variables
        return network, Learner(variables, rate=4e-4, beta_1=0.5, averaged=False)

    def batch(self, rng: np.random.Generator) -> dict[str, Any]:
        """One batch of augmented, filled pictures with their labels as NumPy arrays."""
        size = self.recipe.size_hw
        photos = np.empty((self.batch_size, *size, 3), np.float32)
        labels = np.empty((self.batch_size, *size), np.int32)
        for index in range(self.batch_size):
            in_catalogue = self.recipe.has_garments and rng.random() < self.recipe.catalogue
            photo, truth = (self.box_views if in_catalogue else self.views).draw(rng)
            photos[index], labels[index] = to_unit(photo), truth
        corner = [int(rng.integers(0, length - min(CROP, length) + 1)) for length in size]
        return {"photos": photos, "labels": labels, "corner": np.array(corner, np.int32)}

    def step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One step of the generator, then one of the discriminator on the same paintings."""
        photos, crop = batch["photos"], self._cropper(batch["corner"])
        labels = self._painted_labels(batch["labels"])
        colours = ops.convert_to_tensor(np.asarray(self.palette.colours, np.float32) / 127.5 - 1.0)
        target = ops.matmul(ops.one_hot(labels, self.recipe.paints, dtype="float32"), colours)
        weights, judge = self.recipe.weights, self.discriminator

        def generator_losses() -> tuple[dict[str, Any], Any]:
            output = self.network(photos, training=True)
            losses: dict[str, Any] = {}
            if self.recipe.has_garments:
                output, garments = output
                shares = parts_of(output, garments)
                parts = label_loss(ops.log(shares + LEAST_SHARE), batch["labels"])
                losses["parts"] = weights.label * parts
            painting = output
            if not paints_itself(self.network):
                painting = paint(output, self.palette.colours)
            if weights.label:
                losses["mixture"] = weights.label * label_loss(output, labels)
            if weights.l1:
                losses["l1"] = weights.l1 * ops.mean(ops.abs(painting - target))
            if judge is not None:
                verdict = judge([crop(painting), crop(photos)], training=True)
                losses["fooled"] = weights.adversarial * ops.mean(ops.square(verdict - 1.0))
            return losses, painting

        learners = self.learners if judge is None else self.learners[:-1]
        variables = [v for learner in learners for v in learner.variables]
        parts, painting, gradients = losses_and_gradients(generator_losses, variables)
        learn_all(learners, gradients)
        if judge is None:
            return parts
        return parts | self._judge(judge, crop(photos), crop(target), crop(painting))

    def _painted_labels(self, labels: Any) -> Any:
        """The labels that the palette paints: of parts, their regions."""
        if not self.recipe.has_garments:
            return labels
        regions = self.examples.merge.regions.astype(np.int32)
        return ops.take(ops.convert_to_tensor(regions), labels)

    def _judge(self, judge: keras.Model, photos: Any, target: Any, painting: Any) -> dict[str, Any]:
        """One step of the discriminator: true paintings are 1, the generator's are 0."""
        painted = ops.stop_gradient(painting)

        def discriminator_losses() -> tuple[dict[str, Any], Any]:
            real = judge([target, photos], training=True)
            fake = judge([painted, photos], training=True)
            return {
                "judge_real": ops.mean(ops.square(real - 1.0)),
                "judge_painted": ops.mean(ops.square(fake)),
            }, None

        learner = self.learners[-1]
        judged, _, gradients = losses_and_gradients(discriminator_losses, learner.variables)
        learner.learn(gradients)
        return judged

    def _cropper(self, corner: Any) -> Callable[[Any], Any]:
        size = [min(CROP, length) for length in self.recipe.size_hw]

        def crop(pictures: Any) -> Any:
            start = (0, corner[0], corner[1], 0)
            return ops.slice(pictures, start, (self.batch_size, *size, 3))

        return crop

    def validate(self, count: int) -> tuple[dict[str, float], list[Pixels]]:
        """Pooled IoU with the true mask and with the found one; paintings of some photos."""
        generator = compile_painter(self.network, self.palette.colours)
        classes = self.examples.merged_into(self.recipe.paints)
        scores = score(generator, classes.validation(count), self.palette, classes.merge, self.fill)
        figures = scores.figures()
        if self.recipe.has_garments:
            painter = compile_outfit_painter(self.network, self.palette.colours)
            figures |= score_parts(painter, self.examples.validation(count), self.fill)
        return figures, scores.pictures


def _published_learner(network: keras.Model) -> Learner:
    return Learner(network.trainable_variables, rate=2e-4, beta_1=0.5, averaged=False)
