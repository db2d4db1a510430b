"""The command ``validate-feed``: a Merchant Center feed against the rules for its colours."""

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from producer.commands.reprocess.retry import JsonFlag

if TYPE_CHECKING:
    from producer.merchant.check import Violation

EXIT_VIOLATIONS: Final = 1


def validate_feed(
    feed: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="TSV, CSV, XML (RSS or Atom) or JSONL, packed with gzip or not; - reads standard "
            "input.",
        ),
    ],
    *,
    limit: Annotated[
        int | None, typer.Option(min=0, help="Show only the first so many; all are counted.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a Google Merchant Center feed, from here or anywhere, and list every violation.

    Looks at color (at most 3, parted by slashes, 40 characters each and 100 together, names and
    not codes or numbers), at id (there, unique, up to 50 characters) and at item_group_id. One
    line for each violation: file, line, id, attribute, what is wrong.

    Exit codes: 0 nothing is wrong; 1 there are violations, or the feed cannot be read; 2 wrong
    usage.
    """
    from producer.merchant.check import FeedCheck  # noqa: PLC0415 - so that showing help is quick
    from producer.merchant.feed import open_merchant_feed  # noqa: PLC0415

    check = FeedCheck()
    shown: list[dict[str, Any]] = []
    with open_merchant_feed(feed) as opened:
        for violation in check.violations_of(opened):
            if limit is not None and check.violations > limit:
                continue
            if as_json:
                shown.append(_printable(violation))
            else:
                typer.echo(_line(feed, violation))
    if as_json:
        told = {"file": feed, "items": check.items, "violations": check.violations, "shown": shown}
        typer.echo(json.dumps(told, indent=2))
    else:
        typer.echo(f"{check.items:,} items, {check.violations:,} violations", err=True)
    if check.violations:
        raise typer.Exit(EXIT_VIOLATIONS)


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
