"""One product apart from any queue: what was said of it, a decision, and taking it back."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from producer.review.items import reviewed_alone
from shared.contracts.decisions import Ruling, Seen
from shared.contracts.jobs import LARGEST_ID
from shared.decisions.colour import UnknownWord
from shared.decisions.conflict import DecisionConflict, NothingToDecide
from web.catalogue.services import CatalogueServices, Services
from web.database import Db
from web.render import render
from web.review.deciding import Deciding, read_items
from web.review.forms import DecisionForm
from web.review.shown import SAID, families_of
from web.review.words import PIECES, nearest_names
from web.viewer import Looking, Reviewing

router: Final = APIRouter(prefix="/of")

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/{product_id}")
def look(
    request: Request,
    *,
    viewer: Looking,
    services: Services,
    product_id: Id,
    said: Annotated[Ruling | None, Query()] = None,
) -> Response:
    """Show what was said of a product, and the form to decide on it."""
    return _show(request, services, product_id, said=said)


@router.post("/{product_id}")
def decide(
    request: Request,
    *,
    viewer: Reviewing,
    services: Services,
    session: Db,
    product_id: Id,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    """Decide on a product as it was seen."""
    deciding = Deciding(services, session, viewer, None)
    try:
        correction = deciding.correction(form) if form.ruling is Ruling.CORRECTED else None
        done = deciding.decide(read_items(form.item), form.ruling, correction)
    except (UnknownWord, NothingToDecide) as error:
        return _show(request, services, product_id, status=422, refused=str(error))
    if done.conflicts:
        refused = str(done.conflicts[0])
        return _show(request, services, product_id, status=409, refused=refused)
    return RedirectResponse(f"/review/of/{product_id}?said={form.ruling}", 303)


@router.post("/{product_id}/take-back")
def take_back(
    request: Request,
    *,
    viewer: Reviewing,
    services: Services,
    session: Db,
    product_id: Id,
    seen: Annotated[str, Form(max_length=80)],
) -> Response:
    """Take back the newest decision on a product, whoever made it."""
    try:
        Deciding(services, session, viewer, None).take_back(product_id, Seen.parse(seen))
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    except (DecisionConflict, NothingToDecide) as error:
        return _show(request, services, product_id, status=409, refused=str(error))
    return RedirectResponse(f"/review/of/{product_id}?said={Ruling.TAKEN_BACK}", 303)


def _show(
    request: Request,
    services: CatalogueServices,
    product_id: int,
    *,
    status: int = 200,
    refused: str | None = None,
    said: Ruling | None = None,
) -> Response:
    alone = reviewed_alone(services.engine, product_id)
    if alone is None:
        raise HTTPException(404, f"there is no product {product_id}")
    is_fragment = request.headers.get("hx-request") == "true"
    response = render(
        request,
        "review/alone.html" if is_fragment else "review/alone_page.html",
        status,
        alone=alone,
        item=f"{product_id}:{alone.seen}",
        families=families_of(services.naming),
        pieces=PIECES,
        names=nearest_names(services.naming, alone.measured.shades),
        told=SAID,
        said=said,
        refused=refused,
    )
    response.headers["Vary"] = "HX-Request"
    return response
