"""A diff as text: for people on a console, and for programs as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from producer.staged.changes import Change, ChangeExample, Changes, Pair
from producer.staged.diff import Diff
from shared.catalogue.product_answer import Answer
from shared.contracts.jobs import Staging

WORDS: Final = {
    Change.UNCHANGED: "the same colour",
    Change.SHADE: "another colour of the same family",
    Change.FAMILY: "another family",
    Change.ANSWERED: "a colour for the first time",
    Change.LOST: "no colour any more",
    Change.FAILED: "no result: they keep what they have",
    Change.OVERTAKEN: "overtaken: they keep what is newer",
}
"""The changes in words."""

NONE: Final = "no colour"
MOST_PAIRS: Final = 20
"""How many pairs of families are shown to people; JSON holds all of them."""

MOVES: Final = (Change.FAMILY, Change.LOST, Change.ANSWERED)
"""Changes that are shown with their families."""


def moves(found: Changes) -> list[tuple[Pair, int]]:
    """Return the pairs of families between which products move, the most frequent first."""
    pairs = [(pair, count) for pair, count in found.pairs.items() if pair.change in MOVES]
    return sorted(pairs, key=lambda each: (-each[1], each[0].before or "", each[0].after or ""))


def state_of(found: Diff) -> str:
    """Return how far the batch is, in a few words."""
    words = {
        Staging.STAGED: "staged",
        Staging.PROMOTING: "promoted in part; run `colourway promote` again",
        Staging.PROMOTED: "promoted",
        Staging.ROLLING_BACK: "rolled back in part; run `colourway rollback` again",
        Staging.ROLLED_BACK: "rolled back",
    }
    return words[found.batch.staging]


def disagreements(found: Diff) -> int:
    """Return on how many products the batch says something else than people decided."""
    return sum(found.decided.products[change] for change in MOVES)


def print_diff(found: Diff, console: Console) -> None:
    """Print a diff for people."""
    batch, jobs = found.batch, found.jobs
    head = (
        f"batch {batch.id} · {batch.source or 'backfill'} · {batch.created_at:%Y-%m-%d %H:%M} UTC"
    )
    console.print(Text(f"{head} · {state_of(found)}"), soft_wrap=True)
    console.print(f"jobs: {jobs.done:,} done, {jobs.failed:,} failed, {jobs.left:,} left\n")
    print_changes(found, console)
    for code, count in found.codes.most_common():
        console.print(f"pictures without a result, {code.value}: {count:,}")
    if decided := found.decided.products.total():
        console.print(
            f"decided on by people: {decided:,} products; the batch disagrees on "
            f"{disagreements(found):,}, and promoting it leaves the decisions as they are"
        )
    overtaken = found.overtaken + found.superseded
    if overtaken:
        console.print(f"pictures that have a newer job or result: {overtaken:,}")


def print_changes(found: Changes, console: Console, words: Mapping[Change, str] = WORDS) -> None:
    """Print how the products change, for people."""
    table = Table("products", "would have", box=None, pad_edge=False, show_header=False)
    table.columns[0].justify = "right"
    table.add_row(f"{found.products.total():,}", "products", style="bold")
    for change, told in words.items():
        if found.products[change]:
            table.add_row(f"{found.products[change]:,}", told)
    console.print(table)
    if found.compared:
        console.print(
            f"\n{found.changed:,} of {found.compared:,} products leave their family, "
            f"{found.changed_percent:.1f} %"
        )
    pairs = moves(found)
    if pairs:
        console.print()
        console.print(_pairs(pairs[:MOST_PAIRS]))
    if len(pairs) > MOST_PAIRS:
        console.print(f"… and {len(pairs) - MOST_PAIRS:,} more pairs; --json has all of them")


def _pairs(pairs: list[tuple[Pair, int]]) -> Table:
    table = Table("from", "", "to", "products", box=None, pad_edge=False)
    table.columns[3].justify = "right"
    for pair, count in pairs:
        table.add_row(Text(pair.before or NONE), "→", Text(pair.after or NONE), f"{count:,}")
    return table


def as_json(found: Diff) -> dict[str, Any]:
    """Return a diff as plain JSON values."""
    jobs = found.jobs
    return {
        "batch": found.batch.id,
        "staging": found.batch.staging.name.lower(),
        "hold": found.batch.staging.value,  # its name until 0.2
        "source": found.batch.source,
        "created_at": found.batch.created_at.isoformat(),
        "jobs": {
            "done": jobs.done,
            "failed": jobs.failed,
            "left": jobs.left,
            "superseded": found.superseded,
        },
        **changes_as_json(found, Change),
        "decided": {
            **changes_as_json(found.decided, MOVES),
            "disagree": disagreements(found),
            "examples": examples_as_json(found.decided),
        },
        "pictures": {
            "with_result": found.pictures,
            "promoted": found.promoted,
            "overtaken": found.overtaken,
            "without_result": {code.value: count for code, count in found.codes.most_common()},
        },
        "examples": examples_as_json(found),
    }


def changes_as_json(found: Changes, kinds: Iterable[Change]) -> dict[str, Any]:
    """Return how the products change as plain JSON values, with counts of these kinds."""
    return {
        "products": found.products.total(),
        **{change.value: found.products[change] for change in kinds},
        "compared": found.compared,
        "changed": found.changed,
        "changed_percent": round(found.changed_percent, 3),
        "families": [
            {"change": pair.change.value, "from": pair.before, "to": pair.after, "products": count}
            for pair, count in moves(found)
        ],
    }


def examples_as_json(found: Changes) -> list[dict[str, Any]]:
    """Return the examples as plain JSON values."""
    return [
        {"change": pair.change.value, **_example(example)}
        for pair, examples in found.examples.items()
        for example in examples
    ]


def _example(example: ChangeExample) -> dict[str, Any]:
    return {
        "catalogue": example.catalogue,
        "sku": example.sku,
        "title": example.title,
        "category": example.category,
        "merchant_colour": example.merchant_colour,
        "before": _colour(example.before),
        "after": _colour(example.after),
        "codes": [code.value for code in example.codes],
        "decision": example.decision.to_json() if example.decision else None,
    }


def _colour(answer: Answer | None) -> dict[str, Any] | None:
    if answer is None or answer.colour is None:
        return None
    colour = answer.colour
    return {
        "hex": colour.hex,
        "name": colour.name,
        "family": answer.family,
        "family_second": answer.main.family_second,
        "pattern": answer.main.pattern,
        "confidence": round(answer.confidence, 3),
        "thumbnail": answer.main.keys.shown,
    }
