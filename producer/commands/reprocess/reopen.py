"""Failed jobs made pending again and dispatched: what ``retry`` and ``quarantine release`` do."""

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from shared.cli.json_output import print_json
from shared.cli.progress import status_line

if TYPE_CHECKING:
    from shared.ledger.reopening import Failures


def reopen_and_dispatch(
    wanted: "Failures",
    catalogue: str | None,
    *,
    as_suspects: bool = False,
    limit: int | None = None,
    dry_run: bool = False,
    as_json: bool = False,
) -> int:
    """Reopen failed jobs, dispatch them and print how many there were; return that number."""
    from producer.catalogue.lookups import catalogue_id, require_batch  # noqa: PLC0415
    from producer.commands.announce import announce_dispatched, dispatch_now, dispatched_as_json  # noqa: PLC0415
    from producer.reprocess.retry import retry as reopen_failed  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    with producer_session(settings, dry_run=dry_run) as engine:
        require_batch(engine, wanted.batch_id)
        wanted = replace(wanted, catalogue_id=catalogue_id(engine, catalogue))
        with status_line("Reading the ledger", quiet=as_json) as update:
            by_code = reopen_failed(
                engine,
                wanted,
                settings.max_attempts,
                as_suspects=as_suspects,
                limit=limit,
                dry_run=dry_run,
                on_progress=lambda jobs: update(f"Reading the ledger: {jobs:,} jobs"),
            )
        jobs = sum(by_code.values())
        dispatched = None if dry_run or not jobs else dispatch_now(engine, settings)
    if as_json:
        counts = {"dry_run": dry_run, "jobs": jobs, "codes": by_code}
        print_json(counts | dispatched_as_json(dispatched))
        return jobs
    typer.echo(f"jobs {'that would be ' if dry_run else ''}reopened: {jobs:,}")
    for code, count in sorted(by_code.items()):
        typer.echo(f"  {count:,} {code}")
    if not jobs:
        typer.echo(
            "nothing that was chosen is in quarantine"
            if as_suspects
            else "nothing that was chosen has failed; `colourway status` shows what has"
        )
    elif dry_run:
        typer.echo("nothing was changed; without --dry-run they are tried again")
    else:
        alone = ", each alone" if as_suspects else ""
        typer.echo(f"their pictures are tried again{alone}, in the batches they came in")
        announce_dispatched(dispatched)
    return jobs
