"""The command ``evaluate``: how good the pipeline is on labelled photos.

Whatever needs the networks is imported inside the function, so that showing help stays quick.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.progress import ProgressBar
from shared.settings import get_settings
from worker.evaluation.markdown import table

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
    """Measure the pipeline on labelled photos: person mask, regions, colours, and by group.

    A photo that cannot be read is named on standard error and left out; the exit code is then 1.
    """
    from worker.analysis.analyzer import Analyzer  # noqa: PLC0415
    from worker.evaluation.evaluate import Evaluation  # noqa: PLC0415
    from worker.evaluation.worst_photos import WorstPhotos  # noqa: PLC0415
    from worker.imaging.contact_sheet import SUFFIXES  # noqa: PLC0415
    from worker.imaging.labels.ccp import LabelledFolder  # noqa: PLC0415

    if worst and worst.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"--worst {worst} must end in {' or '.join(SUFFIXES)}")
    folder = LabelledFolder(dataset)
    chosen = folder.choose(ids)[:limit]
    kept = WorstPhotos(worst_count if worst else 0)
    evaluation = Evaluation(Analyzer.load(get_settings()), kept)
    photos = evaluation.run(folder, chosen)
    progress = ProgressBar(Console(stderr=True), quiet=as_json)
    with progress.doing("Evaluating", len(chosen)):
        for _ in photos:
            progress.step()
    for photo_id, reason in evaluation.unreadable.items():
        typer.echo(f"left out: {photo_id}: {reason}", err=True)
    figures = evaluation.figures()
    typer.echo(json.dumps(figures, indent=2) if as_json else tell(figures))
    if worst and kept.photos:
        kept.draw(worst)
    if evaluation.unreadable:
        raise typer.Exit(EXIT_FAILED)


def tell(figures: dict[str, Any]) -> str:
    """The figures for people, in tables that are Markdown as they stand."""
    colour = figures["colour"]
    lines = [
        f"{figures['images']} photos; nobody found in {figures['no_person']}",
        f"person mask: IoU {_number(figures['person_iou'])} pooled, "
        f"{_number(figures['person_iou_p5'])} at the 5th percentile of the photos",
        f"primary clothes colour: same family {_number(colour['family_agreement'])}, "
        f"ΔE2000 {_number(colour['delta_e2000_median'], 2)} in the median, "
        f"{_number(colour['delta_e2000_p95'], 2)} at the 95th percentile",
        "",
        _regions(figures["end_to_end"], figures["true_mask"]),
    ]
    groups = figures["groups"]
    for scheme in ("skin_tone", "hair_colour"):
        lines += ["", _groups(scheme.replace("_", " "), groups["all"] | groups[scheme])]
    lines += ["", "In brackets: 95 % intervals; see docs/model-card.md."]
    return "\n".join(lines)


def _regions(end_to_end: dict[str, Any], true_mask: dict[str, Any]) -> str:
    headings = ("region", "IoU", "recall", "precision", "IoU with the true mask")
    rows = [
        (
            name,
            *(_number(end_to_end[figure].get(name)) for figure in ("iou", "recall", "precision")),
            _number(true_mask["iou"].get(name)),
        )
        for name in end_to_end["iou"]
    ]
    rows.append(("mean", _number(end_to_end["mean_iou"]), "", "", _number(true_mask["mean_iou"])))
    for name in ("pixel_accuracy", "palette_agreement"):
        told = name.replace("_", " ")
        rows.append((told, _number(end_to_end[name]), "", "", _number(true_mask[name])))
    return table(headings, rows)


def _groups(title: str, groups: dict[str, dict[str, Any]]) -> str:
    headings = {
        "skin": "skin IoU",
        "hair": "hair IoU",
        "clothes": "clothes IoU",
        "person": "person IoU",
        "family_agreement": "same family",
    }
    rows = [
        (name, str(group["photos"]), *(_with_interval(group, ratio) for ratio in headings))
        for name, group in groups.items()
    ]
    return table((title, "photos", *headings.values()), rows)


def _with_interval(group: dict[str, Any], ratio: str) -> str:
    told, ends = _number(group[ratio], 2), group["interval_95"][ratio]
    return told if ends is None else f"{told} ({ends[0]:.2f}–{ends[1]:.2f})"


def _number(value: float | None, places: int = 3) -> str:
    return "–" if value is None else f"{value:.{places}f}"
