"""The pages of review: queues, one product, a grid, and what review is worth."""

from dataclasses import dataclass
from typing import Any, Final

from fastapi import HTTPException, Request, Response
from sqlalchemy import select

from producer.review.items import ON_A_PAGE, QueueReader
from producer.review.queues import QueueProgress, ReviewQueueError, review_queue, review_queues
from producer.review.worth import review_worth
from producer.search.product_filter import WARNINGS
from shared.contracts.decisions import ItemState, Ruling
from shared.database.engine import reading
from shared.database.models import Catalogue
from shared.decisions.store import Decided
from web.catalogue.asked import AskedProducts
from web.catalogue.services import CatalogueServices
from web.catalogue.told import queue_name, told_filters
from web.render import render
from web.review.forms import MOST_PRODUCTS
from web.review.shown import SAID, families_of, large_item, shown_item
from web.review.words import PIECES

MOST_CATALOGUES: Final = 200

FIELDS: Final = (
    "catalogue",
    "family",
    "piece",
    "warning",
    "max_confidence",
    "category",
    "at",
    "size",
)
"""What the form of a new queue has a field for, or leaves out; the rest of a search goes along."""


@dataclass(frozen=True, slots=True)
class GridView:
    """Which products of a queue a grid shows: from a place on, of one state or of all."""

    queue_id: int
    start: int = 1
    state: ItemState | None = None

    def address(self, start: int | None = None) -> str:
        """Return the address of this grid, or of one that starts elsewhere."""
        state = f"&state={self.state}" if self.state else ""
        return f"/review/{self.queue_id}/grid?from={start or self.start}{state}"


def show_queues(
    request: Request,
    services: CatalogueServices,
    asked: AskedProducts,
    *,
    status: int = 200,
    refused: str | None = None,
) -> Response:
    """Return the page of queues; ``refused`` says why one could not be made.

    ``asked`` is the search that the form of a new queue offers.
    """
    given = asked.model_dump(mode="json", exclude_defaults=True)
    return render(
        request,
        "review/queues.html",
        status,
        queues=review_queues(services.engine),
        catalogues=[name for _, name in _catalogues(services)],
        families=families_of(services.naming),
        pieces=PIECES,
        warnings=WARNINGS,
        most=MOST_PRODUCTS,
        states=ItemState,
        refused=refused,
        asked=asked,
        others={name: given[name] for name in given if name not in FIELDS},
        told_others=[told for name, told in told_filters(asked).items() if name not in FIELDS],
        proposed_name=queue_name(asked.model_copy(update={"catalogue": None})),
    )


def show_worth(request: Request, services: CatalogueServices) -> Response:
    """Return the page of what review is worth, each catalogue by itself."""
    found = [review_worth(services.engine, key, name) for key, name in _catalogues(services)]
    return render(request, "review/worth.html", worths=found)


def show_product(
    request: Request,
    services: CatalogueServices,
    queue_id: int,
    place: int,
    *,
    status: int = 200,
    refused: str | None = None,
    said: Ruling | None = None,
    of: int | None = None,
) -> Response:
    """Return the page of one product; ``refused`` says why a decision was not written.

    ``said`` is what became of the product at place ``of``.
    """
    queue, reader = _queue(services, queue_id), QueueReader(services.engine, queue_id)
    reviewed = reader.at(place)
    if reviewed is None:
        raise HTTPException(404, f"the queue {queue.name!r} has no product at place {place}")
    last, first_open = reader.places()
    before, behind = reader.neighbours(place)
    return render(
        request,
        "review/product.html",
        status,
        queue=queue,
        large=large_item(services, reviewed),
        last=last,
        first_open=first_open,
        before=before,
        behind=behind,
        families=families_of(services.naming),
        pieces=PIECES,
        told=SAID,
        said=said,
        of=of,
        refused=refused,
    )


def show_grid(
    request: Request,
    services: CatalogueServices,
    view: GridView,
    *,
    status: int = 200,
    refused: str | None = None,
    ruling: Ruling | None = None,
    done: Decided | None = None,
    undone: int = 0,
) -> Response:
    """Return the grid; ``done`` is what became of a bulk decision, and ``ruling`` what it was.

    Of ``undone`` products a decision was taken back.
    """
    queue, reader = _queue(services, view.queue_id), QueueReader(services.engine, view.queue_id)
    found = reader.page(view.start, ON_A_PAGE + 1, view.state)
    values: dict[str, Any] = {
        "queue": queue,
        "view": view,
        "items": [shown_item(services, each) for each in found[:ON_A_PAGE]],
        "next_start": found[ON_A_PAGE].place if len(found) > ON_A_PAGE else None,
        "last": reader.places()[0],
        "families": families_of(services.naming),
        "names": list(dict.fromkeys(row.name for row in services.naming.rows)),
        "pieces": PIECES,
        "states": ItemState,
        "told": SAID,
        "ruling": ruling,
        "done": done,
        "undone": undone,
        "refused": refused,
    }
    return render(request, "review/grid.html", status, **values)


def _queue(services: CatalogueServices, queue_id: int) -> QueueProgress:
    try:
        return review_queue(services.engine, queue_id)
    except ReviewQueueError as error:
        raise HTTPException(404, str(error)) from error


def _catalogues(services: CatalogueServices) -> list[tuple[int, str]]:
    query = select(Catalogue.id, Catalogue.name).order_by(Catalogue.name).limit(MOST_CATALOGUES)
    with reading(services.engine).begin() as connection:
        return [(row.id, row.name) for row in connection.execute(query)]
