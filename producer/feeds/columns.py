"""Which column of a feed holds what: told by the user, else known by its usual names."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from shared.errors import FeedError
from shared.printable import printable

USUAL_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "sku": (
        "sku",
        "id",
        "product_id",
        "item_id",
        "variant_sku",
        "offer_id",
        "article_number",
    ),
    "title": ("title", "name", "product_name", "product_title"),
    "category": ("category", "product_type", "product_category", "google_product_category"),
    "item_group": ("item_group", "item_group_id", "parent_sku", "parent_id", "style_id", "handle"),
    "merchant_colour": (
        "merchant_colour",
        "merchant_color",
        "colour",
        "color",
        "colour_name",
        "color_name",
    ),
    "position": ("position", "image_position", "picture_position"),
    "role": ("role", "image_role", "picture_role"),
}
"""Names by which shops and feed formats call a column, best first.

They are known however they are spelled: see :func:`column_key`.
"""

MAIN_PICTURE: Final = (
    "image_link",
    "image_url",
    "image_src",
    "image",
    "picture_url",
    "picture",
    "photo_url",
    "photo",
    "main_image",
    "main_image_url",
)
"""A product's first picture; the same names with a number behind hold further ones."""

FURTHER_PICTURES: Final = (
    "image_links",
    "image_urls",
    "images",
    "picture_urls",
    "pictures",
    "photos",
    "additional_image_link",
    "additional_image_links",
    "additional_image_url",
    "additional_image_urls",
    "additional_images",
)
"""Columns of pictures that come after the main one, in this order."""

LAST_RESORT: Final = ("url", "link")
"""Names that may as well mean the product's page: taken only where nothing else is a picture."""


@dataclass(frozen=True, slots=True)
class PictureColumn:
    """A column of pictures; ``role`` is what they show (front, back, detail), if the user said."""

    name: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The user's own mapping; None and the empty tuple leave the choice to the usual names."""

    sku: str | None = None
    pictures: tuple[PictureColumn, ...] = ()
    title: str | None = None
    category: str | None = None
    item_group: str | None = None
    merchant_colour: str | None = None
    position: str | None = None
    role: str | None = None

    def find(self, names: Iterable[str], all_present: bool = True) -> "FoundColumns":
        """Choose among a feed's columns.

        With ``all_present`` False (JSON objects leave out what is empty), a column that the user
        named may be missing.

        Raises :class:`~shared.errors.FeedError` when a column that the user named is not there, or
        when there is none for sku or pictures.
        """
        present = list(names)
        by_key = _by_key(present)
        told: dict[str, str | None] = {}
        for field, usual in _USUAL_KEYS.items():
            wish: str | None = getattr(self, field)
            told[field] = (
                next((by_key[key][0] for key in usual if key in by_key), None)
                if wish is None
                else _named(wish, by_key, all_present)[0]
            )
        sku = told.pop("sku")
        if sku is None:
            raise MissingColumn("sku", present)
        if repeated(sku, 2) in present:
            raise FeedError(
                f"the header names {sku!r:.60}, the sku, twice; rename one of these columns"
            )
        pictures = tuple(
            PictureColumn(name, column.role)
            for column in self.pictures
            for name in _named(column.name, by_key, all_present)
        ) or tuple(PictureColumn(name) for name in _usual_pictures(by_key))
        if not pictures:
            raise MissingColumn("pictures", present)
        return FoundColumns(sku=sku, pictures=pictures, **told)

    def over(self, found: "FoundColumns", names: Iterable[str]) -> "FoundColumns":
        """Return other columns with the user's own in their place.

        Raises :class:`~shared.errors.FeedError` when a column that the user named is not there.
        """
        by_key = _by_key(names)
        told: dict[str, str] = {
            field: _named(wish, by_key, True)[0]
            for field in USUAL_NAMES
            if (wish := getattr(self, field)) is not None
        }
        if not self.pictures:
            return replace(found, **told)
        pictures = tuple(
            PictureColumn(name, column.role)
            for column in self.pictures
            for name in _named(column.name, by_key, True)
        )
        return replace(found, pictures=pictures, **told)


