"""Both networks alone: one picture by workers' and by training's runtime, and a training step."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final, cast

import keras
import numpy as np
import numpy.typing as npt

from shared.settings import get_settings
from worker.analysis.networks import build_networks
from worker.imaging.palette import PALETTE
from worker.networks.mask_rcnn.config import PERSON
from worker.networks.mask_rcnn.finder import SubjectFinder
from worker.networks.mask_rcnn.losses import losses
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.networks.pix2pix.generator import compile_outfit_painter
from worker.networks.precision import Precision
from worker.training.data.examples import Examples
from worker.training.gradients import compiled, losses_and_gradients
from worker.training.optimizer import Learner
from worker.training.painting import PaintingTask
from worker.training.recipe import Recipe

ROUNDS = 5
BATCH = 4
PRECISIONS: Final[tuple[Precision, ...]] = ("float32", "bfloat16", "int8")


def main() -> None:
    """Print milliseconds, the best of a few rounds, for each network and precision."""
    print("as workers run them, processor time of one picture")
    for precision in PRECISIONS:
        networks = build_networks(get_settings(precision=precision, batch=1))
        photo, canvas = noise(PERSON.size_hw), noise(networks.generator.size_hw)[None]
        person_ms = best(lambda n=networks, p=photo: n.person([p]), process_time)
        generator_ms = best(lambda n=networks, c=canvas: n.generator(c), process_time)
        print(f"mask_rcnn {precision:14}{person_ms:11.0f} ms")
        print(f"pix2pix {precision:16}{generator_ms:11.0f} ms")
    print("as they are trained, by the clock")
    print(f"{'':24}{'one picture':>14}{f'step of {BATCH}':>14}")
    for precision in ("float32", "mixed_bfloat16"):
        keras.mixed_precision.set_dtype_policy(precision)
        for name, build in (("mask_rcnn", person), ("pix2pix", generator)):
            predict, step = build()
            print(f"{name + ' ' + precision:24}{best(predict):11.0f} ms{best(step):11.0f} ms")


def person() -> tuple[Callable[[], object], Callable[[], object]]:
    """The person network: a prediction and a training step, both ready to call."""
    network = MaskRcnn(PERSON)
    finder = SubjectFinder.of(network)
    people = np.zeros((BATCH, 2, 4), np.float32)
    people[:, 0] = (0.1, 0.25, 0.9, 0.7)
    inputs = {
        "photos": np.zeros((BATCH, *PERSON.size_hw, 3), np.uint8),
        "labels": np.zeros((BATCH, *PERSON.size_hw), np.int32),
        "masks": np.zeros((BATCH, *PERSON.size_hw), np.float32),
        "people": people,
        "box_noise": np.zeros((BATCH, 8, 4), np.float32),
        "window_noise": np.zeros((BATCH, 2, 4), np.float32),
    }
    step = learning(network, inputs, lambda batch: losses(network, batch))
    photo = noise(PERSON.size_hw)
    return lambda: finder([photo]), step


def generator() -> tuple[Callable[[], object], Callable[[], object]]:
    """The generator: a prediction and a training step of both heads, without the discriminator."""
    recipe = Recipe("labels", classes=14)
    with TemporaryDirectory() as folder:
        for name in ("photos", "pixel-level"):
            (Path(folder) / name).mkdir()
        nothing = Examples(Path(folder), rendered=0, classes=recipe.classes, balanced=False)
    task = PaintingTask(nothing, BATCH, recipe)
    inputs = {
        "photos": np.zeros((BATCH, *recipe.size_hw, 3), np.float32),
        "labels": np.zeros((BATCH, *recipe.size_hw), np.int32),
        "corner": np.zeros(2, np.int32),
    }
    painter = compile_outfit_painter(task.network, PALETTE)
    canvas = noise(recipe.size_hw)[None]
    return lambda: painter(canvas), ready(task.step, inputs)


def learning(
    network: keras.Model,
    inputs: dict[str, Any],
    compute: Callable[[dict[str, Any]], dict[str, Any]],
) -> Callable[[], object]:
    """A training step on fixed inputs."""
    variables = cast("list[Any]", network.trainable_variables)
    learner = Learner(variables, rate=1e-4)

    def step(batch: dict[str, Any]) -> dict[str, Any]:
        parts, _, gradients = losses_and_gradients(
            lambda: (compute(batch), None), learner.variables
        )
        learner.learn(gradients)
        return parts

    return ready(step, inputs)


def ready(
    step: Callable[[dict[str, Any]], dict[str, Any]], inputs: dict[str, Any]
) -> Callable[[], object]:
    """A compiled step, with the inputs that it gets each time."""
    tensors: dict[str, Any] = {
        name: keras.ops.convert_to_tensor(value) for name, value in inputs.items()
    }
    run = compiled(step)
    return lambda: [float(value) for value in run(tensors).values()]


def noise(size_hw: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A picture of noise: zeros could run faster than pictures do."""
    return np.random.default_rng(0).integers(0, 256, (*size_hw, 3)).astype(np.uint8)


def best(call: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """Milliseconds of the fastest of a few calls, after one that compiles."""
    call()
    times: list[float] = []
    for _ in range(ROUNDS):
        started = clock()
        call()
        times.append(clock() - started)
    return min(times) * 1000


if __name__ == "__main__":
    main()
