"""Durations in words, as exact as a guess can be."""

from typing import Final

_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def spell(seconds: float) -> str:
    """Return a duration in its two largest units.

    >>> spell(8_040), spell(59.6), spell(0.2), spell(86_400 * 40)
    ('2 h 14 min', '1 min', '1 s', '40 d')
    """
    left = max(1, round(seconds))
    words: list[str] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or words:
            words.append(f"{count} {unit}")
        if len(words) == 2:
            break
    return " ".join(word for word in words if not word.startswith("0 "))
