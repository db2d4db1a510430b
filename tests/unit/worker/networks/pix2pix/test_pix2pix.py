"""Generator and discriminator: shapes and paint."""

import numpy as np
import pytest

from tests.support.tiny_networks import TINY_GENERATOR, TINY_OUTFITS
from worker.imaging.palette import PALETTE
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
from worker.networks.precision import Trained, computing_in


def test_the_generator_answers_at_full_size() -> None:
    network = build_generator(TINY_GENERATOR)
    mixture = network(np.zeros((2, 64, 32, 3), np.float32))
    assert tuple(mixture.shape) == (2, 64, 32, 4)
    assert str(mixture.dtype).endswith("float32'>") or "float32" in str(mixture.dtype)


def test_with_garments_it_has_a_second_head_at_half_of_the_canvas() -> None:
    mixture, garments = build_generator(TINY_OUTFITS)(np.zeros((2, 64, 32, 3), np.float32))
    assert tuple(mixture.shape) == (2, 64, 32, 4)
    assert tuple(garments.shape) == (2, 32, 16, 11)


def test_parts_share_the_clothes_and_leave_the_other_regions() -> None:
    """Half of the pixels are hair, half clothes: each garment has its share of what is left."""
    mixture = np.full((1, 2, 2, 4), -100, np.float32)
    mixture[0, 0, :, 2] = mixture[0, 1, :, 3] = 0
    garments = np.log([[[[0.75, 0.25, *[1e-9] * 9]]]]).astype(np.float32)
    parts = np.asarray(parts_of(mixture, garments))[0, 0, 0]
    np.testing.assert_allclose(parts[:5], [0, 0, 0.5, 0.375, 0.125], atol=1e-6)
    assert parts.sum() == pytest.approx(1)


def test_painting_and_parts_are_those_of_one_run() -> None:
    network = build_generator(TINY_OUTFITS)
    canvases = np.random.default_rng(0).integers(0, 256, (2, 64, 32, 3)).astype(np.uint8)
    painted = compile_outfit_painter(network, PALETTE)(canvases)
    assert painted["parts"].shape == (2, 32, 16, 14)
    assert (np.abs(painted["parts"].sum(axis=-1, dtype=int) - 255) <= 7).all()  # each is rounded
    painting = compile_painter(network, PALETTE)(canvases)
    np.testing.assert_array_equal(painted["painting"], painting)
    shares = np.asarray(parts_of(*network(canvases.astype(np.float32) / 127.5 - 1)))
    np.testing.assert_allclose(painted["parts"], shares * 255, atol=0.51)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_it_is_built_in_either_precision(precision: Trained) -> None:
    with computing_in(precision):
        network = build_generator(TINY_OUTFITS)
    answers = network(np.zeros((1, 64, 32, 3), np.float32))
    assert all(np.isfinite(np.asarray(each)).all() for each in answers)


def test_what_somebody_likely_wears_is_said_of_the_whole_picture() -> None:
    network = build_generator(TINY_OUTFITS)
    canvases = np.random.default_rng(0).uniform(-1, 1, (2, 64, 32, 3)).astype(np.float32)
    before = np.asarray(network(canvases)[1])
    network.get_layer("likely").gain.assign(np.ones(11, np.float32))
    added = np.asarray(network(canvases)[1]) - before
    np.testing.assert_allclose(added, np.broadcast_to(added[:, :1, :1], added.shape), atol=1e-5)
    assert np.abs(added).max() > 0.01


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


def test_the_classic_networks_are_those_published() -> None:
    generator = build_classic_generator(ClassicConfig())
    downs = [(3, 64), (64, 128), (128, 256), (256, 512), (512, 512), (512, 512), (512, 512)]
    ups = [(512, 512), (1024, 512), (1024, 512), (1024, 256), (512, 128), (256, 64)]
    kernels = sum(16 * inputs * outputs + outputs for inputs, outputs in [*downs, *ups, (128, 3)])
    norms = sum(4 * outputs for _, outputs in [*downs[1:], *ups])
    assert generator.count_params() == kernels + norms == 41_843_331
    assert tuple(generator.output_shape) == (None, 768, 512, 3)
    bottleneck = generator.get_layer("down7_conv").output
    assert tuple(bottleneck.shape) == (None, 6, 4, 512)
    discriminator = build_classic_discriminator(ClassicConfig())
    pictures = np.zeros((1, 256, 256, 3), np.float32)
    assert tuple(discriminator([pictures, pictures]).shape) == (1, 16, 16, 1)


def test_a_classic_canvas_can_be_halved_seven_times() -> None:
    with pytest.raises(ValueError, match=r"\(384, 200\) is no multiple of 128"):
        build_classic_generator(ClassicConfig(size_hw=(384, 200)))


def test_either_generator_is_compiled_to_paintings() -> None:
    classic = build_classic_generator(ClassicConfig((32, 32), downs=(4, 8)))
    compact, outfits = build_generator(TINY_GENERATOR), build_generator(TINY_OUTFITS)
    assert paints_itself(classic)
    assert not paints_itself(compact)
    for network, size in ((classic, (32, 32)), (compact, (64, 32)), (outfits, (64, 32))):
        painting = compile_painter(network, PALETTE)(np.zeros((1, *size, 3), np.uint8))
        assert painting.shape == (1, *size, 3)
        assert painting.dtype == np.uint8
