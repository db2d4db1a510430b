"""The commands ``train mask-rcnn``, ``train pix2pix``, ``train worn-piece`` and ``train body``.

Typer functions only; whatever needs the networks is imported inside them, so that showing help
stays quick.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from worker.commands.ablations import train_ablations
from worker.commands.label_by_eye import draw_sheets, make_labels

if TYPE_CHECKING:
    from worker.imaging.labels.merges import Classes

train_app = typer.Typer(
    no_args_is_help=True, help="Train a network on a labelled folder and rendered pictures."
)

DatasetOption = Annotated[
    Path, typer.Option(help="Labelled folder: photos/*.jpg, pixel-level/*.mat.")
]
OutOption = Annotated[Path | None, typer.Option(help="Folder of the run; runs/<network>.")]
StepsOption = Annotated[int, typer.Option(min=1, help="Steps at most.")]
MinutesOption = Annotated[
    float | None, typer.Option(min=0, help="Wall-clock budget; ends at whichever comes first.")
]
BatchOption = Annotated[int, typer.Option(min=1, help="Pictures a step.")]
RenderedOption = Annotated[int, typer.Option(min=0, help="How many lookbook pictures to render.")]
SeedOption = Annotated[int, typer.Option(help="Same seed, same batches.")]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Ignore the run's checkpoint.")]
PrecisionOption = Annotated[str, typer.Option(help="Keras policy: mixed_bfloat16 or float32.")]
LimitOption = Annotated[
    int | None, typer.Option(min=1, help="Only so many photos of each split, for a rehearsal.")
]
ValidateOption = Annotated[
    int, typer.Option(min=1, help="Steps between two validations, each with a checkpoint.")
]
ImagenetOption = Annotated[
    Path | None,
    typer.Option(help="Quantised MobileNetV2 (TFLite) to start the backbone from; else by chance."),
]
StartOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Trained weights (.npz) to go on from.")
]
StartRateOption = Annotated[
    float, typer.Option(min=0, help="Peak learning rate of what the started weights knew.")
]


@train_app.command("mask-rcnn")
def train_mask_rcnn(
    *,
    dataset: DatasetOption,
    out: OutOption = None,
    steps: StepsOption = 2400,
    minutes: MinutesOption = None,
    batch: BatchOption = 8,
    rendered: RenderedOption = 240,
    seed: SeedOption = 0,
    limit: LimitOption = None,
    fresh: FreshOption = False,
    precision: PrecisionOption = "mixed_bfloat16",
    imagenet: ImagenetOption = None,
    start: StartOption = None,
    start_rate: StartRateOption = 1e-4,
    validate_every: ValidateOption = 500,
) -> None:
    """Train the person network; goes on from its checkpoint when there is one."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from worker.training.loop import TrainingPlan  # noqa: PLC0415
    from worker.training.runs import Data, train_person  # noqa: PLC0415
    from worker.training.start import Start  # noqa: PLC0415

    plan = TrainingPlan(
        out or Path("runs/mask-rcnn"), steps, minutes, seed, validate_every, fresh=fresh
    )
    began = Start(imagenet, start, start_rate)
    train_person(Data(dataset, rendered, limit), batch, plan, precision, began)


