"""Training of the generator: every recipe learns, and both networks move."""

from pathlib import Path

import keras
import numpy as np
import pytest

from shared.errors import WeightsError
from worker.networks.pix2pix.classic import ClassicConfig, build_classic_discriminator
from worker.networks.weights.network_file import save_weights
from worker.training.data.examples import Examples
from worker.training.painting import PaintingTask
from worker.training.recipe import LOSSES, Recipe
from worker.training.start import Start

WIDTHS = (4, 8, 8, 8, 8)


def task(folder: Path, recipe: Recipe, start: Path | None = None) -> PaintingTask:
    keras.utils.set_random_seed(0)
    examples = Examples(folder, rendered=0, classes=recipe.classes)
    return PaintingTask(examples, 1, recipe, Start(weights=start), WIDTHS)


def step(of: PaintingTask, seed: int = 0) -> dict[str, float]:
    batch = of.batch(np.random.default_rng(seed))
    losses = of.step({name: keras.ops.convert_to_tensor(value) for name, value in batch.items()})
    return {name: float(value) for name, value in losses.items()}


@pytest.mark.parametrize("network", ["compact", "classic"])
def test_both_networks_move(labelled_folder: Path, network: str) -> None:
    """In Keras 3 a discriminator frozen after compiling silently never trains; ours must."""
    losses = "l1+gan" if network == "classic" else "all"
    recipe = Recipe(losses, network=network, size_hw=(256, 256))  # type: ignore[arg-type]
    painting = task(labelled_folder, recipe)
    assert painting.discriminator is not None
    before = [[np.asarray(v.value).copy() for v in one.variables] for one in painting.learners]
    step(painting)
    for learner, old in zip(painting.learners, before, strict=True):
        moved = [
            not np.array_equal(np.asarray(v.value), was)
            for v, was in zip(learner.variables, old, strict=True)
        ]
        # Under batch norm a bias before it has no gradient; everything else must move.
        assert sum(moved) >= 0.9 * len(moved)


def test_batch_norms_statistics_are_part_of_the_checkpoint(labelled_folder: Path) -> None:
    painting = task(labelled_folder, Recipe("l1+gan", network="classic", size_hw=(128, 128)))
    before = [np.asarray(v.value).copy() for v in painting.statistics]
    assert before, "the classic networks have batch norm"
    step(painting)
    assert any(
        not np.array_equal(np.asarray(v.value), was)
        for v, was in zip(painting.statistics, before, strict=True)
    )


@pytest.mark.parametrize("losses", sorted(LOSSES))
def test_losses_are_those_of_the_recipe(labelled_folder: Path, losses: str) -> None:
    painting = task(labelled_folder, Recipe(losses, size_hw=(64, 64)))
    weights = LOSSES[losses]
    expected = {
        *(["mixture"] if weights.label else []),
        *(["l1"] if weights.l1 else []),
        *(["fooled", "judge_real", "judge_painted"] if weights.adversarial else []),
    }
    assert step(painting).keys() == expected


def test_the_generator_learns_one_picture(labelled_folder: Path) -> None:
    painting = task(labelled_folder, Recipe("labels", size_hw=(64, 64)))
    losses = [step(painting)["mixture"] for _ in range(24)]
    assert losses[-1] < 0.9 * losses[0]


def outfits(folder: Path, start: Path | None = None) -> PaintingTask:
    return task(folder, Recipe("labels", 14, size_hw=(64, 32)), start)


def test_both_heads_learn_and_are_scored(labelled_folder: Path) -> None:
    painting = outfits(labelled_folder)
    variables = painting.network.trainable_variables
    before = {v.path: v.numpy().copy() for v in variables}
    losses = step(painting)
    assert losses.keys() == {"parts", "mixture"}
    moved = {v.path for v in variables if (v.numpy() != before[v.path]).any()}
    assert {"paints/kernel", "garments/kernel", "worn/kernel", "edges/kernel"} <= moved
    figures, _ = painting.validate(1)
    assert {"mean_iou", "found_mean_iou", "found_parts", "part_dress"} <= figures.keys()


