"""The command ``failures``: what failed, as a feed that can be mended and given in again."""

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from producer.commands.reprocess.retry import BatchOption, CodeOption, JsonFlag
from shared.storage.atomic_write import STDOUT, whole_text

if TYPE_CHECKING:
    from producer.reprocess.failures import Written

_ENDINGS: Final = (".csv", ".jsonl", ".ndjson")


def failures(
    out: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="Where to write: .csv or .jsonl; - prints CSV on standard output."
        ),
    ],
    *,
    catalogue: Annotated[
        str, typer.Option(help="The catalogue, for a feed is of one.")
    ] = "default",
    code: CodeOption = None,
    batch: BatchOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Write what failed and why, as a feed: mend it, and give it in again.

    One row for each picture, with its code, stage and message. A product of which a picture failed
    is written with all its pictures, in order, since a feed says which pictures a product has;
    rows without a code are those that did not fail.

    Give it in with `colourway enqueue FILE` or `colourway run FILE`: pictures with another URL are
    done, and with --retry-failed those that failed under the same one.
    """
    # Here, so that showing help stays quick.
    from producer.catalogue.lookups import catalogue_id, require_batch  # noqa: PLC0415
    from producer.reprocess.failures import (  # noqa: PLC0415
        csv_writer,
        failed_products,
        json_writer,
        write_failures,
    )
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.errors import SettingsError  # noqa: PLC0415
    from shared.ledger.reopening import Failures  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    ending = ".csv" if out == STDOUT else Path(out).suffix.lower()
    if ending not in _ENDINGS:
        raise SettingsError(f"--out {out}: name a file that ends in {', '.join(_ENDINGS)}, or -")
    if out == STDOUT and as_json:
        raise SettingsError("--out - and --json both want standard output; name a file")
    engine = open_engine(get_settings().database_url)
    try:
        require_current_schema(engine)
        require_batch(engine, batch)
        wanted = Failures(
            codes=tuple(code or ()), batch_id=batch, catalogue_id=catalogue_id(engine, catalogue)
        )
        products = failed_products(engine, wanted)
        with whole_text(out, "--out") as file:
            as_text = ending == ".csv"
            write = csv_writer(file) if as_text else json_writer(file)
            written = write_failures(products, write, as_text=as_text)
    finally:
        engine.dispose()
    if as_json:
        told = {"catalogue": catalogue, "out": out, **asdict(written)}
        typer.echo(json.dumps(told, indent=2))
    else:
        _tell(written, out, catalogue)


def _tell(written: "Written", out: str, catalogue: str) -> None:
    # On standard error: standard output may be the feed.
    typer.echo(
        f"pictures that failed: {written.pictures:,}, of {written.products:,} products", err=True
    )
    if written.left_out:
        typer.echo(
            f"left out: {written.left_out:,} products with URLs that CSV would split; write .jsonl",
            err=True,
        )
    if written.products and out != STDOUT:
        typer.echo(
            f"mend {out}, and give it in again: colourway enqueue {shlex.quote(out)} "
            f"--catalogue {shlex.quote(catalogue)}, with --retry-failed where the URLs stay",
            err=True,
        )
