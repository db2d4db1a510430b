"""The command ``validate-feed``: a Merchant Center feed against the rules for its colours."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.cli.exit_codes import EXIT_FAILED
from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.cli.progress import status_line

if TYPE_CHECKING:
    from producer.merchant.check import Violation


def validate_feed(
    feed: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="TSV, CSV, XML (RSS or Atom) or JSONL, may be gzipped; - reads standard input.",
        ),
    ],
    *,
    limit: Annotated[
        int | None, typer.Option(min=0, help="Show only the first N; all are counted.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check any Google Merchant Center feed and list every violation of the colour rules.

    Checks color (at most 3 names separated by slashes, 40 characters each and 100 together, no
    codes or numbers), id (present, unique, up to 50 characters) and item_group_id. Prints one line
    for each violation: file, line, id, attribute, problem.

    Exit codes: 0 no violation; 1 violations, or the feed cannot be read; 2 wrong usage.
    """
    from producer.merchant.check import FeedCheck  # noqa: PLC0415 - keeps help quick
    from producer.merchant.feed import open_merchant_feed  # noqa: PLC0415

    check = FeedCheck()
    shown: list[dict[str, Any]] = []
    with status_line("Checking the feed", quiet=as_json), open_merchant_feed(feed) as opened:
        for violation in check.violations_of(opened):
            if limit is not None and check.violations > limit:
                continue
            if as_json:
                shown.append(_printable(violation))
            else:
                typer.echo(_line(feed, violation))
    if as_json:
        counts = {"items": check.items, "violations": check.violations}
        print_json({"file": feed, **counts, "shown": shown})
    else:
        typer.echo(f"{check.items:,} items, {check.violations:,} violations", err=True)
    if check.violations:
        raise typer.Exit(EXIT_FAILED)


def _line(feed: str, violation: "Violation") -> str:
    item, name = violation.id, violation.attribute
    words = [
        f"{feed}:{violation.line}:",
        *([f"{item}:"] if item else []),
        *([name] if name else []),
    ]
    return _safe(" ".join([*words, violation.problem]))


def _printable(violation: "Violation") -> dict[str, Any]:
    return {
        name: _safe(value) if isinstance(value, str) else value
        for name, value in violation._asdict().items()
    }


def _safe(text: str) -> str:
    # What is not in the feed's encoding cannot be printed in any other.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
