"""What a request asks of the catalogue: a filter, an order or a colour, and a page's place."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import HTTPException, Query
from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator
from sqlalchemy import Connection, select

from producer.search.asked_colour import AskedColour, NoSuchColour
from producer.search.by_colour import nearest_page
from producer.search.narrowing import narrowed
from producer.search.pages import (
    BadCursor,
    BoundedCount,
    FoundPage,
    ProductOrder,
    count_products,
    find_page,
)
from producer.search.product_filter import ProductFilter
from shared.database.models import Catalogue
from shared.errors import SettingsError
from web.catalogue.services import CatalogueServices

SIZE: Final = 60
LONGEST: Final = 200


def _as_time(value: object) -> object:
    """Take a day for its beginning, in UTC, as forms and people write it."""
    if isinstance(value, str) and len(value) == 10:
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


Text = Annotated[str, Field(max_length=LONGEST)]
Moment = Annotated[datetime, BeforeValidator(_as_time)]
Sureness = Annotated[float, Field(ge=0, le=1)]


class AskedProducts(BaseModel):
    """The parameters of a search, the same for pages and the API; what is empty is not given."""

    q: Text | None = Field(None, description="Beginnings of words of the sku and the title.")
    catalogue: Text | None = Field(None, description="The name of a catalogue.")
    category: Text | None = Field(None, description="A category, letter by letter.")
    family: Text | None = Field(None, description="The family of the main colour.")
    family_second: Text | None = Field(None, description="The other family it may have.")
    piece: Text | None = Field(None, description="top, bottom … or whole.")
    pattern: Text | None = Field(None, description="plain, striped …")
    warning: Text | None = Field(None, description="A warning, or any.")
    min_confidence: Sureness | None = Field(None, description="At least so sure, 0 to 1.")
    max_confidence: Sureness | None = Field(None, description="Less sure than this.")
    changed_since: Moment | None = Field(None, description="A day, or a time with its zone.")
    word: Text | None = Field(None, description="The shop's own word, letter by letter.")
    mismatch: bool = Field(False, description="Whether the word does not mean what was found.")
    colour: Text | None = Field(None, description="Nearest to it first: #rrggbb, or a name.")
    within: Annotated[float, Field(gt=0, le=200)] | None = Field(
        None, description="With a colour: no further away than this, by CIEDE2000."
    )
    order: ProductOrder = Field(ProductOrder.CATALOGUE, description="Without a colour.")
    at: Annotated[str, Field(max_length=400)] | None = Field(
        None, description="The place of a page, as another page told it."
    )
    size: int = Field(SIZE, ge=1, le=200, description="How many products at most.")

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, given: Any) -> Any:
        # A form sends what nobody filled in, too.
        return {name: each for name, each in dict(given).items() if each not in ("", [""])}

    @field_validator("*")
    @classmethod
    def _refuse_nul(cls, value: object) -> object:
        if isinstance(value, str) and "\0" in value:
            raise ValueError("no text has the character NUL")
        return value

    @field_validator("changed_since")
    @classmethod
    def _know_the_zone(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment.tzinfo is None:
            raise ValueError("a time needs its zone, such as 2026-11-24T18:00:00Z")
        try:
            return None if moment is None else moment.astimezone(UTC)
        except OverflowError:  # the first or the last day that there is, elsewhere on Earth
            raise ValueError("there is no such time in UTC") from None

    def address(self, path: str, **others: Any) -> str:
        """Return the address of the same search with other values; None leaves one out."""
        given = self.model_dump(mode="json", exclude_defaults=True) | {"at": None} | others
        query = {
            name: "1" if each is True else each
            for name, each in given.items()
            if each is not None and each is not False and each != ""
        }
        return f"{path}?{urlencode(query)}" if query else path


Asked = Annotated[AskedProducts, Query()]
"""The search of a request, as a parameter's type."""


class FoundProducts(NamedTuple):
    """What was found: a page, each product's distance to the wanted colour, and that colour.

    ``total`` is how many products the filter lets in, wherever their colours lie.
    """

    page: FoundPage
    distances: dict[int, float]
    colour: AskedColour | None
    total: BoundedCount


@dataclass(frozen=True)
class ProductSearch:
    """Searches for what requests ask; what makes no sense is answered 400, with what would."""

    services: CatalogueServices
    connection: Connection

    def filter_of(self, asked: AskedProducts) -> ProductFilter:
        """Return the filter. Raises HTTPException 400."""
        catalogue_id = None
        if asked.catalogue is not None:
            named = select(Catalogue.id).where(Catalogue.name == asked.catalogue)
            catalogue_id = self.connection.scalar(named)
            if catalogue_id is None:
                raise HTTPException(400, f"there is no catalogue {asked.catalogue!r}")
        given = asked.model_dump(
            exclude={"q", "catalogue", "colour", "within", "order", "at", "size"}
        )
        try:
            return ProductFilter(asked.q or "", catalogue_id, **given).checked()
        except SettingsError as error:
            raise HTTPException(400, str(error)) from error

    def find(self, asked: AskedProducts, wanted: ProductFilter) -> FoundProducts:
        """Return the page of a search, and how many there are. Raises HTTPException 400."""
        narrow = narrowed(self.connection, wanted)
        count = count_products(self.connection, wanted, narrow=narrow)
        try:
            if asked.colour is None:
                page = find_page(
                    self.connection,
                    wanted,
                    asked.order,
                    asked.at,
                    size=asked.size,
                    narrow=narrow,
                )
                return FoundProducts(page, {}, None, count)
            colour = self.services.colours.read(asked.colour)
            page, distances = nearest_page(
                self.connection,
                wanted,
                colour.hex,
                asked.at,
                size=asked.size,
                within=asked.within,
                few=count.exact,
                narrow=narrow,
            )
        except (BadCursor, NoSuchColour) as error:
            raise HTTPException(400, str(error)) from error
        return FoundProducts(page, distances, colour, count)