def test_a_generator_goes_on_from_weights_more_slowly(
    labelled_folder: Path, tmp_path: Path
) -> None:
    new = outfits(labelled_folder)
    save_weights(new.network, tmp_path / "start.npz")
    further = outfits(labelled_folder, tmp_path / "start.npz")
    for one, other in zip(new.network.variables, further.network.variables, strict=True):
        np.testing.assert_allclose(other.numpy(), one.numpy(), rtol=1e-3, atol=1e-6)
    rates = [[learner.rate for learner in each.learners] for each in (new, further)]
    assert rates == [[1e-3], [1e-4]]


def test_held_blocks_stay_as_they_are(labelled_folder: Path, tmp_path: Path) -> None:
    save_weights(outfits(labelled_folder).network, tmp_path / "start.npz")
    examples = Examples(labelled_folder, rendered=0, classes=14)
    start = Start(weights=tmp_path / "start.npz", held_blocks=2)
    painting = PaintingTask(examples, 1, Recipe("labels", 14, size_hw=(64, 32)), start, WIDTHS)
    before = {v.path: v.numpy().copy() for v in painting.network.variables}
    step(painting)
    unmoved = {path for path, was in before.items() if path.startswith(("stem", "block1_"))}
    unmoved |= {path for path in before if path.startswith("block2_")}
    assert len(unmoved) == 2 + 4 + 6  # stem; depthwise and project; and expand, from the second on
    moved = {v.path for v in painting.network.variables if (v.numpy() != before[v.path]).any()}
    assert not moved & unmoved
    assert {"block3_expand/kernel", "block10_project/kernel", "edges/kernel"} <= moved


def test_a_network_like_it_is_gone_on_from_where_it_fits(
    labelled_folder: Path, tmp_path: Path
) -> None:
    """One of more classes takes all but the last layer from one of four."""
    four = task(labelled_folder, Recipe("labels", size_hw=(64, 64))).network
    save_weights(four, tmp_path / "four.npz")
    recipe = Recipe("labels", 29, size_hw=(64, 64))
    many = task(labelled_folder, recipe, tmp_path / "four.npz").network
    known = {variable.path: variable for variable in four.variables}
    taken = [v for v in many.variables if tuple(known[v.path].shape) == tuple(v.shape)]
    assert len(known) - len(taken) == 3  # kernel, gain and bias of the last layer
    for variable in taken:
        was = known[variable.path].numpy()
        np.testing.assert_allclose(variable.numpy(), was, rtol=1e-3, atol=1e-6)


def test_the_weights_of_another_network_are_refused(labelled_folder: Path, tmp_path: Path) -> None:
    other = build_classic_discriminator(ClassicConfig((64, 64)))
    save_weights(other, tmp_path / "other.npz")
    with pytest.raises(WeightsError, match="nor to a network like it: it fills 0 of"):
        outfits(labelled_folder, tmp_path / "other.npz")


def test_more_classes_are_scored_by_region_and_by_class(labelled_folder: Path) -> None:
    painting = task(labelled_folder, Recipe(classes=29, size_hw=(64, 64)))
    figures, pictures = painting.validate(1)
    assert painting.network.output_shape[-1] == 29
    assert {"mean_iou", "found_mean_iou", "found_classes", "found_hair"} <= figures.keys()
    assert all(0 <= value <= 1 for value in figures.values())
    assert len(pictures) == 4


def test_recipes_that_make_no_sense_are_refused(labelled_folder: Path) -> None:
    with pytest.raises(ValueError, match="no losses 'l2'"):
        Recipe("l2")
    with pytest.raises(ValueError, match="any colour"):
        Recipe("all", network="classic")
    with pytest.raises(ValueError, match="the examples have 4 classes, the recipe 29"):
        PaintingTask(Examples(labelled_folder, 0), 1, Recipe(classes=29))
    with pytest.raises(ValueError, match="losses 'gan' teach no garments"):
        Recipe("gan", 14)
