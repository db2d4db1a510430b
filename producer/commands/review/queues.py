"""The commands ``review``: queues made from a filter, an audit or at random, and what they show."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from producer.audit.kind import FindingKind
from producer.commands.options import CatalogueOption, CategoryOption
from producer.commands.review.decisions import ByOption, person_named
from producer.commands.shop.product_options import ProductOptions, print_skipped
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import JsonFlag
from shared.errors import SettingsError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from producer.review.queues import MadeQueue, NewQueue, QueueProgress
    from producer.review.worth import ReviewWorth

MOST: Final = 10_000
"""How many products a queue holds at most."""

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the queue is called.")]
SizeOption = Annotated[int, typer.Option(min=1, max=MOST, help="At most so many products.")]
OneCatalogue = Annotated[str, typer.Option(metavar="NAME", help="The catalogue.")]

review_app = typer.Typer(
    no_args_is_help=True, help="Queues of products for people to review, and what that is worth."
)


@review_app.callback()
def review() -> None:
    """Queues of products for people to review, and what that is worth."""


@review_app.command("filter")
@option_groups
def from_filter(
    name: NameArgument,
    *,
    products: ProductOptions,
    size: SizeOption = MOST,
    by: ByOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a queue of the products that meet conditions, such as --where 'confidence<0.6'."""
    from producer.catalogue.reader import ProductReader  # noqa: PLC0415 - keeps help quick
    from producer.review.choosing import filtered  # noqa: PLC0415
    from producer.review.queues import make_queue  # noqa: PLC0415
    from shared.contracts.decisions import QueueSource  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    with producer_session(get_settings(), dry_run=False) as engine:
        selection = _of_one(engine, products)
        told = {
            "where": list(products.where or ()),
            "categories": list(products.category or ()),
            "since": products.since,
        }
        reason = ", ".join([*(products.where or ()), *(products.category or ())])
        reader = ProductReader(engine, selection, print_skipped(), size)
        chosen = list(filtered(reader, reason or "all products"))
        new = _new(selection.catalogue_id, name, QueueSource.FILTER, told, by)
        with engine.begin() as connection:
            made = make_queue(connection, new, chosen)
    _tell(made, new, as_json=as_json)


