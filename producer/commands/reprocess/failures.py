"""The command ``failures``: failed pictures as a feed, to be corrected and enqueued again."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from producer.commands.options import BatchOption, CodeOption
from shared.cli.console import say
from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.storage.atomic_write import STDOUT, whole_text

if TYPE_CHECKING:
    from producer.reprocess.failures import Written

_ENDINGS: Final = (".csv", ".jsonl", ".ndjson")


def failures(
    out: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="File to write, .csv or .jsonl; - prints CSV on standard output."
        ),
    ],
    *,
    catalogue: Annotated[str, typer.Option(help="Catalogue of the feed.")] = "default",
    code: CodeOption = None,
    batch: BatchOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Write failed pictures and the reasons as a feed: correct it, then enqueue it again.

    One row for each picture, with its code, stage and message. A product with a failed picture is
    written with all its pictures, in order, because a feed lists all pictures of a product; rows
    without a code did not fail.

    `colourway enqueue FILE` or `colourway run FILE` then processes the pictures whose URL you
    changed, and with --retry-failed also those that failed under the same URL.
    """
    # Here, so that showing help stays quick.
    from producer.catalogue.lookups import catalogue_id, require_batch  # noqa: PLC0415
    from producer.reprocess.failures import (  # noqa: PLC0415
        csv_writer,
        failed_products,
        json_writer,
        write_failures,
    )
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.errors import SettingsError  # noqa: PLC0415
    from shared.ledger.reopening import Failures  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    ending = ".csv" if out == STDOUT else Path(out).suffix.lower()
    if ending not in _ENDINGS:
        raise SettingsError(f"--out {out}: name a file that ends in {', '.join(_ENDINGS)}, or -")
    if out == STDOUT and as_json:
        raise SettingsError("--out - and --json both write to standard output; name a file")
    settings = get_settings()
    with ledger_session(settings) as engine:
        require_batch(engine, batch)
        command = "run" if settings.embedded else "enqueue"
        wanted = Failures(
            codes=tuple(code or ()), batch_id=batch, catalogue_id=catalogue_id(engine, catalogue)
        )
        products = failed_products(engine, wanted)
        with whole_text(out, "--out") as file:
            as_text = ending == ".csv"
            write = csv_writer(file) if as_text else json_writer(file)
            written = write_failures(products, write, as_text=as_text)
    if as_json:
        print_json({"catalogue": catalogue, "out": out, **asdict(written)})
    else:
        _print(written, out, f"colourway {command} {shlex.quote(out)}", catalogue)


def _print(written: "Written", out: str, command: str, catalogue: str) -> None:
    # On standard error: standard output may be the feed.
    typer.echo(
        f"pictures that failed: {written.pictures:,}, of {written.products:,} products", err=True
    )
    if written.left_out:
        typer.echo(
            f"left out: {written.left_out:,} products with URLs that CSV would split; use .jsonl",
            err=True,
        )
    if written.products and out != STDOUT:
        say(
            f"next: correct {out}, then `{command} --catalogue {shlex.quote(catalogue)}`, with "
            "--retry-failed where the URLs stay",
            err=True,
        )
