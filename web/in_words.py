"""Stored facts in words: what stands as JSON in a table, as a person reads it."""

from collections.abc import Mapping, Sequence
from typing import Any


def in_words(value: Any) -> str:
    """Return a value of JSON as text.

    >>> in_words({"q": "skirt", "mismatch": True, "size": None})
    'q skirt, mismatch yes, size none'
    >>> in_words([[59, 1], [60, 2]])
    '59:1, 60:2'
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {in_words(each)}" for name, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(
            ":".join(map(in_words, each)) if isinstance(each, list | tuple) else in_words(each)
            for each in value
        )
    words = {None: "none", True: "yes", False: "no"}
    return words[value] if value is None or isinstance(value, bool) else str(value)
