"""The routes of ``web/review``: queues, one product large, many in a grid, and decisions."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from producer.review.items import QueueReader, next_open
from producer.review.queues import ReviewQueueError
from shared.contracts.decisions import ItemState, Ruling
from shared.contracts.jobs import LARGEST_ID
from shared.decisions.colour import Correction, UnknownWord
from shared.decisions.conflict import NothingToDecide
from shared.decisions.store import Decided
from web.catalogue.asked import Asked
from web.catalogue.services import CatalogueServices, Services
from web.database import Db
from web.review.deciding import MOST_AT_ONCE, Deciding, read_items
from web.review.forms import DecisionForm, QueueForm
from web.review.making import QueueMaker
from web.review.pages import GridView, show_grid, show_product, show_queues, show_worth
from web.review.single import router as alone
from web.viewer import Looking, Reviewing

router: Final = APIRouter(prefix="/review")
router.include_router(alone)  # first: what follows would take its path for a queue

Queue = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Place = Annotated[int, Path(ge=1, le=2**31 - 1)]
From = Annotated[int, Query(alias="from", ge=1, le=2**31 - 1)]
Decision = Annotated[DecisionForm, Form()]


@router.get("")
def queues(request: Request, viewer: Looking, services: Services, asked: Asked) -> Response:
    """Show the queues and how far they are, and the form of a new one: of a search, if given."""
    return show_queues(request, services, asked)


@router.post("")
def make_queue(
    request: Request,
    *,
    viewer: Reviewing,
    services: Services,
    session: Db,
    form: Annotated[QueueForm, Form()],
) -> Response:
    """Make a queue, and lead to its first product that is open."""
    try:
        made = QueueMaker(services, session, viewer).make(form)
    except (ReviewQueueError, HTTPException) as error:
        refused = str(error.detail if isinstance(error, HTTPException) else error)
        return show_queues(request, services, form.asked(), status=422, refused=refused)
    place = next_open(session.connection(), made.id, 0)
    return RedirectResponse(f"/review/{made.id}/{place or 1}", 303)


@router.get("/worth")
def worth(request: Request, viewer: Looking, services: Services) -> Response:
    """Show how often answers are right, by what people judged in random samples."""
    return show_worth(request, services)


@router.get("/{queue_id}/grid")
def grid(
    request: Request,
    *,
    viewer: Looking,
    services: Services,
    queue_id: Queue,
    start: From = 1,
    state: ItemState | None = None,
    undone: Annotated[int, Query(ge=0, le=MOST_AT_ONCE)] = 0,
) -> Response:
    """Show many products of a queue as cards, to be chosen and judged together."""
    return show_grid(request, services, GridView(queue_id, start, state), undone=undone)


@router.post("/{queue_id}/grid")
def decide_many(
    request: Request,
    *,
    viewer: Reviewing,
    services: Services,
    session: Db,
    queue_id: Queue,
    form: Decision,
    start: From = 1,
    state: ItemState | None = None,
) -> Response:
    """Decide on the products that were chosen among those shown, and say how many there were."""
    view = GridView(queue_id, start, state)
    deciding = Deciding(services, session, viewer, queue_id)
    try:
        done = deciding.decide(read_items(form.item), form.ruling, _correction(deciding, form))
    except (UnknownWord, NothingToDecide, HTTPException) as error:
        refused = str(error.detail if isinstance(error, HTTPException) else error)
        return show_grid(request, services, view, status=422, refused=refused)
    session.commit()
    return show_grid(request, services, view, ruling=form.ruling, done=done)


@router.post("/{queue_id}/undo")
def undo(
    request: Request,
    *,
    viewer: Reviewing,
    services: Services,
    session: Db,
    queue_id: Queue,
    back: Annotated[str, Form(pattern="^(grid|[0-9]{1,9})$")] = "grid",
) -> Response:
    """Take back the viewer's last decision in this queue, of all products that it was on."""
    deciding = Deciding(services, session, viewer, queue_id)
    try:
        done = deciding.undo()
    except NothingToDecide as error:
        return _told(request, services, queue_id, back, str(error))
    if not done.records:
        return _told(request, services, queue_id, back, "; ".join(map(str, done.conflicts)))
    places = deciding.places([each.product_id for each in done.records])
    if len(places) == 1:
        said = f"said={Ruling.TAKEN_BACK}&of={places[0]}"
        return RedirectResponse(f"{_address(queue_id, places[0])}?{said}", 303)
    return RedirectResponse(
        f"{_address(queue_id, None)}?from={places[0]}&undone={len(places)}", 303
    )


@router.get("/{queue_id}")
def queue(viewer: Looking, services: Services, queue_id: Queue) -> Response:
    """Lead to the first product that is open, or to all of them where none is."""
    _, place = QueueReader(services.engine, queue_id).places()
    return RedirectResponse(_address(queue_id, place), 303)


@router.get("/{queue_id}/{place}")
def product(
    request: Request,
    *,
    viewer: Looking,
    services: Services,
    queue_id: Queue,
    place: Place,
    said: Ruling | None = None,
    of: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Show one product large; ``said`` and ``of`` tell what became of the one before it."""
    return show_product(request, services, queue_id, place, said=said, of=of)


@router.post("/{queue_id}/{place}")
def decide(
    request: Request,
    *,
    viewer: Reviewing,
    services: Services,
    session: Db,
    queue_id: Queue,
    place: Place,
    form: Decision,
) -> Response:
    """Decide on the product that is shown, and lead to the next one that is open."""
    deciding = Deciding(services, session, viewer, queue_id)
    done: Decided | None = None
    refused = None
    try:
        done = deciding.decide(read_items(form.item), form.ruling, _correction(deciding, form))
    except (UnknownWord, NothingToDecide) as error:
        refused = str(error)
    if done is None or done.conflicts:
        status = 422 if done is None else 409
        refused = refused or str(done.conflicts[0] if done else "")
        response = show_product(request, services, queue_id, place, status=status, refused=refused)
        response.headers["HX-Push-Url"] = "false"
        return response
    ahead = next_open(session.connection(), queue_id, place)
    return RedirectResponse(f"{_address(queue_id, ahead)}?said={form.ruling}&of={place}", 303)


def _told(
    request: Request, services: CatalogueServices, queue_id: int, back: str, refused: str
) -> Response:
    """Return the page that a person was on, with the reason why nothing was written."""
    if back == "grid":
        response = show_grid(request, services, GridView(queue_id), status=409, refused=refused)
    else:
        response = show_product(request, services, queue_id, int(back), status=409, refused=refused)
    response.headers["HX-Push-Url"] = "false"
    return response


def _correction(deciding: Deciding, form: DecisionForm) -> Correction | None:
    return deciding.correction(form) if form.ruling is Ruling.CORRECTED else None


def _address(queue_id: int, place: int | None) -> str:
    return f"/review/{queue_id}/{place}" if place else f"/review/{queue_id}/grid"
