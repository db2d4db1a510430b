"""Checking a Merchant Center feed against the rules for colours, ids and item groups."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final, NamedTuple

from producer.feeds.record import Rejected
from producer.merchant.colour import colour_complaints, group_complaints, id_complaints
from producer.merchant.feed import COLOUR, GROUP, ID, FeedItem, MerchantFeed


class Violation(NamedTuple):
    """Something that breaks a rule: where, of which item and attribute, and what.

    ``id`` and ``attribute`` are None for a row that cannot be read at all.
    """

    line: int
    id: str | None
    attribute: str | None
    problem: str


@dataclass(slots=True)
class FeedCheck:
    """How many items and rows of a feed were looked at so far, and how many violations found."""

    items: int = 0
    violations: int = 0

    def violations_of(self, feed: MerchantFeed) -> Iterator[Violation]:
        """Yield every violation in the order of the feed; memory does not grow with it."""
        for name in feed.missing:
            yield from self._counted([Violation(1, None, name, "there is no such column")])
        with closing(sqlite3.connect("", isolation_level=None)) as seen:  # "": a file that goes
            seen.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
            for item in feed.items:
                self.items += 1
                if isinstance(item, Rejected):
                    yield from self._counted([Violation(item.line, None, None, item.reason)])
                else:
                    yield from self._counted(_of_item(item, feed.missing, seen))

    def _counted(self, found: list[Violation]) -> list[Violation]:
        self.violations += len(found)
        return found


_RULES: Final[Mapping[str, Callable[[str], list[str]]]] = {
    ID: id_complaints,
    COLOUR: colour_complaints,
    GROUP: group_complaints,
}


def _of_item(item: FeedItem, missing: tuple[str, ...], seen: sqlite3.Connection) -> list[Violation]:
    key = next(iter(item.values.get(ID, ())), "")
    problems: list[tuple[str, str]] = []
    for name, rule in _RULES.items():
        if name in missing:
            continue
        values = item.values.get(name, ())
        if len(values) > 1:
            problems.append((name, f"stands there {len(values)} times; Google takes one"))
        for value in values or ("",):
            problems += [(name, problem) for problem in _surrogates(value) or rule(value)]
    if key and (first := _seen_before(seen, key, item.line)) is not None:
        problems.append((ID, f"stands in line {first} already"))
    return [Violation(item.line, key or None, name, problem) for name, problem in problems]


def _surrogates(value: str) -> list[str]:
    # What is no UTF-8 comes from the reader of feeds as lone surrogates.
    return ["is not in UTF-8"] if not value.isascii() and any(map(_is_surrogate, value)) else []


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _seen_before(seen: sqlite3.Connection, key: str, line: int) -> int | None:
    text = key.encode("utf-8", "surrogatepass")
    if seen.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (text, line)).rowcount:
        return None
    return int(seen.execute("SELECT line FROM seen WHERE id = ?", (text,)).fetchone()[0])
