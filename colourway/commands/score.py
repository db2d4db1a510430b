"""The command ``score``: how often a catalogue's own words agree with what was found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from producer.commands.feed_options import FeedOptions, FeedOrFolderArgument
from producer.commands.options import LimitOption
from producer.commands.shop.product_options import print_skipped
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import JsonFlag
from shared.cli.progress import product_count
from shared.errors import FeedError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from producer.enqueue.feed_file import FeedFile
    from producer.score.report import ScoreFigures
    from producer.score.score import CatalogueScore
    from producer.score.spool import ScoreSpool
    from shared.settings import Settings

ON_CONSOLE, ON_PAGE = 20, 8
"""Words on the console, and pictures behind a cell of the page, without --examples."""

WRONG_SHOWN, WRONG_ON_PAGE = 8, 24


@option_groups
def score(
    feed: FeedOrFolderArgument,
    *,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Read the words from this file (sku, colour), not from FEED."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Write score.html, with pictures, and score.csv, all products."
        ),
    ] = None,
    catalogue: Annotated[
        str, typer.Option(metavar="NAME", help="Catalogue that holds the feed's results.")
    ] = "default",
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Only results that meet a condition, such as piece=top; may be repeated.",
        ),
    ] = None,
    limit: LimitOption = None,
    examples: Annotated[
        int, typer.Option(min=0, max=100, help="Pictures behind each cell of the page.")
    ] = ON_PAGE,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="A result is unsure below this confidence.")
    ] = 0.85,
    measured: Annotated[
        bool,
        typer.Option(
            "--measured",
            help="Judge what was measured, where people decided otherwise too.",
        ),
    ] = False,
    as_json: JsonFlag = False,
    reading: FeedOptions,
) -> None:
    """Compare the colour words of a feed with the results that are stored for its products.

    Says how often the found family is one that the shop's word means: of all, of each piece and
    word, with 95 % intervals; how often by either of two families; how often among sure answers;
    whether confidence says how often answers are right; and which words are likely wrong. Prints
    and words that are not understood are counted apart. Nothing is stored.

    Results come from `colourway run FEED`. Exit codes: 0 success, however few agree; 1 an error, or
    nothing to compare; 2 wrong usage.
    """
    # Here, so that showing help stays quick.
    from producer.score.report import ScoreFigures  # noqa: PLC0415
    from producer.score.spool import ScoreSpool  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    settings = get_settings()
    file = reading.feed(feed)
    _require_database(settings, feed)
    with ledger_session(settings) as engine, ScoreSpool() as spool:
        work = _score(settings, engine, spool, catalogue, where)
        work.reader.as_measured = measured
        with product_count("Scoring", quiet=as_json) as show:
            _run(work, file, labels, limit, show)
        figures = ScoreFigures.of(spool, min_confidence)
        _require_something(figures, feed, catalogue)
        if out is not None:
            _write(out, figures, spool, settings, feed=feed, catalogue=catalogue, examples=examples)
        _print(figures, spool, out, as_json=as_json)


def _score(
    settings: "Settings",
    engine: "Engine",
    spool: "ScoreSpool",
    catalogue: str,
    where: list[str] | None,
) -> "CatalogueScore":
    from producer.audit.colour_range import ColourRanges  # noqa: PLC0415
    from producer.audit.lexicon import Lexicon  # noqa: PLC0415
    from producer.audit.names import NameCheck  # noqa: PLC0415
    from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415
    from producer.catalogue.reader import ProductReader, ProductSelection  # noqa: PLC0415
    from producer.reprocess.product_conditions import ColourWords, parse_conditions  # noqa: PLC0415
    from producer.score.score import CatalogueScore  # noqa: PLC0415
    from shared.catalogue.pieces import Pieces  # noqa: PLC0415
    from shared.colour.naming import Naming  # noqa: PLC0415

    conditions = parse_conditions(where, ColourWords(engine, settings.naming))
    selection = ProductSelection(catalogue_id(engine, catalogue), where=conditions, answered=None)
    naming = Naming.load(settings.naming)
    names = NameCheck(Lexicon.load(naming, settings.lexicon), ColourRanges(naming))
    reader = ProductReader(engine, selection, print_skipped())
    return CatalogueScore(reader, names, Pieces.load(settings.pieces), spool)


def _run(
    work: "CatalogueScore", file: "FeedFile", labels: str | None, limit: int | None, show: Any
) -> None:
    from producer.score.words import WordLabels, open_words  # noqa: PLC0415

    with WordLabels() as known:
        if labels is not None:
            known.read(labels, file.columns.merchant_colour)
            file = _without_words(file)
        with open_words(file, known if labels is not None else None, limit) as words:
            work.run(words, show)


def _without_words(file: "FeedFile") -> "FeedFile":
    # --colour-column is a column of the labels then, and the feed need not have it.
    from dataclasses import replace  # noqa: PLC0415

    return replace(file, columns=replace(file.columns, merchant_colour=None))


def _require_database(settings: "Settings", feed: str) -> None:
    from sqlalchemy import make_url  # noqa: PLC0415

    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise FeedError(f"nothing is stored yet; run `colourway run {feed}` first")


def _require_something(figures: "ScoreFigures", feed: str, catalogue: str) -> None:
    from producer.score.outcome import WordOutcome  # noqa: PLC0415

    outcomes, products = figures.outcomes, figures.products
    if not products:
        raise FeedError(
            f"{feed}: no product to score; `colourway feed-check` shows how the feed is read"
        )
    if outcomes[WordOutcome.NO_RESULT] == products:
        named = "" if catalogue == "default" else f" --catalogue {catalogue}"
        raise FeedError(
            f"none of the {products:,} products has a result in the catalogue {catalogue!r}; run "
            f"`colourway run {feed}{named}` first"
        )
    silent = outcomes[WordOutcome.NO_WORD] + outcomes[WordOutcome.NO_RESULT]
    if silent == products:
        raise FeedError(
            f"{feed}: no product has a word for its colour; name its column with --colour-column, "
            "or a file of words with --labels"
        )
    if silent + outcomes[WordOutcome.NOT_UNDERSTOOD] == products:
        raise FeedError(
            f"{feed}: no word for a colour is understood; COLOURWAY_LEXICON names a file of words"
        )


def _write(
    out: Path,
    figures: "ScoreFigures",
    spool: "ScoreSpool",
    settings: "Settings",
    *,
    feed: str,
    catalogue: str,
    examples: int,
) -> None:
    from colourway.pages.score import ScoreFacts, write_score  # noqa: PLC0415 - needs Jinja
    from producer.score.report import write_csv  # noqa: PLC0415
    from shared.colour.naming import Naming  # noqa: PLC0415
    from shared.storage.atomic_write import whole_file  # noqa: PLC0415
    from shared.storage.storage import open_storage  # noqa: PLC0415

    storage = open_storage(settings)
    name = "standard input" if feed == "-" else feed.rstrip("/").rpartition("/")[2]
    facts = ScoreFacts(name, catalogue, examples, WRONG_ON_PAGE)
    naming = Naming.load(settings.naming)
    write_score(out / "score.html", facts, figures, spool, storage=storage, naming=naming)
    with whole_file(str(out / "score.csv"), "--out") as file:
        write_csv(file, spool.products(), figures.min_confidence, storage.link)


def _print(
    figures: "ScoreFigures", spool: "ScoreSpool", out: Path | None, *, as_json: bool
) -> None:
    from producer.score import report  # noqa: PLC0415
    from shared.cli.console import output_console  # noqa: PLC0415

    wrong = spool.likely_wrong(WRONG_SHOWN)
    if as_json:
        told = report.as_json(figures, spool.cells(), wrong)
        print_json({**told, "out": str(out) if out else None})
        return
    console = output_console()
    report.print_score(figures, wrong, console, ON_CONSOLE)
    if out is not None:
        page = (out / "score.html").absolute().as_uri()
        console.print(f"\npage: {page}", highlight=False, soft_wrap=True)
    else:
        console.print("\nwith pictures: add `--out FOLDER`", highlight=False)
