"""The commands ``quarantine list`` and ``quarantine release``."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from producer.commands.options import CatalogueOption, CodeOption
from shared.cli.console import safe_console
from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.json_output import print_json
from shared.cli.options import DryRunFlag, JsonFlag
from shared.contracts.jobs import LARGEST_ID, JobState
from shared.redaction import public_url, show_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.ledger.reopening import Failure

MOST_SHOWN: Final = 100
"""How many jobs are listed without another limit."""

quarantine_app = typer.Typer(
    no_args_is_help=True, help="List or release jobs that failed their last attempt."
)


@quarantine_app.callback()
def quarantine() -> None:
    """List or release jobs that failed their last attempt."""


@quarantine_app.command("list")
def list_quarantined(
    *,
    code: CodeOption = None,
    catalogue: CatalogueOption = None,
    limit: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Show at most N jobs.")
    ] = MOST_SHOWN,
    as_json: JsonFlag = False,
) -> None:
    """Show the jobs in quarantine and why they failed, the oldest first."""
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415 - keeps help quick
    from producer.reprocess.retry import failures  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.ledger.reopening import Failures  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    with ledger_session(get_settings()) as engine:
        wanted = Failures(
            (JobState.QUARANTINED,), tuple(code or ()), catalogue_id=catalogue_id(engine, catalogue)
        )
        # One more than is shown tells whether there are more.
        found = [each for page in failures(engine, wanted, limit + 1) for each in page]
    shown = found[:limit]
    if as_json:
        print_json({"jobs": [_as_json(each) for each in shown], "more": len(found) > limit})
    elif not found:
        typer.echo("nothing is in quarantine")
    else:
        _print(shown)
        if len(found) > limit:
            typer.echo(f"… and more; {limit:,} are shown, --limit N shows N")


@quarantine_app.command("release")
def release(
    job_ids: Annotated[
        list[int] | None,
        typer.Argument(
            metavar="[JOB]...",
            min=1,
            max=LARGEST_ID,
            help="Job numbers, as `quarantine list` prints them.",
        ),
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All jobs in quarantine.")] = False,
    code: CodeOption = None,
    catalogue: CatalogueOption = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Release jobs from quarantine: their pictures are tried again, each alone.

    A released job counts as attempted once and has its other attempts left. It runs alone, so that
    it takes no other picture down if it crashes its worker again. Exit code 1 when a named job is
    not in quarantine; the others are released all the same.
    """
    from producer.commands.reprocess.reopen import reopen_and_dispatch  # noqa: PLC0415 - keeps help quick
    from shared.errors import SettingsError  # noqa: PLC0415
    from shared.ledger.reopening import Failures  # noqa: PLC0415

    if bool(job_ids) == bool(everything or code or catalogue):
        raise SettingsError("give job numbers, or --all, --code or --catalogue")
    ids = tuple(dict.fromkeys(job_ids or ()))
    wanted = Failures((JobState.QUARANTINED,), tuple(code or ()), job_ids=ids)
    released = reopen_and_dispatch(
        wanted, catalogue, as_suspects=True, dry_run=dry_run, as_json=as_json
    )
    if released < len(ids):
        typer.echo(
            f"{len(ids) - released:,} of the jobs are not in quarantine; "
            "`colourway quarantine list` shows those that are",
            err=True,
        )
        raise typer.Exit(EXIT_FAILED)


def _as_json(failure: "Failure") -> dict[str, Any]:
    return {
        "job": failure.job_id,
        "catalogue": failure.catalogue,
        "sku": failure.sku,
        "url": public_url(failure.url),
        "stage": failure.stage,
        "code": failure.code,
        "message": failure.message,
        "attempts": failure.attempts,
        "since": failure.ended_at.isoformat() if failure.ended_at else None,
    }


def _print(failures: "Sequence[Failure]") -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table("job", "since", "tries", "code", "stage", "sku", "what", box=None, pad_edge=False)
    for column in (0, 2):
        table.columns[column].justify = "right"
    for each in failures:
        # As text: a sku or a message may hold what Rich would take for markup.
        table.add_row(
            str(each.job_id),
            f"{each.ended_at:%Y-%m-%d %H:%M}" if each.ended_at else "",
            str(each.attempts),
            each.code or "",
            each.stage or "",
            Text(each.sku),
            Text(f"{show_url(each.url)}\n{each.message or ''}".strip(), overflow="fold"),
        )
    safe_console().print(table)
