"""The command ``audit``: products whose words and pictures disagree."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from producer.audit.kind import FindingKind
from producer.commands.options import LimitOption
from producer.commands.shop.product_options import ProductOptions, print_skipped
from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import JsonFlag
from shared.cli.progress import product_count

if TYPE_CHECKING:
    from producer.audit.audit import Audited, AuditLimits
    from producer.audit.names import NameCheck
    from producer.audit.spool import Spool
    from shared.settings import Settings

ON_PAGE, ON_CONSOLE = 60, 8
"""Findings of each kind on the page, and on the console or in JSON, without --examples."""


@option_groups
def audit(
    *,
    only: Annotated[
        list[FindingKind] | None,
        typer.Option(
            "--only", help="Look for this kind only; may be repeated.", show_default="all four"
        ),
    ] = None,
    products: ProductOptions,
    limit: LimitOption = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write an HTML page with swatches and crops."),
    ] = None,
    csv: Annotated[
        str | None,
        typer.Option(
            "--csv", metavar="FILE", help="Write all findings as CSV; - is standard output."
        ),
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=1000,
            help="Findings shown per kind, the surest first.",
            show_default=f"{ON_PAGE} on the page, {ON_CONSOLE} elsewhere",
        ),
    ] = None,
    fail_on: Annotated[
        list[FindingKind] | None,
        typer.Option(help="Exit with code 1 if there is a finding of this kind; may be repeated."),
    ] = None,
    delta_e: Annotated[
        float,
        typer.Option(
            min=0, max=100, help="Name and picture disagree from this CIEDE2000 distance on."
        ),
    ] = 15.0,
    same_delta_e: Annotated[
        float,
        typer.Option(
            min=0.1, max=100, help="Two variants look the same up to this CIEDE2000 distance."
        ),
    ] = 3.0,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="A result is doubtful below this confidence.")
    ] = 0.5,
    as_json: JsonFlag = False,
) -> None:
    """Find products that a merchandiser should check: their words and pictures disagree.

    name: the shop's colour name does not fit the picture, by CIEDE2000 to the nearest colour that
    the name may mean. variants: products of one item group with the same measured colour and
    different names. photos: photos of one product that show different colours. doubt: low
    confidence, warnings, or a placeholder. The surest come first. An unknown colour name is not a
    finding; COLOURWAY_LEXICON adds words.

    Exit codes: 0 success, whatever was found; 1 an error, or a finding of a kind given with
    --fail-on; 2 wrong usage.
    """
    # Here, so that showing help stays quick.
    from producer.audit.audit import Audit, AuditLimits  # noqa: PLC0415
    from producer.audit.spool import Spool  # noqa: PLC0415
    from producer.catalogue.reader import ProductReader  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.errors import SettingsError  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    if as_json and csv == "-":
        raise SettingsError("--csv - and --json both write to standard output; name a file")
    settings = get_settings()
    limits = AuditLimits(frozenset(only or FindingKind), delta_e, same_delta_e, min_confidence)
    names = _name_check(settings, limits)
    with ledger_session(settings) as engine, Spool() as spool:
        reader = ProductReader(engine, products.selection(engine), print_skipped(), limit)
        with product_count("Auditing", quiet=as_json) as show:
            done = Audit(reader, names, spool, limits).run(show)
        if html is not None:
            _write_page(html, done, spool, settings, ON_PAGE if examples is None else examples)
        if csv is not None:
            _write_csv(csv, spool, settings)
        shown = ON_CONSOLE if examples is None else examples
        _print(done, spool, shown, html=html, csv=csv, as_json=as_json)
    if any(done.counts[kind] for kind in fail_on or ()):
        raise typer.Exit(EXIT_FAILED)


def _name_check(settings: "Settings", limits: "AuditLimits") -> "NameCheck":
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
    from colourway.pages.audit import write_audit  # noqa: PLC0415 - needs Jinja
    from shared.storage.storage import open_storage  # noqa: PLC0415

    write_audit(path, done, spool, open_storage(settings), examples)


def _write_csv(out: str, spool: "Spool", settings: "Settings") -> None:
    from producer.audit.table import write_csv  # noqa: PLC0415
    from shared.storage.atomic_write import whole_file  # noqa: PLC0415
    from shared.storage.storage import open_storage  # noqa: PLC0415

    findings = (each for kind in FindingKind for each in spool.findings(kind))
    with whole_file(out, "--csv") as file:
        write_csv(file, findings, open_storage(settings).link)


def _print(
    done: "Audited",
    spool: "Spool",
    shown: int,
    *,
    html: Path | None,
    csv: str | None,
    as_json: bool,
) -> None:
    from producer.audit import table  # noqa: PLC0415
    from shared.cli.console import output_console  # noqa: PLC0415

    if as_json:
        files = {"html": str(html) if html else None, "csv": csv}
        print_json({**table.as_json(done, spool, shown), **files})
        return
    if csv == "-":
        return
    console = output_console()
    table.print_audit(done, spool, console, shown)
    if html is not None:
        console.print(f"\npage: {html.absolute().as_uri()}", highlight=False, soft_wrap=True)
    elif done.total:
        console.print("\nwith pictures: `colourway audit --html audit.html`", highlight=False)
