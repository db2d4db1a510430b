"""The worker's command ``train ablations``."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from worker.training.ablations.compare import Ablation, AblationRuns
    from worker.training.runs import Data

SizeOption = Annotated[str, typer.Option(metavar="HxW", help="Canvas of all ablations.")]


def train_ablations(
    *,
    dataset: Annotated[
        Path, typer.Option(help="Labelled folder: photos/*.jpg, pixel-level/*.mat.")
    ],
    out: Annotated[Path, typer.Option(help="One folder an ablation goes here.")] = Path(
        "runs/ablations"
    ),
    steps: Annotated[int, typer.Option(min=1, help="Steps of each.")] = 300,
    batch: Annotated[int, typer.Option(min=1, help="Pictures a step.")] = 8,
    size: SizeOption = "384x256",
    only: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be given several times.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many photos of each split, for a rehearsal.")
    ] = None,
    precision: Annotated[
        str, typer.Option(help="Keras policy: mixed_bfloat16 or float32.")
    ] = "mixed_bfloat16",
    imagenet: Annotated[
        Path | None, typer.Option(help="Quantised MobileNetV2 (TFLite) to start from.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="List what would be trained, and stop.")
    ] = False,
) -> None:
    """Train generators that differ in one thing each, and compare them; goes on where it stopped.

    Prints tables in Markdown, and writes them beside bars.png and results.json.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from worker.training.ablations.compare import AblationRuns, Budget  # noqa: PLC0415
    from worker.training.runs import Data  # noqa: PLC0415

    size_hw = _size(size)
    chosen = _choose(size_hw, only)
    data = Data(dataset, rendered=0, limit=limit)
    runs = AblationRuns(data, out, Budget(steps, batch, size_hw), precision, imagenet)
    waiting = [ablation for ablation in chosen if runs.result(ablation) is None]
    typer.echo(f"{len(chosen)} ablations in {runs.folder}, {len(waiting)} to be trained", err=True)
    if dry_run:
        for ablation in waiting:
            typer.echo(ablation.name)
    else:
        typer.echo(_compare(runs, chosen, data))


def _choose(size_hw: tuple[int, int], only: list[str] | None) -> "list[Ablation]":
    from worker.training.ablations.compare import ablations  # noqa: PLC0415

    known = ablations(size_hw)
    unknown = sorted(set(only or []) - {ablation.name for ablation in known})
    if unknown:
        names = ", ".join(ablation.name for ablation in known)
        raise typer.BadParameter(f"--only {unknown[0]}: there are {names}")
    # The base is always there: everything is compared with it.
    return [a for a in known if only is None or a.name in only or a is known[0]]


def _compare(runs: "AblationRuns", chosen: "list[Ablation]", data: "Data") -> str:
    """Train what has no result yet; write results, tables and bars, and return the tables."""
    from worker.training.ablations.fill_facts import fill_facts  # noqa: PLC0415
    from worker.training.ablations.report import draw_bars, tables  # noqa: PLC0415
    from worker.training.data.fills import FILLS  # noqa: PLC0415

    results: list[dict[str, Any]] = []
    for ablation, result in zip(chosen, runs.run(chosen), strict=True):
        results.append(result)
        reached = result["figures"]["found_mean_iou"]
        typer.echo(f"{ablation.name}: mean IoU end to end {reached:.3f}", err=True)
    validation = data.examples().validation(runs.budget.validation_photos)
    facts = {name: fill_facts(fill, validation) for name, fill in FILLS.items()}
    summary = {"results": results, "fills": facts}
    (runs.folder / "results.json").write_text(json.dumps(summary, indent=2), encoding="utf-8")
    text = tables(results, facts)
    (runs.folder / "tables.md").write_text(text, encoding="utf-8")
    draw_bars(results, runs.folder / "bars.png")
    return text


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.partition("x")
    if not (height.isdigit() and width.isdigit()) or int(height) % 128 or int(width) % 128:
        raise typer.BadParameter(f"--size {text}: give height x width in multiples of 128: 384x256")
    if int(height) < 256 or int(width) < 256:
        raise typer.BadParameter(f"--size {text}: 256x256 is the least")
    return int(height), int(width)
