"""The command ``prune``: stored pictures that no row names any more are deleted."""

from typing import TYPE_CHECKING, Annotated

import typer

from shared.cli.confirm import ask_first
from shared.cli.exit_codes import EXIT_FAILED, EXIT_UNFINISHED
from shared.cli.json_output import print_json
from shared.cli.options import DryRunFlag, JsonFlag, QuietFlag
from shared.cli.progress import status_line
from shared.contracts.jobs import LARGEST_ID
from shared.errors import SettingsError

if TYPE_CHECKING:
    from producer.prune.run import Pruned, PrunePlan


def prune(
    *,
    older_than: Annotated[
        float,
        typer.Option(
            metavar="HOURS",
            min=1,
            max=100_000,
            help="Keep what was stored within these hours: workers store before they record.",
        ),
    ] = 24,
    limit: Annotated[
        int | None, typer.Option(min=1, max=LARGEST_ID, help="Delete N pictures at most.")
    ] = None,
    after: Annotated[
        str, typer.Option(metavar="KEY", help="Begin behind this key, where a run has ended.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before deleting.")] = False,
    dry_run: DryRunFlag = False,
    quiet: QuietFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Delete stored pictures that no row names: cut-outs, crops and thumbnails.

    Such are left where a product got another picture, where an older pipeline's results were
    replaced, where other kinds are stored now, and by workers that were killed. What a staged batch
    may still promote or roll back is kept, and so are files that are no pictures of Colourway's.
    Workers may go on meanwhile.

    The storage must be this database's alone: its rows name nothing that another installation
    stored there. Asks first, since nothing brings pictures back but processing them again. Needs
    the database's role `reader`, and S3's `deploy/s3/prune.json`.
    """
    from dataclasses import asdict  # noqa: PLC0415 - so that showing help stays quick
    from datetime import UTC, datetime  # noqa: PLC0415
    from threading import Event  # noqa: PLC0415

    from producer.prune.run import PrunePlan  # noqa: PLC0415
    from producer.prune.run import prune as delete_unnamed  # noqa: PLC0415
    from shared.cli.stop_signals import stop_on_signal  # noqa: PLC0415
    from shared.database.engine import show_database  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415
    from shared.storage.inventory import open_inventory  # noqa: PLC0415

    settings = get_settings()
    plan = PrunePlan(older_than * 3600, limit, after, dry_run)
    if plan.grace_s < 2 * settings.lease_s:
        raise SettingsError(
            f"--older-than {older_than:g}: give at least {2 * settings.lease_s / 3600:.1f} hours, "
            "twice COLOURWAY_LEASE_S, for a worker may store that long before it records"
        )
    stop, began = Event(), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    with ledger_session(settings) as engine:
        if not (yes or dry_run):
            where = f"{settings.storage}, what {show_database(engine)} does not name"
            ask_first(f"Delete pictures from {where}, for good?")
        with (
            stop_on_signal(stop, lambda: typer.echo("stopping behind this page", err=True)),
            status_line("Pruning", quiet=quiet or as_json) as tell,
        ):
            done = delete_unnamed(engine, open_inventory(settings), plan, tell, stop)
    if as_json:
        print_json({"dry_run": dry_run, **asdict(done)})
    else:
        _print(done, plan, began)
    if done.lost:
        raise typer.Exit(EXIT_FAILED)
    if stop.is_set():
        raise typer.Exit(EXIT_UNFINISHED)


def _print(done: "Pruned", plan: "PrunePlan", began: str) -> None:
    would = "would be deleted" if plan.dry_run else "deleted"
    typer.echo(
        f"{done.deleted:,} of {done.pictures:,} pictures {would}, "
        f"{done.deleted_bytes / 1e6:,.1f} MB; {done.named:,} are named, {done.young:,} are younger "
        f"than {plan.grace_s / 3600:g} hours"
    )
    if done.others:
        typer.echo(f"{done.others:,} files are no pictures of Colourway's, and stay")
    if done.ended_at is not None:
        typer.echo(f"more may be there; go on with --after {done.ended_at}", err=True)
    if done.lost:
        typer.echo(
            f"{done.lost:,} of them were stored again at the moment they were deleted, and are "
            f"named now; do them again: colourway backfill --where 'enriched-at>={began}'",
            err=True,
        )