@train_app.command("worn-piece")
def train_worn_piece(
    *,
    dataset: DatasetOption,
    out: OutOption = None,
    steps: StepsOption = 2400,
    minutes: MinutesOption = None,
    batch: BatchOption = 16,
    seed: SeedOption = 0,
    limit: LimitOption = None,
    fresh: FreshOption = False,
    looks: Annotated[
        int, typer.Option(min=1, help="Disturbed looks that the networks take at each photo.")
    ] = 2,
    unlabelled: Annotated[
        Path | None, typer.Option(help="Photos (*.jpg) whose labels people drew.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="ZIP", help="These labels, one PNG a photo.")
    ] = None,
    unseen_by: Annotated[
        Path | None,
        typer.Option(help="Weights folder whose generator had not seen these photos."),
    ] = None,
    validate_every: ValidateOption = 400,
) -> None:
    """Train the network that says where a piece is which a shop names, from the generator in use.

    The networks look at every photo first, which takes minutes.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from worker.training.by_eye.labels import LabelsByEye  # noqa: PLC0415
    from worker.training.loop import TrainingPlan  # noqa: PLC0415
    from worker.training.runs import Data  # noqa: PLC0415
    from worker.training.runs import train_worn_piece as run  # noqa: PLC0415
    from worker.training.worn_piece.lessons import Lessons  # noqa: PLC0415

    if (labels is None) is not (unlabelled is None):
        raise typer.BadParameter("--labels and --unlabelled belong together")
    if unseen_by is not None and labels is None:
        raise typer.BadParameter("--unseen-by says which weights had not seen --labels' photos")
    by_eye = None if labels is None else LabelsByEye.load(labels)
    plan = TrainingPlan(
        out or Path("runs/worn-piece"), steps, minutes, seed, validate_every, 100, fresh=fresh
    )
    run(Data(dataset, 0, limit, unlabelled, by_eye), Lessons(looks, unseen_by), batch, plan)


@train_app.command("pix2pix")
def train_pix2pix(
    *,
    dataset: DatasetOption,
    out: OutOption = None,
    steps: StepsOption = 4000,
    minutes: MinutesOption = None,
    batch: BatchOption = 4,
    rendered: RenderedOption = 240,
    seed: SeedOption = 0,
    limit: LimitOption = None,
    fresh: FreshOption = False,
    precision: PrecisionOption = "mixed_bfloat16",
    imagenet: ImagenetOption = None,
    validate_every: ValidateOption = 500,
    classes: Annotated[
        Literal["4", "14", "29", "59"],
        typer.Option(
            help="Regions, regions and garments (the bundled one), kinds, published labels."
        ),
    ] = "14",
    losses: Annotated[
        str, typer.Option(help="all; labels, labels+gan, l1, l1+gan (as published) or gan.")
    ] = "all",
    network: Annotated[
        Literal["compact", "classic"],
        typer.Option(help="The bundled one, or the one first published."),
    ] = "compact",
    start: StartOption = None,
    start_rate: StartRateOption = 1e-4,
    canvas: Annotated[
        str | None,
        typer.Option(metavar="HxW", help="Multiples of 32; a smaller one is learned on sooner."),
    ] = None,
    catalogue: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Share of pictures cut and recoloured as catalogues do; 14 classes."
        ),
    ] = 0.5,
    unlabelled: Annotated[
        Path | None,
        typer.Option(help="Photos (*.jpg) for the bundled networks to label; 14 classes."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="ZIP", help="Labels of these that people drew, one PNG a photo."),
    ] = None,
    held_blocks: Annotated[
        int, typer.Option(min=0, max=17, help="Blocks of the way down that do not learn.")
    ] = 0,
) -> None:
    """Train generator and discriminator; goes on from the checkpoint when there is one.

    Rendered pictures have 4 classes only; with more, none are used.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from worker.networks.pix2pix.classic import ClassicConfig  # noqa: PLC0415
    from worker.training.by_eye.labels import LabelsByEye  # noqa: PLC0415
    from worker.training.loop import TrainingPlan  # noqa: PLC0415
    from worker.training.recipe import Recipe  # noqa: PLC0415
    from worker.training.runs import Data, train_painting  # noqa: PLC0415
    from worker.training.start import Start  # noqa: PLC0415

    try:
        size_hw = ClassicConfig.size_hw if network == "classic" else Recipe.size_hw
        size_hw = size_hw if canvas is None else canvas_of(canvas)
        parts = cast("Classes", int(classes))
        recipe = Recipe(losses, parts, network=network, size_hw=size_hw, catalogue=catalogue)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if unlabelled is not None and not recipe.has_garments:
        raise typer.BadParameter("only 14 classes are learned from photos without labels")
    if labels is not None and unlabelled is None:
        raise typer.BadParameter("--labels belong to the photos of --unlabelled FOLDER")
    by_eye = None if labels is None else LabelsByEye.load(labels)
    data = Data(dataset, rendered if recipe.classes in (4, 14) else 0, limit, unlabelled, by_eye)
    began = Start(imagenet, start, start_rate, held_blocks)
    plan = TrainingPlan(
        out or Path("runs/pix2pix"), steps, minutes, seed, validate_every, fresh=fresh
    )
    train_painting(data, batch, plan, precision, recipe, start=began)


def canvas_of(text: str) -> tuple[int, int]:
    """Read ``HxW``.

    Raises:
        ValueError: it is not two multiples of 32.
    """
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if min(size) < 32 or size[0] % 32 or size[1] % 32:
        raise ValueError(f"a canvas is two multiples of 32, such as 704x320, not {text!r}")
    return size


@train_app.command("body")
def train_body(
    *,
    dataset: DatasetOption,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The mean body, as .npz.")] = Path(
        "runs/body.npz"
    ),
) -> None:
    """Measure what each row of a body shows, for heads that are to be hidden; takes half a minute.

    Photos that are held out to validate on are left out. The bundled body was measured so in
    Clothing Co-Parsing.
    """
    from worker.imaging.labels.ccp import LabelledFolder  # noqa: PLC0415
    from worker.training.body import mean_body  # noqa: PLC0415

    folder = LabelledFolder(dataset)
    held_out = folder.held_out()
    ids = [photo_id for photo_id in folder.ids() if photo_id not in held_out]
    body = mean_body(folder, ids)
    out.parent.mkdir(parents=True, exist_ok=True)
    body.save(out)
    typer.echo(f"photos: {len(ids):,}; mean body: {out}")


train_app.command("ablations")(train_ablations)
train_app.command("sheets")(draw_sheets)
train_app.command("labels")(make_labels)
