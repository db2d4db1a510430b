"""The command ``forget-people``: colours of skin and hair taken out of the database."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from producer.reprocess.forget_people import Forgotten

CatalogueOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only this catalogue; else all of them.")
]
DryRunFlag = Annotated[bool, typer.Option("--dry-run", "-n", help="Change nothing, only count.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
QuietFlag = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the end.")]


def forget_people(
    *,
    catalogue: CatalogueOption = None,
    dry_run: DryRunFlag = False,
    quiet: QuietFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Take the colours of skin and hair out of products, pictures and drafts.

    For what was stored before COLOURWAY_KEEP_PEOPLE=false: set that for every worker first, or they
    go on storing them. Colours of clothes and the stored pictures stay; docs/privacy.md says how
    those are replaced. Stopped, it goes on where it was when it is run again.
    """
    from dataclasses import asdict  # noqa: PLC0415 - so that showing help stays quick

    from rich.console import Console  # noqa: PLC0415

    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415
    from producer.reprocess.forget_people import forget_people as run  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    if settings.keep_people:
        typer.echo(
            "note: COLOURWAY_KEEP_PEOPLE is not false here; workers that run so store these "
            "colours again",
            err=True,
        )
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        wanted = catalogue_id(engine, catalogue)
        with Console(stderr=True, quiet=quiet or as_json).status("Looking for people") as line:
            done = run(
                engine,
                catalogue_id=wanted,
                dry_run=dry_run,
                on_progress=lambda sofar: line.update(f"Looking for people: {_told(sofar)}"),
            )
    finally:
        engine.dispose()
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, **asdict(done), **_old_names(done)}, indent=2))
    else:
        would = "would be emptied" if dry_run else "emptied"
        typer.echo(f"skin and hair {would}: {_told(done)}")


def _old_names(done: "Forgotten") -> dict[str, int]:
    return {"drafts": done.staged_results}  # until 0.2


def _told(done: "Forgotten") -> str:
    results = f"{done.staged_results:,} staged results"
    return f"{done.products:,} products, {done.pictures:,} pictures, {results}"
