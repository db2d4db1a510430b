"""The front door's own commands: ``run``, ``demo`` and ``db upgrade``.

What needs the producer's or the worker's side is imported inside the functions, so that showing
help stays quick.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console

from colourway.stderr_capture import own_stderr

# Only types for Typer: what a feed's options are called is the producer's business alone.
from producer.commands.options import (
    CategoryColumn,
    DelimiterOption,
    EncodingOption,
    FeedArgument,
    FormatOption,
    ItemGroupColumn,
    MerchantColourColumn,
    PictureColumns,
    PositionColumn,
    RejectsOption,
    RoleColumn,
    SkuColumn,
    TitleColumn,
    feed_file,
)
from producer.feeds.source import FeedFormat
from shared.settings import get_settings

if TYPE_CHECKING:
    from colourway.demo.demo import Checked
    from colourway.feed_run import Finished

EXIT_FAILED: Final = 1
EXIT_UNFINISHED: Final = 3
EXIT_INTERRUPTED: Final = 130

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
QuietFlag = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the end.")]

db_app = typer.Typer(no_args_is_help=True, help="Make and migrate the database's tables.")


@db_app.command("upgrade")
def upgrade_database() -> None:
    """Bring the database that DATABASE_URL names to this version's schema; safe to repeat."""
    from sqlalchemy import make_url  # noqa: PLC0415 - so that showing help stays quick

    from shared.database.engine import upgrade  # noqa: PLC0415

    url = get_settings().database_url
    upgrade(url)
    typer.echo(f"{make_url(url).render_as_string(hide_password=True)} is up to date")


@db_app.callback()
def database() -> None:
    """Make and migrate the database's tables."""


def run(
    feed: FeedArgument,
    *,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write an HTML report that needs nothing else."),
    ] = None,
    catalogue: Annotated[
        str, typer.Option(help="The shop's set of products; skus are unique in it.")
    ] = "default",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many products, and so many pictures.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Do pictures again that failed for good.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Do every picture again, whatever became of it.")
    ] = False,
    recheck: Annotated[
        bool,
        typer.Option("--recheck", help="Ask whether pictures that are done have changed since."),
    ] = False,
    wait: Annotated[
        bool, typer.Option(help="Wait for pictures that are put off, or end with code 3.")
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Read everything, say what would be done.")
    ] = False,
    home: Annotated[
        Path | None, typer.Option(help="Folder of database and pictures; else COLOURWAY_HOME.")
    ] = None,
    rejects: RejectsOption = None,
    quiet: QuietFlag = False,
    as_json: JsonFlag = False,
    sku_column: SkuColumn = None,
    picture_column: PictureColumns = None,
    title_column: TitleColumn = None,
    category_column: CategoryColumn = None,
    item_group_column: ItemGroupColumn = None,
    merchant_colour_column: MerchantColourColumn = None,
    position_column: PositionColumn = None,
    role_column: RoleColumn = None,
    feed_format: FormatOption = FeedFormat.AUTO,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
) -> None:
    """Enrich a whole feed on this machine: no server, no broker, one command.

    Puts the feed into the ledger, then fetches, segments, colours and crops every picture that
    still needs it. Stop it whenever you like, even with kill -9: the next run goes on where this
    one stopped and does nothing twice. The first Ctrl-C finishes the pictures in hand.

    Exit codes: 0 every picture has its final outcome, good or bad; 1 an error, or not one row
    could be used; 2 wrong usage; 3 pictures are left (--limit, --no-wait); 130 interrupted.
    """
    from colourway.feed_run import FeedRun  # noqa: PLC0415
    from colourway.progress import RunProgress  # noqa: PLC0415
    from producer.enqueue.enqueue import Again, Order  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415

    settings = get_settings(**({} if home is None else {"home": home}))
    set_up_logs(settings.log_format, level="ERROR")  # the ledger tells what failed
    file = feed_file(
        feed,
        sku_column=sku_column,
        picture_column=picture_column,
        title_column=title_column,
        category_column=category_column,
        item_group_column=item_group_column,
        merchant_colour_column=merchant_colour_column,
        position_column=position_column,
        role_column=role_column,
        feed_format=feed_format,
        encoding=encoding,
        delimiter=delimiter,
        rejects=rejects,
    )
    again = Again.ALL if force else Again.FAILED if retry_failed else Again.NONE
    order = Order(catalogue, source=feed, again=again, limit=limit, dry_run=dry_run)
    progress = RunProgress(Console(file=own_stderr()), quiet=quiet or as_json)
    finished = FeedRun(settings, file, order, report, limit, wait, recheck=recheck).run(progress)
    if as_json:
        from colourway.run_summary import as_json as told  # noqa: PLC0415

        places = {"home": str(settings.home), "report": str(report) if report else None}
        facts = {"feed": feed, "catalogue": catalogue, "dry_run": dry_run, **places}
        typer.echo(json.dumps({**facts, **told(finished)}, indent=2))
    else:
        _tell_run(finished, report, dry_run)
    _leave(finished, dry_run)


