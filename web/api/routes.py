"""The HTTP API: products, searches, changes, decisions, and the analysis of one picture."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.security import HTTPBearer
from sqlalchemy import select

from producer.catalogue.change_feed import MOST, ChangeCursor, StaleCursor, changed_products
from shared.database.models import Catalogue, Product
from web.api.analysis import MOST_BYTES, PictureAnalyses
from web.api.answers import ProductAnswers
from web.api.decisions import router as decisions
from web.api.models import (
    ERRORS,
    AnalysisAnswer,
    ApiErrorAnswer,
    ChangesAnswer,
    DeletedAnswer,
    ProductAnswer,
    SearchAnswer,
)
from web.catalogue.asked import LONGEST, Asked, ProductSearch
from web.catalogue.services import Services
from web.database import Db
from web.viewer import Looking, Reviewing

_KEY: Final = HTTPBearer(auto_error=False, description="A key of `colourway web-key`.")

router: Final = APIRouter(prefix="/api/v1", responses=ERRORS, dependencies=[Depends(_KEY)])

router.include_router(decisions)

NAME: Final = r"^[^\x00]+$"
Name = Annotated[str, Path(max_length=LONGEST, pattern=NAME)]


@router.get("/products", tags=["products"])
def search_products(viewer: Looking, asked: Asked, services: Services, session: Db) -> SearchAnswer:
    """Search products by filters, words or a colour, a page at a time."""
    search = ProductSearch(services, session.connection())
    wanted = search.filter_of(asked)
    found = search.find(asked, wanted)
    return SearchAnswer(
        products=ProductAnswers(services, session.connection()).found(
            found.page.ids, found.distances
        ),
        previous=found.page.previous,
        next=found.page.next,
        count=found.total.number,
        count_is_exact=found.total.exact,
        colour=found.colour.hex if found.colour else None,
    )


@router.get(
    "/products/{sku:path}",
    tags=["products"],
    responses={
        404: {"model": ApiErrorAnswer, "description": "There is no such product."},
        409: {"model": ApiErrorAnswer, "description": "Several catalogues have it: name one."},
    },
)
def read_product(
    viewer: Looking,
    sku: Name,
    session: Db,
    services: Services,
    catalogue: Annotated[str | None, Query(max_length=LONGEST, pattern=NAME)] = None,
) -> ProductAnswer:
    """Return one product by its sku, with its colours."""
    # By the catalogues first: their ids and the sku are one index.
    chosen = select(Catalogue.id)
    if catalogue is not None:
        chosen = chosen.where(Catalogue.name == catalogue)
    query = select(Product.id).where(
        Product.catalogue_id.in_(session.scalars(chosen).all()), Product.sku == sku
    )
    ids = session.scalars(query.limit(2)).all()
    if len(ids) > 1:
        raise HTTPException(409, f"several catalogues have the sku {sku!r}: say catalogue=…")
    told = ProductAnswers(services, session.connection()).told(ids)
    if not told:
        raise HTTPException(404, f"there is no product of the sku {sku!r}")
    return told[0]


@router.get(
    "/changes",
    tags=["products"],
    responses={
        410: {"model": ApiErrorAnswer, "description": "The cursor is old, or of another database."}
    },
)
def read_changes(
    viewer: Looking,
    services: Services,
    session: Db,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
) -> ChangesAnswer:
    """Return products that changed since a cursor; without one, all of them from the first.

    None is missed, however late its transaction is committed; some come twice. Products that were
    deleted since are told by id and sku. A cursor is good for 30 days from when `more` was false:
    after 410 begin again without one, and remove whatever is not told then.
    """
    try:
        at = ChangeCursor.read(cursor) if cursor else None
        changed = changed_products(session.connection(), at, limit)
    except StaleCursor as error:
        raise HTTPException(410, str(error)) from error
    return ChangesAnswer(
        products=ProductAnswers(services, session.connection()).told(changed.ids),
        deleted=[DeletedAnswer(id=each.id, sku=each.sku) for each in changed.deleted],
        cursor=str(changed.cursor),
        more=changed.more,
    )


@router.post(
    "/analyze",
    tags=["pictures"],
    responses={
        404: {"model": ApiErrorAnswer, "description": "This service takes no pictures."},
        413: {"model": ApiErrorAnswer, "description": "The picture is too large."},
        429: {"model": ApiErrorAnswer, "description": "Too many pictures for now."},
        504: {"model": ApiErrorAnswer, "description": "It took too long."},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": f"A picture as a file has it, {MOST_BYTES:,} bytes at most.",
            "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def analyze_picture(
    request: Request,
    viewer: Reviewing,
    category: Annotated[str, Query(max_length=LONGEST, pattern=r"^[^\x00]*$")] = "",
    title: Annotated[str, Query(max_length=LONGEST, pattern=r"^[^\x00]*$")] = "",
) -> AnalysisAnswer:
    """Say what one picture shows. Nothing of it is stored."""
    settings = request.app.state.settings
    if not settings.web_analyze:
        raise HTTPException(404, "this service takes no pictures: set COLOURWAY_WEB_ANALYZE=true")
    state = request.app.state
    if not hasattr(state, "analyses"):
        state.analyses = PictureAnalyses(settings.web_analyses_per_minute, settings.keep_people)
    state.analyses.admit(viewer.name)
    picture = await request.body()
    if not picture:
        raise HTTPException(400, "the body is empty; send a picture")
    return AnalysisAnswer(result=await state.analyses.analyse(picture, category, title))
