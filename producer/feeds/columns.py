"""Which column of a feed holds what: told by the user, else known by its usual names."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from shared.errors import FeedError

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
"""Names by which shops and feed formats call a column, best first, as :func:`plain` spells them."""

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
        by_plain_name: dict[str, str] = {}
        for name in present:
            by_plain_name.setdefault(plain(name), name)
        told: dict[str, str | None] = {}
        for field, usual in USUAL_NAMES.items():
            wish: str | None = getattr(self, field)
            told[field] = (
                next((by_plain_name[name] for name in usual if name in by_plain_name), None)
                if wish is None
                else _named(wish, by_plain_name, all_present)
            )
        sku = told.pop("sku")
        if sku is None:
            raise FeedError(f"no column for the sku; name one with --sku-column. {_list(present)}")
        pictures = tuple(
            PictureColumn(_named(column.name, by_plain_name, all_present), column.role)
            for column in self.pictures
        ) or tuple(PictureColumn(name) for name in _usual_pictures(by_plain_name))
        if not pictures:
            raise FeedError(
                f"no column for pictures; name one with --picture-column. {_list(present)}"
            )
        return FoundColumns(sku=sku, pictures=pictures, **told)


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


def plain(name: str) -> str:
    """Return a column's name in small letters, words joined by ``_``.

    >>> plain("Image Link")
    'image_link'
    """
    return re.sub(r"[^0-9a-z]+", "_", name.casefold()).strip("_")


def read_picture_column(text: str) -> PictureColumn:
    """Read ``NAME`` or ``ROLE=NAME``, as it stands on the command line."""
    role, separator, name = text.partition("=")
    return PictureColumn(name, role) if separator and role and name else PictureColumn(text)


def _named(wish: str, by_plain_name: dict[str, str], must_be_present: bool) -> str:
    if wish in by_plain_name.values():
        return wish
    if plain(wish) in by_plain_name:
        return by_plain_name[plain(wish)]
    if not must_be_present:
        return wish
    raise FeedError(f"the feed has no column {wish!r}. {_list(by_plain_name.values())}")


def _usual_pictures(by_plain_name: dict[str, str]) -> Iterator[str]:
    main = next((name for name in MAIN_PICTURE if name in by_plain_name), None)
    ranked: list[tuple[int, int, str]] = []
    for spelled, name in by_plain_name.items():
        stem, number = _split_number(spelled)
        if spelled == main:
            ranked.append((0, 0, name))
        elif number is not None and stem in MAIN_PICTURE:
            ranked.append((1, number, name))
        elif stem in FURTHER_PICTURES:
            ranked.append((2 + FURTHER_PICTURES.index(stem), number or 0, name))
    if not ranked:
        ranked = [
            (rank, 0, by_plain_name[name])
            for rank, name in enumerate(LAST_RESORT)
            if name in by_plain_name
        ][:1]
    for _, _, name in sorted(ranked):
        yield name


def _split_number(name: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(.+?)_?(\d{1,3})", name)
    return (match[1], int(match[2])) if match else (name, None)


def _list(names: Iterable[str]) -> str:
    shown = [name for name in names if name][:30]
    return "Columns found: " + (", ".join(shown) if shown else "none")
