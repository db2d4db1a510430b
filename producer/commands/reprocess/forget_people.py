"""The command ``forget-people``: colours of skin and hair taken out of the database."""

from typing import TYPE_CHECKING, Annotated

import typer

from producer.commands.options import CatalogueOption
from shared.cli.confirm import ask_first
from shared.cli.json_output import print_json
from shared.cli.options import DryRunFlag, JsonFlag, QuietFlag
from shared.cli.progress import status_line

if TYPE_CHECKING:
    from producer.reprocess.forget_people import Forgotten


def forget_people(
    *,
    catalogue: CatalogueOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before removing.")] = False,
    dry_run: DryRunFlag = False,
    quiet: QuietFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Remove the colours of skin and hair from products, pictures and staged results.

    For colours that were stored before COLOURWAY_KEEP_PEOPLE=false. Set that for every worker
    first, or they go on storing them. Colours of clothes and the stored pictures are kept;
    docs/privacy.md explains how to replace those. Asks first, since nothing brings them back but
    processing the pictures again. If it is interrupted, run it again: it continues.
    """
    from dataclasses import asdict  # noqa: PLC0415 - so that showing help stays quick

    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415
    from producer.reprocess.forget_people import forget_people as empty_rows  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    if settings.keep_people:
        typer.echo(
            "note: COLOURWAY_KEEP_PEOPLE is not false here; workers with that setting store these "
            "colours again",
            err=True,
        )
    what = "Looking for colours of people"
    with producer_session(settings, dry_run=dry_run) as engine:
        theirs = catalogue_id(engine, catalogue)
        if not (yes or dry_run):
            where = "all catalogues" if catalogue is None else f"catalogue {catalogue!r}"
            ask_first(f"Remove the colours of skin and hair from {where}, for good?")
        with status_line(what, quiet=quiet or as_json) as update:
            done = empty_rows(
                engine,
                catalogue_id=theirs,
                dry_run=dry_run,
                on_progress=lambda so_far: update(f"{what}: {_counts(so_far)}"),
            )
    if as_json:
        print_json({"dry_run": dry_run, **asdict(done), **_old_names(done)})
    else:
        would = "would be removed" if dry_run else "removed"
        typer.echo(f"colours of skin and hair {would}: {_counts(done)}")


def _old_names(done: "Forgotten") -> dict[str, int]:
    return {"drafts": done.staged_results}  # until 0.2


def _counts(done: "Forgotten") -> str:
    return (
        f"{done.products:,} products, {done.pictures:,} pictures, "
        f"{done.staged_results:,} staged results"
    )
