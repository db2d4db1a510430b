"""The training loop: resuming is as if it had never stopped; faults are told."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from worker.imaging.labels.ccp import VALIDATION_SPLIT, read_ids
from worker.networks.weights.network_file import load_weights
from worker.training.checkpoint import (
    CheckpointError,
    TrainingProgress,
    load_checkpoint,
    save_checkpoint,
)
from worker.training.data.examples import Examples
from worker.training.gradients import losses_and_gradients
from worker.training.loop import Training, TrainingPlan, rate_at
from worker.training.optimizer import Learner


class LineTask:
    """Fits a line: a task with everything that the loop asks for, in microseconds."""

    name = network_name = "line"

    def __init__(self) -> None:
        keras.utils.set_random_seed(3)
        inputs = keras.Input((1,))
        self.network = keras.Model(inputs, keras.layers.Dense(1, name="line")(inputs), name="line")
        self.learners = [Learner(self.network.trainable_variables, rate=0.05)]
        self.statistics: list[Any] = []

    def batch(self, rng: np.random.Generator) -> dict[str, Any]:
        x = rng.normal(size=(16, 1)).astype(np.float32)
        return {"x": x, "y": 3.0 * x + 1.0}

    def step(self, batch: dict[str, Any]) -> dict[str, Any]:
        def compute() -> tuple[dict[str, Any], None]:
            return {"error": keras.ops.mean((self.network(batch["x"]) - batch["y"]) ** 2)}, None

        parts, _, gradients = losses_and_gradients(compute, self.learners[0].variables)
        self.learners[0].learn(gradients)
        return parts

    def validate(self, count: int) -> tuple[dict[str, float], list[np.ndarray]]:
        slope = float(np.asarray(self.network.variables[0].value)[0, 0])
        return {"slope": slope}, [np.zeros((4, 4, 3), np.uint8)] * count


def plan(folder: Path, steps: int, fresh: bool = False) -> TrainingPlan:
    return TrainingPlan(folder, steps, seed=1, validate_every=20, validation_photos=1, fresh=fresh)


def state(task: LineTask) -> list[np.ndarray]:
    return [np.asarray(variable.value) for variable in task.learners[0].state]


class Stopped(BaseException):
    """A process that ends in the middle."""


def test_a_resumed_training_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    unbroken = LineTask()
    Training(unbroken, plan(tmp_path / "a", 60)).run()

    class Breaking(LineTask):
        def batch(self, rng: np.random.Generator) -> dict[str, Any]:
            broken.append(1)
            if len(broken) > 35:
                raise Stopped
            return super().batch(rng)

    broken: list[int] = []
    with pytest.raises(Stopped):
        Training(Breaking(), plan(tmp_path / "b", 60)).run()
    resumed = LineTask()
    training = Training(resumed, plan(tmp_path / "b", 60))
    training.run()
    assert training.progress.step == 60
    for mine, theirs in zip(state(unbroken), state(resumed), strict=True):
        assert np.allclose(mine, theirs, atol=1e-6)


def test_a_finished_training_leaves_what_it_promises(tmp_path: Path) -> None:
    task = LineTask()
    figures = Training(task, plan(tmp_path, 40)).run()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"checkpoint.npz", "metrics.jsonl", "curves.png", "samples.png", "line.npz"}
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [20, 40]
    assert rows[-1]["validation"] == figures
    fresh = LineTask()
    load_weights(fresh.network, tmp_path / "line.npz")
    assert abs(fresh.validate(0)[0]["slope"] - figures["slope"]) < 1e-2


def test_the_running_mean_ships_and_the_training_goes_on_without_it() -> None:
    task = LineTask()
    learner = task.learners[0]
    task.step(task.batch(np.random.default_rng(0)))
    own = state(task)[0].copy()
    with learner.using_means():
        assert not np.array_equal(state(task)[0], own)
    assert np.array_equal(state(task)[0], own)


def test_losses_that_are_not_finite_stop_the_training(tmp_path: Path) -> None:
    class Exploding(LineTask):
        def step(self, batch: dict[str, Any]) -> dict[str, Any]:
            return {"error": keras.ops.mean(batch["x"]) * float("nan")}

    with pytest.raises(FloatingPointError, match="step 0"):
        Training(Exploding(), plan(tmp_path, 10)).run()


def test_checkpoints_of_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, LineTask().learners[0].state, TrainingProgress(7, 1.5))
    assert load_checkpoint(path, LineTask().learners[0].state) == TrainingProgress(7, 1.5)
    with pytest.raises(CheckpointError, match="another network"):
        load_checkpoint(path, LineTask().learners[0].state[1:])
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="--fresh"):
        load_checkpoint(path, LineTask().learners[0].state)


def test_the_rate_warms_up_and_falls() -> None:
    assert rate_at(0.0, 0) == pytest.approx(0.01)
    assert rate_at(0.0, 200) == pytest.approx(1.0)
    assert rate_at(0.5, 200) == pytest.approx(0.505)
    assert rate_at(1.0, 200) == pytest.approx(0.01)


def test_the_time_budget_ends_a_training(tmp_path: Path) -> None:
    short = TrainingPlan(
        tmp_path, 10**9, minutes=1 / 600, validate_every=10**9, validation_photos=0
    )
    training = Training(LineTask(), short)
    assert training.share_done() == 0.0
    training.progress.elapsed_s = 0.2
    assert training.share_done() == pytest.approx(2.0)


def test_the_validation_split_is_a_hundred_photos_never_drawn(labelled_folder: Path) -> None:
    held_out = read_ids(VALIDATION_SPLIT)
    assert len(held_out) == len(set(held_out)) == 100
    examples = Examples(labelled_folder, rendered=2)
    assert len(examples.validation(9)) == 1
    rng = np.random.default_rng(0)
    drawn = {examples.draw(rng, 0.0).pixels.tobytes() for _ in range(60)}
    assert len(drawn) == 3
    assert examples.validation(1)[0].pixels.tobytes() not in drawn
