"""What every kind of feed yields: rows as they came, good and bad, with their line."""

from collections.abc import Mapping
from typing import NamedTuple


class Record(NamedTuple):
    """One row of a feed, not yet understood.

    ``line`` counts from 1 as an editor does (for Parquet it is the row). ``values`` maps column
    names to what stands there: text, or what JSON and Parquet hold. ``raw`` is the row in the form
    that a rejects file needs.
    """

    line: int
    values: Mapping[str, object]
    raw: object


class Rejected(NamedTuple):
    """One row that cannot be used, why, and of which product it was as far as one can tell."""

    line: int
    reason: str
    raw: object
    sku: str | None = None


class Note(NamedTuple):
    """One cell that was left out, where, and why; the rest of its row counts."""

    line: int
    reason: str
