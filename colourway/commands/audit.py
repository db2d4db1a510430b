"""The command ``audit``: where a catalogue's words and pictures disagree.

In the front door, since a page with pictures needs the worker's side too; the rest does not.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from producer.audit.kind import Kind
from producer.commands.reprocess.retry import CatalogueOption, JsonFlag, LimitOption
from producer.commands.shop.export import (
    CategoryOption,
    ProductsWhere,
    SinceOption,
    select_products,
    tell_first,
)

if TYPE_CHECKING:
    from producer.audit.audit import Audited, Limits
    from producer.audit.names import NameCheck
    from producer.audit.spool import Spool
    from shared.settings import Settings

EXIT_FOUND: Final = 1
ON_PAGE, ON_CONSOLE = 60, 8
"""Findings of each kind on the page, and on the console or in JSON, unless told."""


def audit(
    *,
    only: Annotated[
        list[Kind] | None,
        typer.Option("--only", help="Look for this alone; repeat it for more. Else for all four."),
    ] = None,
    catalogue: CatalogueOption = None,
    category: CategoryOption = None,
    where: ProductsWhere = None,
    since: SinceOption = None,
    limit: LimitOption = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page with swatches and crops, by itself whole."),
    ] = None,
    csv: Annotated[
        str | None,
        typer.Option("--csv", metavar="FILE", help="Write all findings as CSV; - prints it."),
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=1000,
            help=f"The surest findings of each kind that are shown: {ON_PAGE} on the page, "
            f"{ON_CONSOLE} elsewhere, unless said.",
        ),
    ] = None,
    fail_on: Annotated[
        list[Kind] | None,
        typer.Option(help="End with code 1 where there is such a finding; repeat it for more."),
    ] = None,
    delta_e: Annotated[
        float, typer.Option(min=0, max=100, help="From here on a colour is another, CIEDE2000.")
    ] = 15.0,
    same_delta_e: Annotated[
        float, typer.Option(min=0.1, max=100, help="Up to here two variants look the same.")
    ] = 3.0,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Below this an answer is unsure.")
    ] = 0.85,
    as_json: JsonFlag = False,
) -> None:
    """Find what a merchandiser should look at: words and pictures that disagree.

    name: the shop's word for the colour does not fit the picture, by CIEDE2000 to the nearest
    colour that the word may mean. variants: products of one item group that measure the same and
    are called differently. photos: photos of one product that show different colours. doubt: low
    confidence, or warnings. The surest come first. A name that nobody understands is no finding;
    COLOURWAY_LEXICON teaches it.

    Exit codes: 0 it was done, whatever was found; 1 an error, or a finding of a kind that
    --fail-on names; 2 wrong usage.
    """
    # Here, so that showing help stays quick.
    from producer.audit.audit import Audit, Limits  # noqa: PLC0415
    from producer.audit.spool import Spool  # noqa: PLC0415
    from producer.catalogue.reader import ProductReader  # noqa: PLC0415
    from producer.commands.reprocess.promote import progress  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.errors import SettingsError  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    if as_json and csv == "-":
        raise SettingsError("--csv - and --json both want standard output; name a file")
    settings = get_settings()
    limits = Limits(frozenset(only or Kind), delta_e, same_delta_e, min_confidence)
    names = _name_check(settings, limits)
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        selection = select_products(
            engine,
            catalogue=catalogue,
            category=category,
            where=where,
            since=since,
            everything=False,
        )
        reader = ProductReader(engine, selection, tell_first(), limit)
        with Spool() as spool:
            with progress("Looking", quiet=as_json) as show:
                done = Audit(reader, names, spool, limits).run(show)
            if html is not None:
                _write_page(html, done, spool, settings, ON_PAGE if examples is None else examples)
            if csv is not None:
                _write_csv(csv, spool, settings)
            shown = ON_CONSOLE if examples is None else examples
            _tell(done, spool, shown, html=html, csv=csv, as_json=as_json)
    finally:
        engine.dispose()
    if any(done.counts[kind] for kind in fail_on or ()):
        raise typer.Exit(EXIT_FOUND)


def _name_check(settings: "Settings", limits: "Limits") -> "NameCheck":
    from producer.audit.colour_range import ColourRanges  # noqa: PLC0415
    from producer.audit.lexicon import Lexicon  # noqa: PLC0415
    from producer.audit.names import NameCheck  # noqa: PLC0415
    from shared.colour.naming import Naming  # noqa: PLC0415

    naming = Naming.load(settings.naming)
    lexicon = Lexicon.load(naming, settings.lexicon)
    return NameCheck(lexicon, ColourRanges(naming), limits.other_colour)


def _write_page(
    path: Path, done: "Audited", spool: "Spool", settings: "Settings", examples: int
) -> None:
    from colourway.pages.audit import write_audit  # noqa: PLC0415 - needs Jinja, the worker's side
    from shared.errors import ColourwayError  # noqa: PLC0415
    from shared.storage.storage import open_storage  # noqa: PLC0415

    try:
        write_audit(path, done, spool, open_storage(settings), examples)
    except OSError as error:
        raise ColourwayError(f"--html {path}: {error.strerror or error}") from error


def _write_csv(out: str, spool: "Spool", settings: "Settings") -> None:
    from producer.audit.table import write_csv  # noqa: PLC0415
    from shared.storage.atomic_write import whole_file  # noqa: PLC0415
    from shared.storage.storage import open_storage  # noqa: PLC0415

    findings = (each for kind in Kind for each in spool.findings(kind))
    with whole_file(out, "--csv") as file:
        write_csv(file, findings, open_storage(settings).link)


def _tell(
    done: "Audited",
    spool: "Spool",
    shown: int,
    *,
    html: Path | None,
    csv: str | None,
    as_json: bool,
) -> None:
    from colourway.commands.run import output  # noqa: PLC0415
    from producer.audit.table import as_json as told  # noqa: PLC0415
    from producer.audit.table import print_audit  # noqa: PLC0415

    if as_json:
        places = {"html": str(html) if html else None, "csv": csv}
        typer.echo(json.dumps({**told(done, spool, shown), **places}, indent=2))
        return
    if csv == "-":
        return
    console = output()
    print_audit(done, spool, console, shown)
    if html is not None:
        console.print(f"\npage: {html.absolute().as_uri()}", highlight=False, soft_wrap=True)
    elif done.total:
        console.print("\nto look at: `colourway audit --html audit.html`", highlight=False)
