"""What the API says, described for tools: the columns of an export, and what stands around them."""

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field


class ColourAnswer(BaseModel):
    """One colour of a product's clothes; ``share`` is its part of them, 0 to 1."""

    hex: str
    name: str
    family: str
    share: float


class ProductAnswer(BaseModel):
    """A product with its answer: the columns of an export, and its number here.

    Decisions of people are applied. Addresses of pictures are paths of this server, good for an
    hour at least.
    """

    id: int
    catalogue: str
    sku: str
    title: str | None
    category: str | None
    item_group: str | None
    merchant_colour: str | None
    colour_hex: str | None
    colour_name: str | None
    colour_family: str | None
    colour_family_second: str | None
    colour_share: float | None
    pattern: str | None
    ground: str | None
    print: str | None
    piece: str | None
    colours: list[ColourAnswer]
    confidence: float | None
    warnings: list[str]
    image_url: str | None
    crop_key: str | None
    cutout_key: str | None
    outfit_key: str | None
    thumbnail_key: str | None
    crop_url: str | None
    cutout_url: str | None
    outfit_url: str | None
    thumbnail_url: str | None
    pipeline_version: str | None
    naming_version: str | None
    enriched_at: datetime | None
    decision: str | None
    decided_at: datetime | None


class FoundAnswer(ProductAnswer):
    """A product that was found; ``distance`` is CIEDE2000 to the colour that was asked for."""

    distance: float | None = None


class SearchAnswer(BaseModel):
    """A page of a search. ``previous`` and ``next`` are values of ``at`` for the pages beside it.

    ``count`` is how many products the filters let in; without ``count_is_exact`` there are more.
    """

    products: list[FoundAnswer]
    previous: str | None
    next: str | None
    count: int
    count_is_exact: bool
    colour: str | None = Field(description="The colour that was asked for, as #rrggbb.")


class DeletedAnswer(BaseModel):
    """A product that was deleted."""

    id: int
    sku: str


class ChangesAnswer(BaseModel):
    """Products that changed. Ask again with ``cursor``: at once where there are ``more``.

    Remove what was ``deleted``, by its ``id``, before storing ``products``.
    """

    products: list[ProductAnswer]
    deleted: list[DeletedAnswer]
    cursor: str
    more: bool


class ApiErrorAnswer(BaseModel):
    """Why a request was not answered."""

    detail: str


class AnalysisAnswer(BaseModel):
    """What one picture shows."""

    result: dict[str, Any]


ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": ApiErrorAnswer, "description": "It makes no sense; the answer says what would."},
    401: {"model": ApiErrorAnswer, "description": "No key that is known."},
    403: {"model": ApiErrorAnswer, "description": "The key's role is too low."},
    422: {"model": ApiErrorAnswer, "description": "A parameter is none."},
    503: {"model": ApiErrorAnswer, "description": "The database is away or busy."},
}
"""The answers that any route may give beside its own."""
