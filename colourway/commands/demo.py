"""The command ``demo``: the whole pipeline on a small shop that is drawn for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag, QuietFlag
from shared.settings import get_settings

if TYPE_CHECKING:
    from colourway.demo.demo import Checked


def demo(
    *,
    figures: Annotated[
        int, typer.Option(min=1, max=200, help="How many dressed figures are drawn.")
    ] = 12,
    packshots: Annotated[
        int, typer.Option(min=0, max=200, help="How many packshots are drawn.")
    ] = 6,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the drawings; another seed draws other pictures.")
    ] = 1,
    report: Annotated[Path, typer.Option(help="Where the HTML report goes.")] = Path("report.html"),
    home: Annotated[
        Path | None,
        typer.Option(help="Folder of the demo, emptied first.", show_default="COLOURWAY_HOME/demo"),
    ] = None,
    quiet: QuietFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Draw a small shop, process it, and compare the colours found with those drawn.

    The pictures are served over HTTP on this machine alone and go through the same pipeline as any
    feed. Some rows are broken on purpose. The demo has a database and a folder of its own and
    changes nothing of yours.

    Exit codes: 0 every row had the expected outcome; 1 one did not, or an error; 130 interrupted.
    """
    from rich.console import Console  # noqa: PLC0415 - so that showing help stays quick

    from colourway.demo.demo import Demo  # noqa: PLC0415
    from colourway.run_progress import RunProgress  # noqa: PLC0415
    from colourway.stderr_capture import own_stderr  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415

    settings = get_settings()
    set_up_logs(settings.log_format, level="ERROR")
    folder = home or settings.home / "demo"
    with own_stderr() as messages:
        progress = RunProgress(Console(file=messages), quiet=quiet or as_json)
        checked = Demo(folder, report, figures, packshots, seed).run(progress)
    if as_json:
        print_json(_as_json(checked, report))
    else:
        _print(checked, report, is_default=home is None)
    if code := checked.finished.exit_code() or (EXIT_FAILED if checked.surprises else 0):
        raise typer.Exit(code)


def _print(checked: "Checked", report: Path, *, is_default: bool) -> None:
    from colourway.demo.demo import clothes_only  # noqa: PLC0415
    from colourway.run_summary import expected_table, summary_table, verdict_lines  # noqa: PLC0415
    from shared.cli.console import output_console  # noqa: PLC0415
    from shared.cli.own_name import own_name  # noqa: PLC0415

    console = output_console()
    console.print()
    console.print(expected_table(clothes_only(checked)))
    console.print()
    for line in verdict_lines(checked.verdicts):
        console.print(line, highlight=False)
    console.print()
    console.print(summary_table(checked.finished.summary, checked.finished.outcomes))
    for exhibit, code in checked.surprises:
        console.print(f"{exhibit.sku}: {code} instead of {exhibit.code.value}", style="red")
    console.print(
        f"\nopen the report: {report.absolute().as_uri()}", highlight=False, soft_wrap=True
    )
    if is_default:
        console.print(f"open the page: `{own_name()} web --demo`", highlight=False)


def _as_json(checked: "Checked", report: Path) -> dict[str, Any]:
    from colourway.run_summary import (  # noqa: PLC0415
        comparison_json,
        run_as_json,
        verdict_json,
    )

    return {
        "report": str(report),
        **run_as_json(checked.finished),
        "verdicts": [verdict_json(verdict) for verdict in checked.verdicts],
        "expected": {
            exhibit.sku: [comparison_json(c) for c in comparisons]
            for exhibit, comparisons in checked.comparisons
        },
        "surprises": {
            exhibit.sku: {"expected": exhibit.code.value, "found": code}
            for exhibit, code in checked.surprises
        },
    }