def _tell_run(finished: "Finished", report: Path | None, dry_run: bool) -> None:
    from colourway.run_summary import enqueued_line, families_line, summary_table  # noqa: PLC0415

    console = output()
    console.print(enqueued_line(finished.enqueued), highlight=False)
    if finished.rechecks:
        console.print(f"{finished.rechecks:,} finished pictures to ask about", highlight=False)
    if dry_run:
        return
    work = finished.work
    if work.processed:
        pace = work.processed / max(work.seconds, 1e-9)
        console.print(f"{work.processed:,} pictures in {work.seconds:,.1f} s, {pace:.2f} a second")
    else:
        console.print("nothing to do: every picture has its outcome already")
    console.print(summary_table(finished.summary, finished.outcomes))
    if finished.summary.families:
        console.print(f"families: {families_line(finished.summary)}", highlight=False)
    if work.unfinished:
        console.print(f"{work.unfinished:,} pictures are left; run the same command to go on")
    if report is not None:
        console.print(f"report: {report.absolute().as_uri()}", highlight=False, soft_wrap=True)


def output() -> Console:
    """Standard output; wide enough for tables where it is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=120)


def _leave(finished: "Finished", dry_run: bool = False) -> None:
    if finished.enqueued.rejected and not finished.enqueued.products:
        raise typer.Exit(EXIT_FAILED)
    if finished.work.interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    if finished.work.unfinished and not dry_run:
        raise typer.Exit(EXIT_UNFINISHED)


def demo(
    *,
    figures: Annotated[int, typer.Option(min=1, max=200, help="Dressed figures to draw.")] = 12,
    packshots: Annotated[int, typer.Option(min=0, max=200, help="Packshots to draw.")] = 6,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another lookbook.")] = 1,
    report: Annotated[Path, typer.Option(help="Where the HTML report goes.")] = Path("report.html"),
    home: Annotated[Path | None, typer.Option(help="Folder of the demo, cleared first.")] = None,
    quiet: QuietFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Draw a small shop, run it through the real pipeline, and compare with what was drawn.

    The pictures are served over HTTP on this machine alone and take the whole road, as any feed
    does. Some rows are broken on purpose. Nothing of yours is touched: the demo has a database and
    a folder of its own.

    Exit codes: 0 every row ended as it should; 1 one did not, or an error; 130 interrupted.
    """
    from colourway.demo.demo import Demo  # noqa: PLC0415
    from colourway.progress import RunProgress  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415

    settings = get_settings()
    set_up_logs(settings.log_format, level="ERROR")
    folder = home or settings.home / "demo"
    progress = RunProgress(Console(file=own_stderr()), quiet=quiet or as_json)
    checked = Demo(folder, report, figures, packshots, seed).run(progress)
    if as_json:
        typer.echo(json.dumps(_demo_json(checked, report), indent=2))
    else:
        _tell_demo(checked, report)
    _leave(checked.finished)
    if checked.surprises:
        raise typer.Exit(EXIT_FAILED)


def _tell_demo(checked: "Checked", report: Path) -> None:
    from colourway.demo.demo import clothes_only  # noqa: PLC0415
    from colourway.run_summary import expected_table, summary_table, verdict_lines  # noqa: PLC0415

    console = output()
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
        f"\nLook at the report: {report.absolute().as_uri()}", highlight=False, soft_wrap=True
    )


def _demo_json(checked: "Checked", report: Path) -> dict[str, Any]:
    from colourway.run_summary import as_json, comparison_json, verdict_json  # noqa: PLC0415

    return {
        "report": str(report),
        **as_json(checked.finished),
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
