"""The command ``run``: a whole feed on this machine.

What needs the producer's or the worker's side is imported inside the functions, so that showing
help stays quick.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from producer.commands.feed_options import (
    EnqueueOptions,
    FeedOptions,
    FeedOrFolderArgument,
    RejectsOption,
)
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import JsonFlag, QuietFlag
from shared.settings import Settings, get_settings

if TYPE_CHECKING:
    from colourway.feed_run import Finished


@option_groups
def run(
    feed: FeedOrFolderArgument,
    *,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write an HTML report: one file with all its pictures."),
    ] = None,
    options: EnqueueOptions,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most N products, and at most N pictures.")
    ] = None,
    recheck: Annotated[
        bool,
        typer.Option("--recheck", help="Also check whether finished pictures have changed."),
    ] = False,
    wait: Annotated[
        bool, typer.Option(help="Wait for pictures that are due later, or stop with exit code 3.")
    ] = True,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder of database and pictures.", show_default="COLOURWAY_HOME"),
    ] = None,
    rejects: RejectsOption = None,
    quiet: QuietFlag = False,
    as_json: JsonFlag = False,
    reading: FeedOptions,
) -> None:
    """Process a whole feed on this machine: no server, no broker, one command.

    Puts the feed into a database, then fetches, segments, measures and crops every picture that has
    no result yet. Stop it at any time, even with kill -9: the next run continues and does nothing
    twice. The first Ctrl-C finishes the pictures in progress.

    Exit codes: 0 every picture was processed, successfully or not; 1 an error, or no row could be
    used; 2 wrong usage; 3 pictures are left (--limit, --no-wait); 130 interrupted.
    """
    from rich.console import Console  # noqa: PLC0415

    from colourway.feed_run import FeedRun  # noqa: PLC0415
    from colourway.run_progress import RunProgress  # noqa: PLC0415
    from colourway.stderr_capture import own_stderr  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415

    settings = get_settings(**({} if home is None else {"home": home}))
    set_up_logs(settings.log_format, level="ERROR")  # the ledger says what failed
    file = reading.feed(feed, rejects)
    order = options.order(feed, limit)
    with own_stderr() as messages:
        progress = RunProgress(Console(file=messages), quiet=quiet or as_json)
        work = FeedRun(settings, file, order, report, limit, wait, recheck=recheck)
        finished = work.run(progress)
    if as_json:
        places = {"home": str(settings.home), "report": str(report) if report else None}
        print_json(_as_json(feed, options, places, finished))
    else:
        _print(finished, report, options, home)
        if finished.summary.pictures and not options.dry_run:
            _print_page_line(settings, home)
    if code := finished.exit_code(options.dry_run):
        raise typer.Exit(code)


def _as_json(
    feed: str, options: EnqueueOptions, places: dict[str, str | None], finished: "Finished"
) -> dict[str, Any]:
    from colourway.run_summary import run_as_json  # noqa: PLC0415

    facts = {"feed": feed, "catalogue": options.catalogue, "dry_run": options.dry_run}
    return {**facts, **places, **run_as_json(finished)}


def _print_page_line(settings: Settings, home: Path | None) -> None:
    from colourway.run_summary import page_line  # noqa: PLC0415
    from shared.cli.console import output_console  # noqa: PLC0415

    output_console().print(page_line(settings, home), highlight=False, soft_wrap=True, markup=False)


def _print(
    finished: "Finished", report: Path | None, options: EnqueueOptions, home: Path | None
) -> None:
    from colourway.run_summary import (  # noqa: PLC0415
        enqueued_line,
        failed_lines,
        families_line,
        summary_table,
    )
    from shared.cli.console import output_console  # noqa: PLC0415

    console = output_console()
    console.print(enqueued_line(finished.enqueued), highlight=False)
    if finished.rechecks:
        console.print(f"{finished.rechecks:,} finished pictures to recheck", highlight=False)
    if options.dry_run:
        return
    work = finished.work
    if work.processed:
        pace = work.processed / max(work.seconds, 1e-9)
        console.print(f"{work.processed:,} pictures in {work.seconds:,.1f} s, {pace:.2f} a second")
    else:
        console.print("nothing to do: no picture is new or has changed")
    console.print(summary_table(finished.summary, finished.outcomes))
    if finished.summary.families:
        console.print(f"families: {families_line(finished.summary)}", highlight=False)
    for line in failed_lines(finished, options.catalogue, home):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    if work.unfinished:
        console.print(f"{work.unfinished:,} pictures are left; run the same command to continue")
    if report is not None:
        console.print(f"report: {report.absolute().as_uri()}", highlight=False, soft_wrap=True)
