"""The worker's commands ``evaluate`` and ``train``.

Typer functions only; whatever needs the networks is imported inside them, so that showing help
stays quick.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from shared.settings import get_settings

console = Console()
train_app = typer.Typer(
    no_args_is_help=True, help="Train a network on a labelled folder and rendered pictures."
)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def evaluate(
    dataset: Annotated[
        Path, typer.Argument(help="Folder with photos/*.jpg, pixel-level/*.mat, label_list.mat.")
    ],
    *,
    ids: Annotated[
        Path | None, typer.Option(help="Text file of photo ids, one a line; else all.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.")] = None,
    worst: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="Draw the photos of the worst person masks here."),
    ] = None,
    worst_count: Annotated[int, typer.Option(min=1, help="How many of them.")] = 10,
    as_json: JsonFlag = False,
) -> None:
    """Measure the pipeline on labelled photos: person mask, regions, colours."""
    from worker.evaluate import Evaluation  # noqa: PLC0415
    from worker.imaging.ccp import DatasetError, LabelledFolder, read_ids  # noqa: PLC0415
    from worker.main import build_naming, build_networks  # noqa: PLC0415
    from worker.worst import SUFFIXES, Worst  # noqa: PLC0415

    if worst and worst.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"--worst {worst} must end in {' or '.join(SUFFIXES)}")
    folder = LabelledFolder(dataset)
    known = folder.ids()
    chosen = read_ids(ids) if ids else known
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        raise DatasetError(f"{dataset} has no labelled photo {', '.join(unknown[:5])}")
    chosen = chosen[:limit]
    settings = get_settings()
    kept = Worst(worst_count if worst else 0)
    evaluation = Evaluation(build_networks(settings), build_naming(settings), kept)
    photos = evaluation.run(folder, chosen)
    progress = Console(stderr=True)
    for _ in track(photos, "Evaluating", len(chosen), console=progress, disable=as_json):
        pass
    if worst and kept.photos:
        kept.draw(worst)
    figures = evaluation.figures()
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        console.print(_figures_table(figures))


def _figures_table(figures: dict[str, Any]) -> Table:
    table = Table("figure", "value", title=f"{figures['images']} photos")

    def add(prefix: str, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if isinstance(value, dict):
                add(f"{prefix}{name}.", value)
            else:
                table.add_row(
                    prefix + name, f"{value:.4f}" if isinstance(value, float) else str(value)
                )

    add("", figures)
    return table


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
    validate_every: ValidateOption = 500,
) -> None:
    """Train the person network; goes on from its checkpoint when there is one."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from worker.training.loop import Plan  # noqa: PLC0415
    from worker.training.runs import Data, train_person  # noqa: PLC0415

    plan = Plan(out or Path("runs/mask-rcnn"), steps, minutes, seed, validate_every, fresh=fresh)
    train_person(Data(dataset, rendered, limit), batch, plan, precision, imagenet)


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
) -> None:
    """Train generator and discriminator; goes on from the checkpoint when there is one."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from worker.training.loop import Plan  # noqa: PLC0415
    from worker.training.runs import Data, train_painting  # noqa: PLC0415

    plan = Plan(out or Path("runs/pix2pix"), steps, minutes, seed, validate_every, fresh=fresh)
    train_painting(Data(dataset, rendered, limit), batch, plan, precision, imagenet)
