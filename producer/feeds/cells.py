"""What one cell holds, whatever its type: a sku, a text or a position, or a reason why not."""

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

from shared.contracts.jobs import LONGEST_NAME

LONGEST_TEXT: Final = 5000
"""The most characters of a title or another text."""

NOTHING: Final = frozenset({"nan", "null", "none", "\\n", "n/a", "#n/a", "<na>", "nat"})
"""What programs write into a text column where there is nothing, in small letters."""

INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff"
"""Characters without width that are copied along from web pages."""

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def read_sku(value: object) -> str | None:
    """Return a sku of up to ``LONGEST_NAME`` characters; None where there is none.

    Raises ValueError for what cannot be one: control characters, fractions, lists.
    """
    if isinstance(value, str):  # as nearly all are
        text = value.strip()
        if 4 < len(text) <= LONGEST_NAME and text.isprintable():
            return text
    if isinstance(value, list | bool) or (isinstance(value, float) and not _is_whole(value)):
        raise ValueError(f"the sku is no text: {value!r:.60}")
    text = _plain_text("sku", value)
    if not text:
        return None
    if not text.isprintable():
        text = text.strip(INVISIBLE).strip()
        if _CONTROL.search(text):
            raise ValueError(f"the sku holds a control character: {text!r:.60}")
        check_encoding("sku", text)
    return _bounded("sku", text, LONGEST_NAME)


def read_text(what: str, value: object, between: str = "") -> str | None:
    """Return a text on one line; None where there is none.

    ``between`` parts the texts of a list, as ``" > "`` does in a path of categories; without it
    only a list of one text is a text. Control characters become spaces.

    Raises ValueError for what is no text, is too long, or does not fit the encoding.
    """
    if isinstance(value, str):  # as nearly all are
        text = value.strip()
        if text.isprintable() and len(text) <= LONGEST_TEXT:
            if len(text) > 4:
                return text
            return None if not text or text.casefold() in NOTHING else text
    if isinstance(value, list):
        value = _joined(what, cast("list[object]", value), between)
    text = _plain_text(what, value)
    if not text:
        return None
    if not text.isprintable():
        check_encoding(what, text)
        text = _CONTROL.sub(" ", text).strip().strip(INVISIBLE).strip()
    return _bounded(what, text, LONGEST_TEXT)


def read_position(value: object) -> float:
    """Return a whole number; infinity where there is none, which is behind all others.

    Raises ValueError for what is no whole number.
    """
    text = read_text("position", value)
    if text is None:
        return math.inf
    try:
        position = float(text)
        if position.is_integer():
            return position
    except ValueError:
        pass
    raise ValueError(f"the position {text!r:.20} is no whole number")


def check_encoding(what: str, text: str) -> None:
    """Raise ValueError where a text holds bytes that the feed's encoding has no letter for."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"the {what} holds bytes that do not fit the encoding; name it with --encoding"
            ) from error


def _plain_text(what: str, value: object) -> str:
    """Return any scalar as stripped text; "" for nothing."""
    if isinstance(value, str):
        text = value.strip()
    elif value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"the {what} is no text: {value!r}")
        text = str(int(value)) if value.is_integer() else repr(value)
    elif isinstance(value, Decimal):
        if not value.is_finite():
            return ""
        text = str(int(value)) if value == value.to_integral_value() else format(value, "f")
    elif isinstance(value, bytes):
        text = _decoded(what, value).strip()
    elif isinstance(value, bool) or not isinstance(value, int | UUID):
        raise ValueError(f"the {what} is no text: {value!r:.60}")
    else:
        text = str(value)
    return "" if len(text) <= 4 and text.casefold() in NOTHING else text


def _decoded(what: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"the {what} is binary and no UTF-8: {value[:20]!r}") from error


def _joined(what: str, values: list[object], between: str) -> str | None:
    nested = any(isinstance(value, list) for value in values)
    texts = [] if nested else [text for text in (read_text(what, each) for each in values) if text]
    if nested or (len(texts) > 1 and not between):
        raise ValueError(f"the {what} is no text: {values!r:.60}")
    return between.join(texts) or None


def _bounded(what: str, text: str, longest: int) -> str | None:
    if len(text) > longest:
        raise ValueError(f"the {what} is longer than {longest:,} characters")
    return text or None


def _is_whole(value: float) -> bool:
    return math.isnan(value) or (math.isfinite(value) and value.is_integer())


def first(texts: Iterable[str | None]) -> str | None:
    """Return the first text that is there."""
    return next((text for text in texts if text), None)
