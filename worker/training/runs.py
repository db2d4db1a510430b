"""One training run, from settings to a folder with weights and their manifest."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from shared.settings import get_settings
from worker.analysis.networks import build_finder, build_networks
from worker.networks.weights.manifest import MANIFEST, sha256_of, write_manifest_entry
from worker.training.by_eye.labels import LabelsByEye
from worker.training.data.examples import Examples
from worker.training.data.teacher import Teacher
from worker.training.loop import Task, Training, TrainingPlan
from worker.training.recipe import Recipe
from worker.training.start import Start

if TYPE_CHECKING:
    from worker.training.worn_piece.lessons import Lessons

LICENCE = "Apache-2.0"
DATA = "Clothing Co-Parsing (training split) and pictures of the project's own lookbook"
SEEN = (
    "what the bundled networks see in photos of Clothing Co-Parsing (without its validation split)"
)


@dataclass(frozen=True)
class Data:
    """What to train on: a labelled folder, and how many pictures to render besides.

    Attributes:
        root: the labelled folder.
        rendered: how many pictures to render.
        limit: only so many photos of each split.
        unlabelled: a folder of photos that the bundled networks label, for 14 classes.
        by_eye: labels of some of these that people drew.
    """

    root: Path
    rendered: int
    limit: int | None = None
    unlabelled: Path | None = None
    by_eye: LabelsByEye | None = None

    def examples(self, classes: int = 4) -> Examples:
        """Read the folder and render the pictures."""
        return Examples(self.root, self.rendered, self.limit, classes)

    def masked_examples(self, classes: int = 4) -> Examples:
        """The same, with the people as the person network finds them."""
        examples = self.examples(classes)
        settings = get_settings()
        examples.find_people(build_finder(settings)[0])
        if self.unlabelled is not None:
            teacher = Teacher(build_networks(settings))
            examples.add_unlabelled(self.unlabelled, teacher, self.by_eye)
        return examples


def train_person(
    data: Data, batch_size: int, plan: TrainingPlan, precision: str, start: Start
) -> dict[str, float]:
    """Train Mask R-CNN; gives the last validation's figures."""
    prepare(plan.seed, precision)
    from worker.training.person import PersonTask  # noqa: PLC0415  # after the policy is set

    task = PersonTask(data.examples(), batch_size, start)
    facts = {"batch": batch_size, "rendered": data.rendered, "precision": precision}
    return _train(task, plan, facts, start.file)


def train_painting(
    data: Data,
    batch_size: int,
    plan: TrainingPlan,
    precision: str,
    recipe: Recipe,
    *,
    start: Start,
) -> dict[str, float]:
    """Train generator and discriminator; gives the last validation's figures."""
    prepare(plan.seed, precision)
    from worker.training.painting import PaintingTask  # noqa: PLC0415  # after the policy is set

    examples = data.masked_examples(recipe.classes)
    task = PaintingTask(examples, batch_size, recipe, start)
    facts = {"batch": batch_size, "rendered": data.rendered, "precision": precision}
    if data.by_eye is not None:
        facts["labels_by_eye"] = data.by_eye.name
    if start.held_blocks:
        facts["held_blocks"] = start.held_blocks
    return _train(task, plan, facts | asdict(recipe), start.file)


def train_worn_piece(
    data: Data, lessons: "Lessons", batch_size: int, plan: TrainingPlan
) -> dict[str, float]:
    """Train the network that says where a piece is; gives the last validation's figures."""
    prepare(plan.seed, "float32")
    from worker.networks.worn_piece import WornPieceConfig  # noqa: PLC0415 - brings Keras
    from worker.training.worn_piece.task import WornPieceTask  # noqa: PLC0415  # as above

    by_eye = None
    if data.unlabelled is not None and data.by_eye is not None:
        by_eye = data.unlabelled, data.by_eye
    given = lessons.given(data.examples(14), by_eye, WornPieceConfig.size_hw)
    task = WornPieceTask(given.lessons, given.validation, batch_size)
    facts: dict[str, Any] = {"batch": batch_size, "looks": lessons.looks}
    if data.by_eye is not None:
        facts["labels_by_eye"] = data.by_eye.name
    return _train(task, plan, facts, None, SEEN)


def prepare(seed: int, precision: str) -> None:
    """Set Keras up for a training: its seed, and what layers compute in."""
    keras.utils.set_random_seed(seed)
    keras.mixed_precision.set_dtype_policy(precision)


def _train(
    task: Task, plan: TrainingPlan, facts: dict[str, Any], start: Path | None, data: str = DATA
) -> dict[str, float]:
    training = Training(task, plan)
    figures = training.run()
    file = f"{task.network_name}.npz"
    entry: dict[str, Any] = {
        "file": file,
        "sha256": sha256_of(plan.folder / file),
        "licence": LICENCE,
        "data": data,
        "metrics": figures,
        "curve": training.curve(),
        "training": {
            "steps": training.progress.step,
            "minutes": round(training.progress.elapsed_s / 60, 1),
            **facts,
            **{k: v for k, v in asdict(plan).items() if k in {"seed", "validation_photos"}},
        },
    }
    if start is not None:
        entry["started_from"] = {"file": start.name, "sha256": sha256_of(start)}
    (plan.folder / MANIFEST).unlink(missing_ok=True)
    write_manifest_entry(plan.folder, task.network_name, entry)
    return figures