@dataclass(frozen=True, slots=True)
class FoundColumns:
    """The columns of one feed, by their names in that feed."""

    sku: str
    pictures: tuple[PictureColumn, ...]
    title: str | None = None
    category: str | None = None
    item_group: str | None = None
    merchant_colour: str | None = None
    position: str | None = None
    role: str | None = None

    def names(self) -> list[str]:
        """Return all of them, each once, in a fixed order."""
        single = (
            self.sku,
            self.title,
            self.category,
            self.item_group,
            self.merchant_colour,
            self.position,
            self.role,
        )
        pictures = (column.name for column in self.pictures)
        return list(dict.fromkeys(name for name in (*single, *pictures) if name is not None))


class MissingColumn(FeedError):
    """A feed has no column for something that is needed; ``what`` is ``sku`` or ``pictures``."""

    def __init__(self, what: str, present: Iterable[str]) -> None:
        option = "--sku-column" if what == "sku" else "--picture-column"
        of = "the sku" if what == "sku" else "pictures"
        super().__init__(f"no column for {of}; name one with {option}. {_list(present)}")
        self.what = what
        self.option = option


def column_key(name: str) -> str:
    """Return what two spellings of one column have in common: its letters and digits.

    >>> column_key("Image Link"), column_key("imageLink"), column_key("g:image_link")
    ('imagelink', 'imagelink', 'imagelink')
    >>> column_key("Colour [color]")
    'color'
    """
    bracketed = _BRACKETED.search(name)
    bare = bracketed[1] if bracketed else name.removeprefix("g:")
    return _NO_LETTERS.sub("", bare.casefold())


def repeated(name: str, number: int) -> str:
    """Return what a column is called that bears this name for the second, third … time."""
    return f"{name}#{number}"


def read_picture_column(text: str) -> PictureColumn:
    """Read ``NAME`` or ``ROLE=NAME``, as it stands on the command line."""
    role, separator, name = text.partition("=")
    return PictureColumn(name, role) if separator and role and name else PictureColumn(text)


_BRACKETED = re.compile(r"\[([a-z_ ]+)\]")
_NO_LETTERS = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"(\D+?)(\d{1,3})(url|src|link|)")

_USUAL_KEYS: Final = {field: tuple(map(column_key, names)) for field, names in USUAL_NAMES.items()}
_MAIN_KEYS: Final = tuple(map(column_key, MAIN_PICTURE))
_FURTHER_KEYS: Final = tuple(map(column_key, FURTHER_PICTURES))


def _by_key(names: Iterable[str]) -> dict[str, list[str]]:
    by_key: dict[str, list[str]] = {}
    for name in names:
        by_key.setdefault(column_key(name), []).append(name)
    return by_key


def _named(wish: str, by_key: dict[str, list[str]], must_be_present: bool) -> list[str]:
    """Return the column that the user named, and those of the same name behind it."""
    present = [name for names in by_key.values() for name in names]
    if wish not in present:
        alike = by_key.get(column_key(wish), [])
        if not alike:
            if not must_be_present:
                return [wish]
            close = get_close_matches(wish, present, 1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise FeedError(f"the feed has no column {wish!r}.{meant} {_list(present)}")
        wish = alike[0]
    again = re.compile(re.escape(wish) + r"#\d+")
    return [wish, *(name for name in present if again.fullmatch(name))]


def _usual_pictures(by_key: dict[str, list[str]]) -> Iterator[str]:
    main = next((key for key in _MAIN_KEYS if key in by_key), None)
    ranked: list[tuple[int, int, str]] = []
    for key in by_key:
        stem, number = _split_number(key)
        if key == main:
            ranked.append((0, 0, key))
        elif number is not None and stem in _MAIN_KEYS:
            ranked.append((1, number, key))
        elif stem in _FURTHER_KEYS:
            ranked.append((2 + _FURTHER_KEYS.index(stem), number or 0, key))
    if not ranked:
        ranked = [(0, 0, key) for key in LAST_RESORT if key in by_key][:1]
    for _, _, key in sorted(ranked):
        yield from by_key[key]


def _split_number(key: str) -> tuple[str, int | None]:
    match = _NUMBERED.fullmatch(key)
    return (match[1] + match[3], int(match[2])) if match else (key, None)


def _list(names: Iterable[str]) -> str:
    shown = [printable(name)[:60] for name in names if name][:30]
    return "Columns found: " + (", ".join(shown) if shown else "none")
