"""The commands ``dataset show``, ``stats`` and ``split``: what a labelled folder holds.

Whatever reads pictures is imported inside the functions, so that showing help stays quick.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer
from rich.console import Console

from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.progress import ProgressBar
from worker.evaluation.markdown import table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from worker.imaging.labels.ccp import LabelledFolder
    from worker.imaging.regions import Pixels

    Labelled = tuple[str, Pixels, npt.NDArray[np.uint8]]

MOST_ON_A_SHEET: Final = 200

dataset_app = typer.Typer(no_args_is_help=True, help="Look into a labelled folder.")

FolderArgument = Annotated[
    Path, typer.Argument(help="Folder with photos/*.jpg and pixel-level/*.mat.")
]
ClassesOption = Annotated[
    Literal["4", "29", "59"],
    typer.Option(help="Regions, garments, or the published labels."),
]
IdsOption = Annotated[
    Path | None, typer.Option(help="Text file of photo ids, one a line; else all.")
]


@dataset_app.command("show")
def show(
    dataset: FolderArgument,
    *,
    out: Annotated[Path, typer.Option(metavar="PNG", help="The sheet, .png or .jpg.")],
    classes: ClassesOption = "29",
    ids: IdsOption = None,
    limit: Annotated[
        int, typer.Option(min=1, max=MOST_ON_A_SHEET, help="So many photos at most.")
    ] = 10,
    seed: Annotated[
        int | None, typer.Option(help="Pick at random, the same for the same seed.")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="Only photos that show this garment, e.g. bag."),
    ] = None,
) -> None:
    """Draw a contact sheet: photos beside their labels, with a legend.

    A photo that cannot be read is named on standard error and left out; the exit code is then 1.
    """
    import numpy as np  # noqa: PLC0415

    from worker.imaging.contact_sheet import SUFFIXES, Tile, lay_out, save  # noqa: PLC0415
    from worker.imaging.labels.ccp import LabelledFolder  # noqa: PLC0415
    from worker.imaging.labels.merges import merge_into  # noqa: PLC0415
    from worker.imaging.labels.swatches import swatches  # noqa: PLC0415

    if out.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"--out {out} must end in {' or '.join(SUFFIXES)}")
    merge, colours = merge_into(int(classes)), swatches(int(classes))
    faults: dict[str, str] = {}
    photos = _photos_to_show(LabelledFolder(dataset), ids, seed, only, faults)
    tiles: list[Tile] = []
    shown = np.zeros(len(merge.names), np.bool_)
    for photo_id, pixels, published in islice(photos, limit):
        labels = merge(published)
        shown[np.unique(labels)] = True
        tiles.append(Tile(photo_id, (pixels, colours[labels])))
    _name(faults)
    if tiles:
        legend = [(merge.names[label], colours[label].tolist()) for label in np.flatnonzero(shown)]
        save(lay_out(tiles, legend), out)
        typer.echo(f"{out}: {len(tiles)} photos")
    else:
        what = "photo" if only is None else f"photo with {only!r}"
        typer.echo(f"colourway: {dataset} holds no {what} to show among those asked for", err=True)
    if faults or not tiles:
        raise typer.Exit(EXIT_FAILED)


def _photos_to_show(
    folder: "LabelledFolder",
    ids: Path | None,
    seed: int | None,
    only: str | None,
    faults: dict[str, str],
) -> Iterator["Labelled"]:
    """The chosen photos, shuffled where there is a seed; ``only`` those with that garment."""
    import numpy as np  # noqa: PLC0415

    from worker.imaging.labels.merges import published_numbers  # noqa: PLC0415

    try:
        wanted = None if only is None else published_numbers(only)
    except ValueError as error:
        raise typer.BadParameter(f"--only: {error}") from error
    chosen = folder.choose(ids)
    if seed is not None:
        chosen = np.random.default_rng(seed).permutation(chosen).tolist()
    doing = None if wanted is None else f"Looking for {only}"
    photos = _read(folder, chosen, faults, doing)
    return (photo for photo in photos if wanted is None or np.isin(photo[2], wanted).any())


@dataset_app.command("stats")
def stats(
    dataset: FolderArgument,
    *,
    classes: ClassesOption = "29",
    ids: IdsOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Count photos and pixels by class, and check every file on the way.

    A photo that cannot be read is named on standard error and left out; the exit code is then 1.
    """
    from worker.imaging.labels.ccp import MIN_PERSON_SHARE, LabelledFolder  # noqa: PLC0415
    from worker.imaging.labels.class_counts import ClassCounts  # noqa: PLC0415
    from worker.imaging.labels.merges import merge_into  # noqa: PLC0415

    class_counts = ClassCounts(merge_into(int(classes)))
    folder = LabelledFolder(dataset)
    chosen = folder.choose(ids)
    held_out = folder.held_out()
    faults: dict[str, str] = {}
    without_person: dict[str, float] = {}
    doing = None if as_json else "Counting"
    for photo_id, _, published in _read(folder, chosen, faults, doing):
        share = float((published > 0).mean())
        if share < MIN_PERSON_SHARE:
            without_person[photo_id] = share
        else:
            class_counts.add(published, "validation" if photo_id in held_out else "train")
    alone = [str(path.relative_to(dataset)) for path in folder.alone()]
    figures: dict[str, Any] = {
        "photos": sum(class_counts.photos.values()),
        **class_counts.photos,
        "without_person": without_person,
        "unreadable": faults,
        "alone": alone,
        "classes": class_counts.figures(),
    }
    _name(faults)
    typer.echo(json.dumps(figures, indent=2) if as_json else _tell(figures))
    if faults:
        raise typer.Exit(EXIT_FAILED)


