"""The command ``export``: a catalogue's results as a file for other programs."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from producer.commands.options import LimitOption
from producer.commands.shop.product_options import ProductOptions, print_skipped
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import JsonFlag
from shared.cli.progress import product_count
from shared.errors import SettingsError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from producer.catalogue.reader import ProductSelection
    from producer.exports.export import Exported
    from producer.exports.formats import ExportFormat
    from shared.settings import Settings

FORMATS: Final = "csv, jsonl, parquet, merchant, jsonld"


@option_groups
def export(
    out: Annotated[str, typer.Option(metavar="FILE", help="File to write; - is standard output.")],
    *,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORM", help=f"{FORMATS}.", show_default="by FILE's ending"
        ),
    ] = None,
    products: ProductOptions,
    everything: Annotated[
        bool, typer.Option("--all", help="Also write products without a result.")
    ] = False,
    limit: LimitOption = None,
    pictures_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Base URL from which crops are served; their keys are added to it.",
            show_default="their address in the storage",
        ),
    ] = None,
    family_column: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Column for the colour family in a merchant feed, such as custom_label_0.",
        ),
    ] = "color_family",
    language: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Language of colour names, such as de.",
            show_default="COLOURWAY_LANGUAGE",
        ),
    ] = None,
    plain_cells: Annotated[
        bool,
        typer.Option(
            "--plain-cells",
            help="CSV without an apostrophe before cells that a spreadsheet takes for formulas.",
        ),
    ] = False,
    decisions: Annotated[
        bool,
        typer.Option(
            "--decisions",
            help="Write what people decided, and what was measured: a labelled set, CSV or JSONL.",
        ),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a catalogue's results to a file: CSV, JSONL, Parquet, a Google feed or JSON-LD.

    `merchant` (.tsv, .txt) is a supplemental feed for Google Merchant Center: id, item_group_id,
    color and the family; the shop's own colour name is kept where Google accepts it. `jsonld` is an
    array of schema.org Products, one per line.

    A condition is NAME OPERATOR VALUE, of family, name, merchant-colour, pattern, piece, warning,
    confidence, enriched-at, pipeline-version and the other names that backfill knows. The file is
    complete, or it is not written. A product that cannot be written is reported on standard error
    and left out.

    What people decided stands in the place of what was measured.
    """
    # Here, so that showing help stays quick.
    from producer.catalogue.reader import ProductReader  # noqa: PLC0415
    from producer.exports.export import export as write_products  # noqa: PLC0415
    from producer.exports.formats import ExportOptions, open_writer  # noqa: PLC0415
    from producer.exports.labelled import LabelledWriter  # noqa: PLC0415
    from producer.exports.worded import in_words  # noqa: PLC0415
    from shared.catalogue.translations import Words  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415
    from shared.storage.atomic_write import STDOUT, whole_file  # noqa: PLC0415

    if as_json and out == STDOUT:
        raise SettingsError("--out - and --json both write to standard output; name a file")
    chosen = _format(form, out)
    settings = get_settings()
    words = Words.load(language or settings.language, settings.words)
    with ledger_session(settings) as engine:
        selection = products.selection(engine, everything=everything or decisions)
        selection = replace(selection, decided=decisions)
        _require_one_catalogue(engine, selection, chosen)
        options = ExportOptions(_link(settings, pictures_url), family_column, plain_cells, words)
        reader = ProductReader(engine, selection, print_skipped(), limit)
        with product_count("Writing", quiet=as_json) as show, whole_file(out, "--out") as file:
            if decisions:
                writer = LabelledWriter(chosen, file, plain_cells=plain_cells)
            else:
                writer = in_words(open_writer(chosen, file, options), chosen, words)
            done = write_products(reader, writer, show)
    if as_json:
        print_json({"out": out, "format": chosen.value, **asdict(done)})
    else:
        _print(done, out, chosen)


def _format(form: str | None, out: str) -> "ExportFormat":
    from producer.exports.formats import ExportFormat, format_of  # noqa: PLC0415

    if form is None:
        return format_of(out)
    try:
        return ExportFormat(form)
    except ValueError:
        raise SettingsError(f"--format {form!r} is unknown; the formats are {FORMATS}") from None


def _require_one_catalogue(
    engine: "Engine", selection: "ProductSelection", form: "ExportFormat"
) -> None:
    """Raise SettingsError where a feed would mix catalogues: skus are unique in one alone."""
    from sqlalchemy import func, select  # noqa: PLC0415

    from producer.exports.formats import ExportFormat  # noqa: PLC0415
    from shared.database.engine import reading  # noqa: PLC0415
    from shared.database.models import Catalogue  # noqa: PLC0415

    if form is not ExportFormat.MERCHANT or selection.catalogue_id is not None:
        return
    with reading(engine).begin() as connection:
        count = connection.scalar(select(func.count()).select_from(Catalogue)) or 0
    if count > 1:
        raise SettingsError(
            f"a merchant feed holds one catalogue, and there are {count}: name one with "
            "--catalogue; `colourway status` lists them"
        )


def _link(settings: "Settings", pictures_url: str | None) -> Callable[[str | None], str | None]:
    from shared.storage.storage import open_storage  # noqa: PLC0415

    if pictures_url is not None:
        base = pictures_url.rstrip("/")
        return lambda key: None if key is None else f"{base}/{key}"
    storage = open_storage(settings)
    return lambda key: None if key is None else storage.link(key)


def _print(done: "Exported", out: str, form: "ExportFormat") -> None:
    # On standard error: standard output may be the file.
    typer.echo(f"products written: {done.products:,}, as {form.value}", err=True)
    if done.left_out:
        typer.echo(f"left out: {done.left_out:,}", err=True)
    if done.remarked:
        typer.echo(f"written in part: {done.remarked:,}", err=True)
    if not done.products and not done.left_out:
        typer.echo("no product has a result yet; --all writes products without one", err=True)
