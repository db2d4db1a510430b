"""Tokens: values that go into a URL and come back, as they were or not at all."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, Final, cast

LONGEST: Final = 400


def to_token(values: Sequence[Any]) -> str:
    """Write values that JSON knows as letters, digits, ``-`` and ``_``.

    >>> from_token(to_token(["after", 0.5, 7]))
    ['after', 0.5, 7]
    """
    raw = json.dumps(list(values), separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def from_token(token: str) -> list[Any]:
    """Read what :func:`to_token` wrote. Raises ValueError for anything else."""
    if len(token) > LONGEST:
        raise ValueError("a token is not so long")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
        values = json.loads(raw)
    except (binascii.Error, UnicodeError, RecursionError) as error:
        raise ValueError(f"{token!r} is no token") from error
    if not isinstance(values, list):
        raise ValueError(f"{token!r} is no token")
    return cast("list[Any]", values)