@dataset_app.command("split")
def split(
    dataset: FolderArgument,
    *,
    count: Annotated[
        int | None, typer.Option(min=1, help="How many photos; a tenth of them.")
    ] = None,
) -> None:
    """Choose photos to hold out of training and print their ids, one a line.

    Training keeps to them once they stand in the folder's validation.txt. The same photos give the
    same ids, whatever the machine.
    """
    from worker.imaging.labels.ccp import DatasetError, LabelledFolder  # noqa: PLC0415

    folder = LabelledFolder(dataset)
    photos = len(folder.ids())
    wanted = count or max(1, photos // 10)
    if wanted >= photos:
        raise DatasetError(f"{dataset} has {photos} labelled photos: {wanted} leave none to train")
    typer.echo("\n".join(folder.split(wanted)))


def _read(
    folder: "LabelledFolder", ids: Sequence[str], faults: dict[str, str], doing: str | None
) -> Iterator["Labelled"]:
    """Photo after photo with its published labels; what cannot be read goes into ``faults``.

    ``doing`` names the progress bar on standard error; None for none.
    """
    from worker.imaging.labels.ccp import DatasetError  # noqa: PLC0415

    progress = ProgressBar(Console(stderr=True), quiet=doing is None)
    with progress.doing(doing or "", len(ids)):
        for photo_id in ids:
            try:
                pixels, published = folder.pair(photo_id)
            except DatasetError as error:
                faults[photo_id] = str(error)
            else:
                yield photo_id, pixels, published
            progress.step()


def _name(faults: dict[str, str]) -> None:
    for message in faults.values():
        typer.echo(f"left out: {message}", err=True)


def _tell(figures: dict[str, Any]) -> str:
    headings = ("class", "photos", "train", "validation", "of photos", "of the person", "pixels")
    rows = [
        (
            row["name"],
            *(f"{row[key]:,}" for key in ("photos", "train", "validation")),
            f"{row['share_of_photos']:.1%}",
            "" if row["share_of_person"] is None else f"{row['share_of_person']:.2%}",
            f"{row['pixels']:,}",
        )
        for row in figures["classes"]
    ]
    split = f"{figures['train']} to train on, {figures['validation']} to validate on"
    lines = [table(headings, rows), "", f"{figures['photos']} photos: {split}"]
    lines += [
        f"left out: {photo_id}, whose labels show a person on {share:.1%} of the picture"
        for photo_id, share in figures["without_person"].items()
    ]
    lines += [f"alone, so not used: {path}" for path in figures["alone"]]
    return "\n".join(lines)
