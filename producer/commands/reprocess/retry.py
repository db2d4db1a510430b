"""The command ``retry``: failed pictures tried once more."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from shared.contracts.jobs import LARGEST_ID
from shared.contracts.stages import Code

if TYPE_CHECKING:
    from shared.ledger.reopening import Failures

CodeOption = Annotated[
    list[Code] | None,
    typer.Option(help="Only what failed with this code; repeat it for more."),
]
CatalogueOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only this catalogue; else all of them.")
]
BatchOption = Annotated[int | None, typer.Option(min=1, max=LARGEST_ID, help="Only this batch.")]
LimitOption = Annotated[
    int | None, typer.Option(min=1, max=LARGEST_ID, help="Only the first so many.")
]
DryRunFlag = Annotated[bool, typer.Option("--dry-run", "-n", help="Change nothing, only count.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def retry(
    *,
    code: CodeOption = None,
    batch: BatchOption = None,
    catalogue: CatalogueOption = None,
    limit: LimitOption = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Try failed and quarantined pictures again, for instance after a server was down.

    They wait as if they had never been tried, with all attempts left, in the batch they came in.
    Pictures whose attempts ended without a word (attempts_exhausted) may kill their worker: they
    run alone. What is waiting or in work is left as it is.
    """
    from shared.errors import SettingsError  # noqa: PLC0415 - so that showing help stays quick
    from shared.ledger.reopening import ENDED_WELL, Failures  # noqa: PLC0415

    if not code and batch is None and catalogue is None:
        raise SettingsError("say which: --code, --batch, --catalogue, or several of them")
    for each in code or ():
        if each in ENDED_WELL:
            raise SettingsError(
                f"--code {each}: no picture fails with this; "
                f"`colourway backfill --where code={each}` has such pictures done again"
            )
    wanted = Failures(codes=tuple(code or ()), batch_id=batch)
    reopen_and_dispatch(wanted, catalogue, limit=limit, dry_run=dry_run, as_json=as_json)


def reopen_and_dispatch(
    wanted: "Failures",
    catalogue: str | None,
    *,
    as_suspects: bool = False,
    limit: int | None = None,
    dry_run: bool = False,
    as_json: bool = False,
) -> int:
    """Reopen failed jobs, ring for them, and tell of it; return how many there were."""
    from rich.console import Console  # noqa: PLC0415

    from producer.catalogue.lookups import catalogue_id, require_batch  # noqa: PLC0415
    from producer.commands.announce import announce_dispatched, dispatch_now, dispatched_as_json  # noqa: PLC0415
    from producer.reprocess.retry import retry as run  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        require_batch(engine, wanted.batch_id)
        wanted = replace(wanted, catalogue_id=catalogue_id(engine, catalogue))
        with Console(stderr=True, quiet=as_json).status("Looking through the ledger") as line:
            by_code = run(
                engine,
                wanted,
                settings.max_attempts,
                as_suspects=as_suspects,
                limit=limit,
                dry_run=dry_run,
                on_progress=lambda jobs: line.update(f"Looking through the ledger: {jobs:,} jobs"),
            )
        jobs = sum(by_code.values())
        dispatched = None if dry_run or not jobs else dispatch_now(engine, settings)
    finally:
        engine.dispose()
    if as_json:
        told = {
            "dry_run": dry_run,
            "jobs": jobs,
            "codes": by_code,
            **dispatched_as_json(dispatched),
        }
        typer.echo(json.dumps(told, indent=2))
        return jobs
    typer.echo(f"jobs {'that would be ' if dry_run else ''}put back: {jobs:,}")
    for code, count in sorted(by_code.items()):
        typer.echo(f"  {count:,} {code}")
    if jobs and not dry_run:
        announce_dispatched(dispatched)
    return jobs
