"""A product's colour as Google Merchant Center takes it: the rules, and a value that keeps them.

Source: Google's product data specification, the pages on color [color], item group ID
[item_group_id] and ID [id], as of November 2026.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

SEPARATOR: Final = "/"
MOST_COLOURS: Final = 3
LONGEST_COLOUR: Final = 40
"""The most characters of one colour."""

LONGEST_VALUE: Final = 100
"""The most characters of all colours together, slashes included."""

LONGEST_ID: Final = 50
"""The most characters of an id, and of an item group's."""

_NO_COLOURS: Final = frozenset(
    {"n a", "na", "none", "null", "variety", "various", "assorted"}
    | {"see image", "see picture", "see photo", "image", "picture"}
    | {"men", "mens", "men s", "women", "womens", "women s", "unisex", "kids", "boys", "girls"}
)
"""What shops write where a colour should stand, as :func:`_bare` spells it."""

_HEX: Final = re.compile(r"(?:#|0x)[0-9a-f]{3,8}|(?=[a-f]*[0-9])[0-9a-f]{6}", re.I)
_GROUP_ID: Final = re.compile(r"[\w-]+")
_BESIDE_LETTERS: Final = frozenset(" -'’`´.()&+")
"""What a colour's name may hold beside letters and digits: Café-au-lait, Navy (washed)."""

_LISTED: Final = re.compile(r"\s*[/,;|]\s*")


def colour_complaints(value: str) -> list[str]:
    """Return everything that is wrong with a colour; nothing for one that Google takes."""
    if not value.strip():
        return ["is empty: a product of apparel needs a colour"]
    complaints: list[str] = []
    if len(value) > LONGEST_VALUE:
        complaints.append(f"has {len(value)} characters; {LONGEST_VALUE} are allowed")
    colours = value.split(SEPARATOR)
    if len(colours) > MOST_COLOURS:
        complaints.append(f"names {len(colours)} colours; {MOST_COLOURS} are allowed")
    if any(mark in value for mark in ",;|"):
        complaints.append("parts colours by other marks than a slash: write Red/Green/Black")
    for colour in colours:
        complaints += _of_one(colour.strip())
    return complaints


def _of_one(colour: str) -> list[str]:
    if not colour:
        return ["has a slash with no colour beside it"]
    if _HEX.fullmatch(colour):
        return [f"{colour!r} is a code: write the colour's name"]
    letters = [each for each in colour if each.isalpha()]
    if not letters:
        return [f"{colour!r} has no letters: write the colour's name"]
    if len(letters) == 1 and len(colour) == 1 and not _is_word(colour):
        return [f"{colour!r} is a single letter: write the colour's name"]
    complaints: list[str] = []
    if len(colour) > LONGEST_COLOUR:
        complaints.append(f"{colour!r} has {len(colour)} characters; {LONGEST_COLOUR} are allowed")
    if _bare(colour) in _NO_COLOURS:
        complaints.append(f"{colour!r} is no colour")
    # Commas and the like have their own complaint.
    strange = {each for each in colour if not _belongs(each)} - set(",;|")
    if strange:
        marks = " ".join(sorted(map(repr, strange)))
        complaints.append(f"{colour!r} holds {marks}; write letters, digits and spaces")
    return complaints


def id_complaints(value: str) -> list[str]:
    """Return everything that is wrong with a product's id."""
    if not value.strip():
        return ["is empty"]
    complaints = [] if value.isprintable() else ["holds characters that cannot be printed"]
    if len(value) > LONGEST_ID:
        complaints.append(f"has {len(value)} characters; {LONGEST_ID} are allowed")
    return complaints


def group_complaints(value: str) -> list[str]:
    """Return everything that is wrong with an item group's id; an empty one is in order."""
    complaints: list[str] = []
    if len(value) > LONGEST_ID:
        complaints.append(f"has {len(value)} characters; {LONGEST_ID} are allowed")
    if value and not _GROUP_ID.fullmatch(value):
        complaints.append(f"{value!r} holds more than letters, digits, underscores and dashes")
    return complaints


def merchant_colour(own_name: str | None, measured: Iterable[str]) -> str | None:
    """Return a colour that Google takes; None where there is none.

    The shop's own name is kept where the rules allow it, for it must be the landing page's; commas
    between colours become slashes. Else it is made of the ``measured`` names, the main one first.
    """
    kept = _LISTED.sub(SEPARATOR, " ".join((own_name or "").split()))
    if kept and not colour_complaints(kept):
        return kept
    names = [name for name in dict.fromkeys(measured) if not colour_complaints(name)]
    value = SEPARATOR.join(names[:MOST_COLOURS])
    while len(value) > LONGEST_VALUE:
        value = value.rpartition(SEPARATOR)[0]
    return value or None


def _belongs(character: str) -> bool:
    return (
        character.isalnum()
        or character in _BESIDE_LETTERS
        or unicodedata.category(character).startswith("M")
    )


def _is_word(letter: str) -> bool:
    """Return whether one character may be a whole word, as in Chinese, Japanese and Korean."""
    return unicodedata.category(letter) == "Lo"


def _bare(colour: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", colour.casefold()))
