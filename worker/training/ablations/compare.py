"""Ablations: generators trained alike but for one thing, and compared on the same photos."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import keras

from worker.training.data.examples import Examples
from worker.training.data.fills import FILLS
from worker.training.loop import Training, TrainingPlan
from worker.training.painting import PaintingTask
from worker.training.recipe import Recipe
from worker.training.runs import Data, prepare
from worker.training.start import Start

BASE: Final = "all"
RESULT: Final = "result.json"


@dataclass(frozen=True)
class Ablation:
    """A recipe that differs from the base in one thing.

    Attributes:
        name: also of its folder.
        group: the question that it belongs to: ``losses``, ``classes``, ``fills``, ``networks``.
        recipe: how it is trained.
    """

    name: str
    group: str
    recipe: Recipe


def ablations(size_hw: tuple[int, int]) -> list[Ablation]:
    """All of them, on a canvas of one size; the first is what the others differ from."""
    base = Recipe(size_hw=size_hw)
    losses = ("labels", "labels+gan", "l1", "l1+gan", "gan")
    return [
        Ablation(BASE, "losses", base),
        *(Ablation(name, "losses", replace(base, losses=name)) for name in losses),
        Ablation("29-classes", "classes", replace(base, classes=29)),
        Ablation("59-classes", "classes", replace(base, classes=59)),
        *(
            Ablation(f"fill-{fill}", "fills", replace(base, fill=fill))
            for fill in FILLS
            if fill != base.fill
        ),
        Ablation("classic", "networks", replace(base, network="classic", losses="l1+gan")),
    ]


@dataclass(frozen=True)
class Budget:
    """What every ablation may spend: steps of so many pictures, on one canvas."""

    steps: int
    batch: int
    size_hw: tuple[int, int]
    validation_photos: int = 100

    @property
    def name(self) -> str:
        """Of the folder that holds the results of this budget."""
        height, width = self.size_hw
        return f"{height}x{width}-{self.steps}x{self.batch}"


class AblationRuns:
    """Trains ablations one after the other; goes on where it was stopped.

    Args:
        data: what to train on; no rendered pictures, since they have four classes only.
        folder: one folder an ablation, with its metrics, pictures and ``result.json``.
        budget: the same for all.
        precision: Keras policy.
        imagenet: what compact generators start from.
    """

    def __init__(
        self, data: Data, folder: Path, budget: Budget, precision: str, imagenet: Path | None
    ) -> None:
        self._data = data
        self.folder = folder / budget.name
        self.budget = budget
        self._precision = precision
        self._start = Start(imagenet)
        self._examples: Examples | None = None

    def run(self, chosen: Sequence[Ablation]) -> Iterator[dict[str, Any]]:
        """Train what has no result yet; gives each result, old or new."""
        for ablation in chosen:
            yield self.result(ablation) or self._train(ablation)

    def result(self, ablation: Ablation) -> dict[str, Any] | None:
        """The result of an earlier run with the same budget, if there is one."""
        path = self.folder / ablation.name / RESULT
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def _train(self, ablation: Ablation) -> dict[str, Any]:
        keras.backend.clear_session()
        prepare(0, self._precision)
        examples = self._examples_of(ablation.recipe.classes)
        task = PaintingTask(examples, self.budget.batch, ablation.recipe, self._start)
        folder = self.folder / ablation.name
        started = time.monotonic()
        plan = TrainingPlan(
            folder,
            self.budget.steps,
            validate_every=self.budget.steps,
            validation_photos=self.budget.validation_photos,
        )
        training = Training(task, plan)
        figures = training.run()
        result = {
            "name": ablation.name,
            "group": ablation.group,
            "recipe": asdict(ablation.recipe),
            "budget": asdict(self.budget),
            "parameters": task.network.count_params(),
            "step_s": training.progress.elapsed_s / max(training.progress.step, 1),
            "minutes": (time.monotonic() - started) / 60,
            "figures": figures,
        }
        (folder / RESULT).write_text(json.dumps(result, indent=2), encoding="utf-8")
        return result

    def _examples_of(self, classes: int) -> Examples:
        if self._examples is None:
            self._examples = self._data.masked_examples()
        return self._examples.merged_into(classes)
