"""The command ``export``: a catalogue's answers as a file that others read."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from producer.commands.reprocess.retry import CatalogueOption, JsonFlag, LimitOption
from shared.errors import SettingsError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from producer.catalogue.reader import ProductSelection
    from producer.exports.export import Exported
    from producer.exports.formats import ExportFormat
    from shared.settings import Settings

MOST_TOLD: Final = 10
"""How many products that are left out are told one by one."""

FORMATS: Final = "csv, jsonl, parquet, merchant, jsonld"

CategoryOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only products of this category; repeat it for more."),
]
ProductsWhere = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="CONDITION",
        help="Only products that meet it, such as family=navy; repeat it for more, all of which "
        "must be met.",
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Only products that have changed since: 2026-11-24T18:30Z."),
]


def export(
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to write; - is standard output.")],
    *,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="FORM", help=f"{FORMATS}; else what FILE's ending says."),
    ] = None,
    catalogue: CatalogueOption = None,
    category: CategoryOption = None,
    where: ProductsWhere = None,
    since: SinceOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Products without a result, too.")
    ] = False,
    limit: LimitOption = None,
    pictures_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where crops are served from, in front of their keys; else their "
            "place in the storage.",
        ),
    ] = None,
    family_column: Annotated[
        str,
        typer.Option(metavar="NAME", help="Google's column for the family: say custom_label_0."),
    ] = "color_family",
    language: Annotated[
        str | None,
        typer.Option(
            metavar="CODE", help="Words in this language, such as de; else COLOURWAY_LANGUAGE."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a catalogue's colours for others to read: CSV, JSONL, Parquet, a Google feed, JSON-LD.

    `merchant` (.tsv, .txt) is a supplemental feed for Google Merchant Center: id, item_group_id,
    color and the family; the shop's own colour name is kept where Google takes it. `jsonld` is an
    array of schema.org Products, one a line.

    A condition is NAME OPERATOR VALUE, of family, name, merchant-colour, pattern, piece, warning,
    confidence, enriched-at, pipeline-version and the others that backfill knows. The file appears
    whole or not at all. A product that cannot be written is told on standard error and left out.
    """
    # Here, so that showing help stays quick.
    from producer.catalogue.reader import ProductReader  # noqa: PLC0415
    from producer.commands.reprocess.promote import progress  # noqa: PLC0415
    from producer.exports.export import export as run  # noqa: PLC0415
    from producer.exports.formats import ExportOptions, open_writer  # noqa: PLC0415
    from producer.exports.worded import in_words  # noqa: PLC0415
    from shared.catalogue.translations import Words  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415
    from shared.storage.atomic_write import STDOUT, whole_file  # noqa: PLC0415

    if as_json and out == STDOUT:
        raise SettingsError("--out - and --json both want standard output; name a file")
    chosen = _format(form, out)
    settings = get_settings()
    words = Words.load(language or settings.language, settings.words)
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        selection = select_products(
            engine,
            catalogue=catalogue,
            category=category,
            where=where,
            since=since,
            everything=everything,
        )
        _require_one_catalogue(engine, selection, chosen)
        options = ExportOptions(_link(settings, pictures_url), family_column)
        reader = ProductReader(engine, selection, tell_first(), limit)
        with progress("Writing", quiet=as_json) as show, whole_file(out, "--out") as file:
            writer = in_words(open_writer(chosen, file, options), chosen, words)
            done = run(reader, writer, show)
    finally:
        engine.dispose()
    if as_json:
        typer.echo(json.dumps({"out": out, "format": chosen.value, **asdict(done)}, indent=2))
    else:
        _tell(done, out, chosen)


def select_products(
    engine: "Engine",
    *,
    catalogue: str | None,
    category: list[str] | None,
    where: list[str] | None,
    since: str | None,
    everything: bool,
) -> "ProductSelection":
    """Return which products the options choose. Raises SettingsError where one makes no sense."""
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415
    from producer.catalogue.reader import ProductSelection  # noqa: PLC0415
    from producer.reprocess.conditions import read_moment  # noqa: PLC0415
    from producer.reprocess.product_conditions import parse_conditions  # noqa: PLC0415

    try:
        moment = None if since is None else read_moment(since)
    except ValueError as error:
        raise SettingsError(f"--since: {error}") from None
    return ProductSelection(
        catalogue_id(engine, catalogue),
        tuple(category or ()),
        parse_conditions(where),
        moment,
        answered=not everything,
    )


def tell_first() -> Callable[[str, str], None]:
    """Return what tells of products on standard error, the first few times."""
    told = 0

    def tell(sku: str, reason: str) -> None:
        nonlocal told
        told += 1
        if told <= MOST_TOLD:
            typer.echo(f"{sku}: {reason}", err=True)
        elif told == MOST_TOLD + 1:
            typer.echo("further ones are only counted", err=True)

    return tell


def _format(form: str | None, out: str) -> "ExportFormat":
    from producer.exports.formats import ExportFormat, format_of  # noqa: PLC0415

    if form is None:
        return format_of(out)
    try:
        return ExportFormat(form)
    except ValueError:
        raise SettingsError(f"--format {form!r}: there are {FORMATS}") from None


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
            f"--catalogue: a merchant feed is of one, and there are {count}; "
            "`colourway status` lists them"
        )


def _link(settings: "Settings", pictures_url: str | None) -> Callable[[str | None], str | None]:
    from shared.storage.storage import open_storage  # noqa: PLC0415

    if pictures_url is not None:
        base = pictures_url.rstrip("/")
        return lambda key: None if key is None else f"{base}/{key}"
    storage = open_storage(settings)
    return lambda key: None if key is None else storage.link(key)


def _tell(done: "Exported", out: str, form: "ExportFormat") -> None:
    # On standard error: standard output may be the file.
    typer.echo(f"products written: {done.products:,}, as {form.value}", err=True)
    if done.left_out:
        typer.echo(f"left out: {done.left_out:,}", err=True)
    if done.remarked:
        typer.echo(f"written in part: {done.remarked:,}", err=True)
    if not done.products and not done.left_out:
        typer.echo("nothing has a result yet; --all writes products without one, too", err=True)
