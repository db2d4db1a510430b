"""The training loop: steps, progress, validation, checkpoints, weights."""

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np

from worker.imaging.regions import Pixels
from worker.networks.tensors import ops
from worker.networks.weights.network_file import save_weights
from worker.training.checkpoint import TrainingProgress, load_checkpoint, save_checkpoint
from worker.training.curves import draw_curves, draw_samples
from worker.training.gradients import compiled
from worker.training.optimizer import Learner

AHEAD = 3


class Task(Protocol):
    """What a network brings to its training."""

    name: str
    network_name: str
    learners: list[Learner]
    statistics: list[Any]
    """What moves without being learned: the running statistics of batch norm."""

    @property
    def network(self) -> keras.Model:
        """The network whose weights are wanted."""
        ...

    def batch(self, rng: np.random.Generator) -> dict[str, Any]:
        """One batch as NumPy arrays."""
        ...

    def step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One optimiser step; gives scalar losses."""
        ...

    def validate(self, count: int) -> tuple[dict[str, float], list[Pixels]]:
        """Figures and pictures of ``count`` validation photos."""
        ...


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how to train.

    Attributes:
        folder: where checkpoint, metrics, pictures and weights go.
        steps: how many steps at most.
        minutes: wall-clock budget, or None; the training ends at whichever comes first, and the
            learning rate falls towards that end.
        seed: same seed, same batches in the same order.
        validate_every: steps between two validations.
        validation_photos: photos of each validation.
        fresh: ignore an existing checkpoint.
    """

    folder: Path
    steps: int
    minutes: float | None = None
    seed: int = 0
    validate_every: int = 500
    validation_photos: int = 40
    fresh: bool = False


class Training:
    """One training of one task."""

    def __init__(self, task: Task, plan: TrainingPlan) -> None:
        self.task = task
        self.plan = plan
        self.progress = TrainingProgress()
        self._step = compiled(task.step)
        self._checkpoint = plan.folder / "checkpoint.npz"
        self._metrics = plan.folder / "metrics.jsonl"
        self._state = [variable for learner in task.learners for variable in learner.state]
        self._state += task.statistics

    def run(self) -> dict[str, float]:
        """Train to the end of the plan; gives the last validation's figures."""
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        if self.plan.fresh:
            self._metrics.unlink(missing_ok=True)
        elif self._checkpoint.exists():
            self.progress = load_checkpoint(self._checkpoint, self._state)
        recent: list[dict[str, float]] = []
        figures: dict[str, float] = {}
        with ThreadPoolExecutor(1) as pool:
            queue = [pool.submit(self._batch, self.progress.step + i) for i in range(AHEAD)]
            while self.share_done() < 1.0:
                recent.append(self._advance(pool, queue))
                if self.progress.step % self.plan.validate_every == 0 or self.share_done() >= 1:
                    figures = self._validate(recent)
                    recent = []
        return figures or self._validate(recent)

    def share_done(self) -> float:
        """Progress in 0..1 by steps or by time, whichever is further."""
        shares = [self.progress.step / self.plan.steps]
        if self.plan.minutes:
            shares.append(self.progress.elapsed_s / (self.plan.minutes * 60))
        return max(shares)

    def curve(self) -> list[dict[str, float]]:
        """Step and figures of every validation so far, in order; one a step."""
        rows = [json.loads(line) for line in self._metrics.read_text("utf-8").splitlines()]
        figures = {row["step"]: row["validation"] for row in rows}
        return [{"step": step, **figures[step]} for step in sorted(figures)]

    def _batch(self, step: int) -> dict[str, Any]:
        # A batch depends on its step alone, so a resumed training sees the same ones.
        return self.task.batch(np.random.default_rng([self.plan.seed, step]))

    def _advance(
        self, pool: ThreadPoolExecutor, queue: list[Future[dict[str, Any]]]
    ) -> dict[str, float]:
        started = time.monotonic()
        batch = {k: keras.ops.convert_to_tensor(v) for k, v in queue.pop(0).result().items()}
        queue.append(pool.submit(self._batch, self.progress.step + AHEAD))
        for learner in self.task.learners:
            learner.set_rate(rate_at(self.share_done(), self.progress.step))
        values = self._step(batch)
        losses = {name: float(ops.convert_to_numpy(value)) for name, value in values.items()}
        if not all(np.isfinite(list(losses.values()))):
            raise FloatingPointError(f"step {self.progress.step}: losses are not finite: {losses}")
        self.progress.step += 1
        self.progress.elapsed_s += time.monotonic() - started
        if self.progress.step % 25 == 0:
            self._report(losses)
        return losses

    def _report(self, losses: dict[str, float]) -> None:
        share, elapsed = self.share_done(), self.progress.elapsed_s
        left = elapsed * (1 - share) / max(share, 1e-6)
        parts = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
        line = f"{self.task.name} step {self.progress.step} ({share:.0%}, {left / 60:.0f} min left)"
        print(f"{line}: {parts}", flush=True)  # noqa: T201  # progress for a person

    def _validate(self, recent: list[dict[str, float]]) -> dict[str, float]:
        started = time.monotonic()
        with ExitStack() as means:
            for learner in self.task.learners:
                means.enter_context(learner.using_means())
            figures, pictures = self.task.validate(self.plan.validation_photos)
            save_weights(self.task.network, self.plan.folder / f"{self.task.network_name}.npz")
        means = {k: float(np.mean([row[k] for row in recent])) for k in (recent or [{}])[0]}
        row = {
            "step": self.progress.step,
            "elapsed_s": round(self.progress.elapsed_s, 1),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "losses": means,
            "validation": figures,
        }
        with self._metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        draw_curves(self._metrics, self.plan.folder / "curves.png")
        draw_samples(pictures, self.plan.folder / "samples.png")
        save_checkpoint(self._checkpoint, self._state, self.progress)
        parts = " ".join(f"{name} {value:.4f}" for name, value in figures.items())
        took = time.monotonic() - started
        print(f"{self.task.name} validation: {parts} ({took:.0f} s)", flush=True)  # noqa: T201
        return figures


def rate_at(share: float, step: int) -> float:
    """Learning rate as a share of its peak: a short warm-up, then half a cosine to 1 %."""
    warm = min(1.0, (step + 1) / 100)
    return warm * float(0.01 + 0.99 * (0.5 + 0.5 * np.cos(np.pi * min(share, 1.0))))
