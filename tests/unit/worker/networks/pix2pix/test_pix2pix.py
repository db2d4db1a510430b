"""Generator and discriminator: shapes, paint, and that both learn."""

from pathlib import Path

import keras
import numpy as np

from worker.imaging.palette import PALETTE
from worker.networks.pix2pix.discriminator import DiscriminatorConfig, build_discriminator
from worker.networks.pix2pix.generator import GeneratorConfig, build_generator, paint

from ..tiny import TINY_GENERATOR


def test_the_generator_answers_at_full_size() -> None:
    network = build_generator(TINY_GENERATOR)
    mixture = network(np.zeros((2, 64, 32, 3), np.float32))
    assert tuple(mixture.shape) == (2, 64, 32, 4)
    assert str(mixture.dtype).endswith("float32'>") or "float32" in str(mixture.dtype)


def test_the_bundled_generator_fits_15_megabytes_in_half_precision() -> None:
    assert build_generator(GeneratorConfig()).count_params() * 2 <= 15_000_000


def test_certain_mixtures_are_the_paints_themselves() -> None:
    mixture = np.eye(4, dtype=np.float32).reshape(1, 2, 2, 4) * 100
    painting = np.asarray(paint(mixture, PALETTE))
    assert np.allclose((painting + 1) * 127.5, np.reshape(PALETTE, (1, 2, 2, 3)), atol=1e-3)


def test_an_even_mixture_is_the_paints_mean() -> None:
    painting = np.asarray(paint(np.zeros((1, 1, 1, 4), np.float32), PALETTE))
    assert np.allclose((painting[0, 0, 0] + 1) * 127.5, np.mean(PALETTE, axis=0), atol=1e-3)


def test_the_discriminator_judges_patches_of_any_size() -> None:
    network = build_discriminator(DiscriminatorConfig(widths=(4, 8)))
    for height, width in ((16, 16), (32, 8)):
        pictures = np.zeros((1, height, width, 3), np.float32)
        assert tuple(network([pictures, pictures]).shape) == (1, height // 4, width // 4, 1)


def test_both_networks_move(labelled_folder: Path) -> None:
    """In Keras 3 a frozen discriminator silently never trains; ours must."""
    from worker.training.examples import Examples  # noqa: PLC0415
    from worker.training.painting import PaintingTask  # noqa: PLC0415

    keras.utils.set_random_seed(0)
    config = GeneratorConfig(size_hw=(256, 256), widths=(4, 8, 8, 8, 8))
    task = PaintingTask(Examples(labelled_folder, rendered=0), 1, config=config)
    before = [[np.asarray(v.value).copy() for v in one.variables] for one in task.learners]
    batch = task.batch(np.random.default_rng(0))
    task.step({name: keras.ops.convert_to_tensor(value) for name, value in batch.items()})
    for learner, old in zip(task.learners, before, strict=True):
        assert all(
            not np.array_equal(np.asarray(v.value), was)
            for v, was in zip(learner.variables, old, strict=True)
        )
