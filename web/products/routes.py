"""The routes of ``web/products``: the grid, the table of words, a product, and pictures."""

from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from producer.search.indexing import rows_behind
from producer.search.pages import ProductOrder
from shared.contracts.results import Pattern
from shared.errors import KeyNotFound
from web.catalogue.asked import Asked, AskedProducts, ProductSearch
from web.catalogue.cards import CardMaker
from web.catalogue.services import Services, catalogue_lifespan
from web.database import Db
from web.products.choices import Choices, chips_of
from web.products.product_page import product_page
from web.products.word_cells import word_cells
from web.render import render
from web.viewer import Looking

router: Final = APIRouter(lifespan=catalogue_lifespan)

Id = Annotated[int, Path(ge=1, le=2**62)]
_TYPES: Final = {
    "webp": "image/webp",
    "png": "image/png",
    "jpg": "image/jpeg",
}


@router.get("/products")
def show_products(
    request: Request, viewer: Looking, asked: Asked, services: Services, session: Db
) -> Response:
    """Show a page of products; for HTMX, what the filters stand around."""
    connection = session.connection()
    search = ProductSearch(services, connection)
    refused, found, cards = None, None, []
    try:
        wanted = search.filter_of(asked)
        found = search.find(asked, wanted)
        cards = CardMaker(services).cards(connection, found.page.ids, found.distances)
    except HTTPException as error:
        refused = str(error.detail)
    only_results = request.headers.get("hx-request") == "true"
    template = "products/results.html" if only_results else "products/grid.html"
    response = render(
        request,
        template,
        400 if refused and not only_results else 200,
        asked=asked,
        refused=refused,
        found=found,
        cards=cards,
        count=found.total if found else None,
        behind=not cards and rows_behind(connection),
        chips=chips_of(asked, found.colour if found else None),
        choices=Choices.of(services, connection),
        orders=ProductOrder,
        patterns=Pattern,
    )
    response.headers["Vary"] = "HX-Request"
    if only_results:  # the form sends its empty fields, too: nobody wants those in an address
        response.headers["HX-Push-Url"] = asked.address("/products", at=asked.at)
    return response


@router.get("/products/words")
def show_words(
    request: Request,
    viewer: Looking,
    services: Services,
    session: Db,
    catalogue: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show the shop's words and the families found for them; each cell opens its pictures."""
    asked = AskedProducts.model_validate({"catalogue": catalogue})
    connection = session.connection()
    wanted = ProductSearch(services, connection).filter_of(asked)
    return render(
        request,
        "products/words.html",
        asked=asked,
        table=word_cells(services, connection, wanted.catalogue_id),
        choices=Choices.of(services, connection),
    )


@router.get("/products/{product_id}")
def show_product(
    request: Request, viewer: Looking, product_id: Id, session: Db, services: Services
) -> Response:
    """Show one product, and all that is known of it."""
    settings = request.app.state.settings
    shown = product_page(services, session, product_id, keep_people=settings.keep_people)
    if shown is None:
        raise HTTPException(404, f"there is no product {product_id}")
    return render(request, "products/product.html", shown=shown, card=shown.card)


@router.get("/pictures/{key:path}")
def send_picture(
    key: str,
    services: Services,
    until: Annotated[int, Query(ge=0, le=2**40)],
    signature: Annotated[str, Query(max_length=64)],
) -> Response:
    """Send a stored picture to whoever has a link that is still good."""
    if not services.links.is_good(key, until, signature):
        raise HTTPException(403, "this link to a picture is none, or its time is over: reload")
    try:
        content = services.storage.get(key)
    except KeyNotFound:
        raise HTTPException(404, "this picture is not stored any more") from None
    kind = _TYPES.get(key.rpartition(".")[2], "application/octet-stream")
    keep = {"Cache-Control": "private, max-age=3600, immutable"}
    return Response(content, media_type=kind, headers=keep)
