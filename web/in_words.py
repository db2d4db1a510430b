"""Stored facts in words: what stands as JSON in a table, as a person reads it."""

from collections.abc import Mapping
from typing import Any, cast


def in_words(value: Any) -> str:
    """Return a value of JSON as text.

    >>> in_words({"q": "skirt", "mismatch": True, "size": None})
    'q skirt, mismatch yes, size none'
    >>> in_words([[59, 1], [60, 2]])
    '59:1, 60:2'
    """
    if isinstance(value, Mapping):
        facts = cast("Mapping[str, Any]", value)
        return ", ".join(f"{name} {in_words(each)}" for name, each in facts.items())
    if isinstance(value, list):
        return ", ".join(map(_entry, cast("list[Any]", value)))
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return str(value)


def _entry(value: Any) -> str:
    parts = cast("list[Any]", value) if isinstance(value, list) else [value]
    return ":".join(map(in_words, parts))