@review_app.command("audit")
@option_groups
def from_audit(
    name: NameArgument,
    *,
    products: ProductOptions,
    only: Annotated[
        list[FindingKind] | None,
        typer.Option(help="Only findings of this kind; may be repeated."),
    ] = None,
    size: SizeOption = 1000,
    by: ByOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a queue of the products that an audit finds, the surest findings first."""
    from producer.audit.audit import AuditLimits  # noqa: PLC0415 - keeps help quick
    from producer.audit.colour_range import ColourRanges  # noqa: PLC0415
    from producer.audit.lexicon import Lexicon  # noqa: PLC0415
    from producer.audit.names import NameCheck  # noqa: PLC0415
    from producer.review.choosing import audited  # noqa: PLC0415
    from producer.review.queues import make_queue  # noqa: PLC0415
    from shared.colour.naming import Naming  # noqa: PLC0415
    from shared.contracts.decisions import QueueSource  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    naming = Naming.load(settings.naming)
    names = NameCheck(Lexicon.load(naming, settings.lexicon), ColourRanges(naming))
    kinds = frozenset(only or FindingKind)
    with producer_session(settings, dry_run=False) as engine:
        selection = _of_one(engine, products)
        chosen = audited(engine, selection, names, AuditLimits(kinds), print_skipped())[:size]
        told = {"kinds": sorted(kinds), "where": list(products.where or ())}
        new = _new(selection.catalogue_id, name, QueueSource.AUDIT, told, by)
        with engine.begin() as connection:
            made = make_queue(connection, new, chosen)
    _tell(made, new, as_json=as_json)


@review_app.command("sample")
def from_sample(
    name: NameArgument,
    *,
    catalogue: OneCatalogue = "default",
    category: CategoryOption = None,
    size: SizeOption = 300,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31, help="Another seed chooses other products.")
    ] = 1,
    by: ByOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a queue of products chosen at random, each family and piece with its fair part.

    Judging them gives the catalogue's own accuracy: `colourway review worth`. Of 300 products the
    95 % interval around 90 % is 7 points wide.
    """
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415 - keeps help quick
    from producer.catalogue.reader import ProductSelection  # noqa: PLC0415
    from producer.review.queues import make_queue  # noqa: PLC0415
    from producer.review.sampling import sampled  # noqa: PLC0415
    from shared.contracts.decisions import QueueSource  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    with producer_session(get_settings(), dry_run=False) as engine:
        selection = ProductSelection(catalogue_id(engine, catalogue), tuple(category or ()))
        chosen = sampled(engine, selection, size, seed)
        told = {"size": size, "seed": seed, "categories": list(category or ())}
        new = _new(selection.catalogue_id, name, QueueSource.SAMPLE, told, by)
        with engine.begin() as connection:
            made = make_queue(connection, new, chosen)
    _tell(made, new, as_json=as_json)


@review_app.command("list")
def list_queues(*, catalogue: CatalogueOption = None, as_json: JsonFlag = False) -> None:
    """Show the queues and how far they are, the newest first."""
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415 - keeps help quick
    from producer.review.queues import review_queues  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    with ledger_session(get_settings()) as engine:
        found = review_queues(engine, catalogue_id(engine, catalogue))
    if as_json:
        print_json({"queues": [each.to_json() for each in found]})
    elif not found:
        typer.echo("there is no review queue; `colourway review sample NAME` makes one")
    else:
        _print_queues(found)


@review_app.command("worth")
def worth(*, catalogue: CatalogueOption = None, as_json: JsonFlag = False) -> None:
    """Say how often results are right, by what people judged in random samples.

    By family and by piece, with 95 % intervals, and whether confidence says how often results are
    right; each catalogue by itself.
    """
    from sqlalchemy import select  # noqa: PLC0415 - keeps help quick

    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415
    from producer.review.worth import review_worth  # noqa: PLC0415
    from shared.database.engine import reading  # noqa: PLC0415
    from shared.database.models import Catalogue  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    with ledger_session(get_settings()) as engine:
        wanted = catalogue_id(engine, catalogue)
        query = select(Catalogue.id, Catalogue.name).order_by(Catalogue.name)
        if wanted is not None:
            query = query.where(Catalogue.id == wanted)
        with reading(engine).begin() as connection:
            catalogues = connection.execute(query).all()
        found = [review_worth(engine, key, name) for key, name in catalogues]
    if as_json:
        print_json({"catalogues": [each.to_json() for each in found]})
        return
    for each in found:
        _print_worth(each)


def _of_one(engine: "Engine", products: ProductOptions) -> Any:
    """Return the selection of one catalogue's products: a queue is of one."""
    from dataclasses import replace  # noqa: PLC0415

    from sqlalchemy import select  # noqa: PLC0415

    from shared.database.engine import reading  # noqa: PLC0415
    from shared.database.models import Catalogue  # noqa: PLC0415

    selection = products.selection(engine)
    if selection.catalogue_id is not None:
        return selection
    with reading(engine).begin() as connection:
        found = connection.scalars(select(Catalogue.id).limit(2)).all()
    if len(found) != 1:
        what = (
            "there are several catalogues: name one with --catalogue" if found else "no catalogue"
        )
        raise SettingsError(f"a queue is of one catalogue; {what}")
    return replace(selection, catalogue_id=found[0])


def _new(
    catalogue_id: int | None, name: str, source: Any, made_from: dict[str, Any], by: str | None
) -> "NewQueue":
    from producer.review.queues import NewQueue  # noqa: PLC0415

    assert catalogue_id is not None
    return NewQueue(catalogue_id, name, source, made_from, person_named(by))


def _tell(made: "MadeQueue", new: "NewQueue", *, as_json: bool) -> None:
    if as_json:
        told = {"queue": made.id, "name": new.name, "products": made.products}
        print_json({**told, "left_out_as_decided": made.decided})
        return
    typer.echo(f"review queue {made.id}, {new.name}: {made.products:,} products")
    if made.decided:
        typer.echo(f"left out, for somebody has decided on them: {made.decided:,}")


def _print_queues(found: "list[QueueProgress]") -> None:
    from producer.review.report import print_queues  # noqa: PLC0415
    from shared.cli.console import safe_console  # noqa: PLC0415

    print_queues(found, safe_console())


def _print_worth(found: "ReviewWorth") -> None:
    from producer.review.report import print_worth  # noqa: PLC0415
    from shared.cli.console import safe_console  # noqa: PLC0415

    print_worth(found, safe_console())
