"""The commands ``decisions list`` and ``decisions take-back``."""

from getpass import getuser
from typing import TYPE_CHECKING, Annotated, Final

import typer

from producer.commands.options import CatalogueOption
from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.contracts.jobs import LONGEST_NAME
from shared.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from producer.review.listing import ListedDecision

MOST_SHOWN: Final = 100
"""How many decisions are listed without another limit."""

ByOption = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="PERSON", help="Who says so.", show_default="the user of this shell"
    ),
]

decisions_app = typer.Typer(
    no_args_is_help=True, help="List what people decided on products, or take it back."
)


def person_named(by: str | None) -> str:
    """Return the name under which a command changes decisions or queues."""
    name = getuser() if by is None else by.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise SettingsError(f"--by: a name has 1 to {LONGEST_NAME} printable characters")
    return name


@decisions_app.callback()
def decisions() -> None:
    """List what people decided on products, or take it back."""


@decisions_app.command("list")
def list_them(
    *,
    catalogue: CatalogueOption = None,
    sku: Annotated[str | None, typer.Option(help="Only on this product.")] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="PERSON", help="Only this person's.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only later ones: 2026-11-24T18:30Z.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Those too that no longer count: overruled or taken back."),
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Show at most N decisions.")
    ] = MOST_SHOWN,
    as_json: JsonFlag = False,
) -> None:
    """Show what people decided, the newest first, beside what was measured."""
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415 - keeps help quick
    from producer.reprocess.conditions import read_moment  # noqa: PLC0415
    from producer.review.listing import DecisionFilter, list_decisions  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    try:
        moment = None if since is None else read_moment(since)
    except ValueError as error:
        raise SettingsError(f"--since: {error}") from None
    with ledger_session(get_settings()) as engine:
        wanted = DecisionFilter(catalogue_id(engine, catalogue), sku, by, moment, everything)
        found = list(list_decisions(engine, wanted, limit + 1))
    shown = found[:limit]
    if as_json:
        told = [each.to_json() for each in shown]
        print_json({"decisions": told, "more": len(found) > limit})
    elif not found:
        typer.echo("nobody has decided on a product yet")
    else:
        _print(shown)
        if len(found) > limit:
            typer.echo(f"… and more; {limit:,} are shown, --limit N shows N")


@decisions_app.command("take-back")
def take_back(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The product.")],
    *,
    catalogue: CatalogueOption = None,
    by: ByOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Take back the newest decision on a product; the one before it counts again, if there is one.

    Nothing is deleted: `decisions list --all` shows who said what, and who took it back. Exit
    code 1 where there is nothing to take back.
    """
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415 - keeps help quick
    from shared.colour.naming import Naming  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.decisions.colour import DecidedColours  # noqa: PLC0415
    from shared.decisions.products import LockedProducts  # noqa: PLC0415
    from shared.decisions.store import DecisionStore, Reviewer  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    person = Reviewer(person_named(by))
    settings = get_settings()
    store = DecisionStore(DecidedColours(Naming.load(settings.naming)))
    with producer_session(settings, dry_run=False) as engine:
        key = _product(engine, catalogue_id(engine, catalogue), sku)
        with engine.begin() as connection:
            seen = LockedProducts.lock(connection, [key]).seen(key)
            back = store.take_back(connection, key, seen, person)
    if as_json:
        print_json({"sku": sku, **back.to_json()})
        return
    said = back.ruling.value.replace("_", " ")
    typer.echo(f"{sku}: took back what {back.decided_by} said: {said}")


def _product(engine: "Engine", catalogue: int | None, sku: str) -> int:
    from sqlalchemy import select  # noqa: PLC0415

    from shared.database.engine import reading  # noqa: PLC0415
    from shared.database.models import Product  # noqa: PLC0415

    query = select(Product.id).where(Product.sku == sku)
    if catalogue is not None:
        query = query.where(Product.catalogue_id == catalogue)
    with reading(engine).begin() as connection:
        found = connection.scalars(query.limit(2)).all()
    if len(found) != 1:
        what = (
            "several catalogues have it; say --catalogue" if found else "there is no such product"
        )
        raise SettingsError(f"sku {sku!r}: {what}")
    return found[0]


def _print(decisions: "Sequence[ListedDecision]") -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from shared.cli.console import safe_console  # noqa: PLC0415

    table = Table("when", "who", "sku", "ruling", "measured", "decided", box=None, pad_edge=False)
    for each in decisions:
        made = each.decision
        said = made.ruling.value.replace("_", " ")
        said += " (taken back)" if made.taken_back_at else "" if made.in_force else " (overruled)"
        found, decided = made.measured, made.colour
        table.add_row(
            f"{made.decided_at:%Y-%m-%d %H:%M}",
            Text(made.decided_by),
            Text(each.sku),
            said,
            Text(f"{found.name or '–'} ({found.family or 'no colour'})"),
            Text(f"{decided.name or '–'} ({decided.family or 'no colour'})"),
        )
    safe_console().print(table)
