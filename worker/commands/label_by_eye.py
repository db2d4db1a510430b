"""The commands ``train sheets`` and ``train labels``: labels that people give by eye."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shared.cli.progress import ProgressBar

FOLDER = Path("runs/by-eye")


def draw_sheets(
    photos: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="*.jpg of people.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the sheets.")] = FOLDER,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many more photos.")] = None,
) -> None:
    """Draw a sheet a photo, in numbered segments, to say by eye what each shows.

    Goes on where it was stopped. docs/labelling.md says what to look for and how to answer;
    `colourway train labels` makes labels of the answers.
    """
    from shared.settings import get_settings  # noqa: PLC0415
    from worker.analysis.networks import build_networks  # noqa: PLC0415
    from worker.training.by_eye.work import LabellingFolder  # noqa: PLC0415
    from worker.training.data.teacher import Teacher  # noqa: PLC0415

    folder = LabellingFolder(out)
    waiting = folder.waiting(photos)[:limit]
    if not waiting:
        typer.echo(
            f"Nothing to do: every photo of {photos} has a sheet in {out}, or there is none."
        )
        return
    teacher = Teacher(build_networks(get_settings()))
    drawn = 0
    progress = ProgressBar(Console(stderr=True))
    with progress.doing("Drawing sheets", len(waiting)):
        for path in waiting:
            is_drawn = folder.draw(path, teacher)
            drawn += is_drawn
            if not is_drawn:
                typer.echo(f"left out: {path.name}: no picture, or nobody in it", err=True)
            progress.step()
    typer.echo(f"sheets: {drawn:,} in {out / 'sheets'}")
    if not drawn:
        raise typer.Exit(1)


def make_labels(
    answers: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Files of answers, in text.")
    ],
    *,
    folder: Annotated[Path, typer.Option(help="Folder of the sheets.")] = FOLDER,
    out: Annotated[Path, typer.Option(metavar="ZIP", help="The labels.")] = Path(
        "runs/by-eye/labels.zip"
    ),
) -> None:
    """Make labels of what people said of the sheets, for `train pix2pix --labels`.

    An answer that cannot be read, or does not fit its photo, is told and left out; then the exit
    code is 1.
    """
    from worker.training.by_eye.answers import SeenOutfit, read_answers  # noqa: PLC0415
    from worker.training.by_eye.work import LabellingFolder, archive  # noqa: PLC0415

    seen: dict[str, SeenOutfit] = {}
    complaints: list[str] = []
    for path in answers:
        read, wrong = read_answers(path.read_text("utf-8").splitlines())
        complaints += [f"{path.name}, {each}" for each in wrong]
        complaints += [f"{path.name}: a second answer for {each}" for each in read.keys() & seen]
        seen = read | seen
    labels = dict(LabellingFolder(folder).labels(seen, complaints))
    for complaint in complaints:
        typer.echo(f"left out: {complaint}", err=True)
    if labels:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(archive(labels))
    typer.echo(f"labelled photos: {len(labels):,}{f'; {out}' if labels else ''}")
    if complaints or not labels:
        raise typer.Exit(1)
