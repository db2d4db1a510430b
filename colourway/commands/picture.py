"""The command ``picture``: pictures analysed without feed or database.

What needs the worker's side is imported inside the function, so that showing help stays quick.
"""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from colourway.stderr_capture import own_stderr
from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.json_output import print_json
from shared.cli.options import QuietFlag
from shared.errors import SettingsError
from shared.settings import get_settings

if TYPE_CHECKING:
    from colourway.pictures.batch import AnalysedPicture
    from colourway.pictures.given import Given
    from colourway.pictures.progress import PictureProgress
    from colourway.pictures.words import ResultsTable


def picture(
    pictures: Annotated[
        list[str],
        typer.Argument(metavar="PICTURE", help="Files, folders of pictures, or URLs."),
    ],
    *,
    category: Annotated[
        str | None,
        typer.Option(help="What the product is, such as dress: colours are of that piece."),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option(help="The product's name, read where the category says nothing."),
    ] = None,
    cutout: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Write the cut-out of the one picture there."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write cutouts/, results.csv and results.jsonl there."),
    ] = None,
    quiet: QuietFlag = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one object for one picture, else one object a line for each."
        ),
    ] = False,
) -> None:
    """Say what is in a picture: the garment's colours, pattern and cut-out.

    Needs no feed and no database, and leaves none behind. In a folder every file that is named
    like a picture counts; other files are passed over, and folders in it are not looked into. URLs
    are fetched as from a feed, from public addresses alone. One picture that fails costs no other.

    Exit codes: 0 every picture has colours; 1 one has none, and standard error says why; 2 wrong
    usage; 130 interrupted.
    """
    from colourway.pictures.batch import PictureBatch  # noqa: PLC0415
    from colourway.pictures.given import find_pictures  # noqa: PLC0415
    from colourway.pictures.progress import PictureProgress  # noqa: PLC0415
    from colourway.pictures.results_folder import ResultsFolder  # noqa: PLC0415
    from colourway.pictures.words import TABLE_WIDTH, ResultsTable, swatches  # noqa: PLC0415
    from shared.cli.console import output_console  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415
    from worker.stages.fetch import Fetcher  # noqa: PLC0415

    settings = get_settings()
    set_up_logs(settings.log_format, level="ERROR")  # what failed is told below
    given = find_pictures(pictures)
    _check_cutout(cutout, given)
    answer: AnalysedPicture | None = None
    console = output_console(TABLE_WIDTH)
    table = ResultsTable(swatches(console), with_piece=bool(category or title))
    with own_stderr() as messages:
        progress = PictureProgress(Console(file=messages), given, quiet=quiet or as_json)
        with (
            Fetcher(settings) as fetcher,
            ResultsFolder(out) if out else nullcontext() as folder,
            progress.shown(),
        ):
            for outcome in PictureBatch(settings, fetcher, category, title).outcomes(
                given.pictures
            ):
                progress.step(outcome)
                if folder is not None:
                    folder.add(outcome)
                if cutout is not None:
                    _write_cutout(cutout, outcome)
                if as_json:
                    _print_object(outcome, indent=2 if given.single else None)
                elif given.single:
                    answer = outcome
                else:
                    table.add(outcome)
    if answer is not None:
        _print_block(console, answer)
    elif not as_json:
        _print_table(console, table, progress)
    if progress.failures or given.complaints:
        raise typer.Exit(EXIT_FAILED)


def _check_cutout(cutout: Path | None, given: "Given") -> None:
    if cutout is None:
        return
    if cutout.suffix.lower() != ".png":
        raise SettingsError(f"--cutout {cutout} must end in .png")
    if not given.single:
        raise SettingsError("--cutout is for one picture; for several use --out FOLDER")


def _write_cutout(path: Path, outcome: "AnalysedPicture") -> None:
    from colourway.pictures.results_folder import write_cutout  # noqa: PLC0415

    if outcome.analysis is not None:
        write_cutout(path, outcome.analysis, "--cutout")


def _print_object(outcome: "AnalysedPicture", indent: int | None) -> None:
    from colourway.pictures.words import as_object  # noqa: PLC0415

    print_json(as_object(outcome), indent=indent)


def _print_block(console: Console, outcome: "AnalysedPicture") -> None:
    from colourway.pictures.words import picture_block, swatches  # noqa: PLC0415

    if outcome.analysis is not None:
        console.print(picture_block(outcome.shown, outcome.analysis, swatches(console)))


def _print_table(console: Console, table: "ResultsTable", progress: "PictureProgress") -> None:
    if progress.done > progress.failures:
        console.print(table)
    if progress.done:
        console.print(progress.summary(), highlight=False)
