"""Making a queue on the page: of what a search finds, or of a random sample of a catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException
from sqlalchemy.orm import Session

from producer.catalogue.lookups import find_catalogue
from producer.catalogue.reader import ProductSelection
from producer.review.queues import ChosenProduct, MadeQueue, NewQueue, make_queue
from producer.review.sampling import sampled
from producer.search.pages import MOST, ProductOrder
from shared.contracts.decisions import QueueSource
from web.catalogue.asked import AskedProducts, ProductSearch
from web.catalogue.services import CatalogueServices
from web.catalogue.told import told_filters
from web.review.forms import QueueForm
from web.trail import record
from web.viewer import Viewer


@dataclass(frozen=True)
class QueueMaker:
    """Makes queues for a viewer, in the transaction of a request."""

    services: CatalogueServices
    session: Session
    viewer: Viewer

    def make(self, form: QueueForm) -> MadeQueue:
        """Make a queue of one catalogue.

        Raises HTTPException 400 for a search that makes no sense, and ReviewQueueError where the
        queue cannot be made.
        """
        asked = form.asked()
        catalogue = find_catalogue(self.services.engine, asked.catalogue or "")
        if catalogue is None:
            raise HTTPException(400, "a queue is of one catalogue: choose it")
        source = form.source
        if source is QueueSource.SAMPLE:
            selection = ProductSelection(catalogue)
            chosen = sampled(self.services.engine, selection, form.queue_size, form.seed)
            made_from: dict[str, Any] = {"size": form.queue_size, "seed": form.seed}
        else:
            if source is QueueSource.AUDIT:
                asked = asked.model_copy(update={"order": ProductOrder.WRONG_WORD})
            chosen = list(self._found(asked, form.queue_size))
            made_from = asked.model_dump(mode="json", exclude_defaults=True)
        new = NewQueue(catalogue, form.queue_name, source, made_from, self.viewer.name)
        made = make_queue(self.session.connection(), new, chosen)
        told = {"name": new.name, "products": made.products, "from": made_from}
        record(self.session, self.viewer, "make review queue", f"queue {made.id}", after=told)
        return made

    def _found(self, asked: AskedProducts, size: int) -> Iterator[ChosenProduct]:
        """Yield what a search finds, a page at a time."""
        search = ProductSearch(self.services, self.session.connection())
        at, reason = None, _reason(asked)
        while size > 0:
            page = asked.model_copy(update={"at": at, "size": min(size, MOST)})
            found = search.find(page, search.filter_of(page)).page
            yield from (ChosenProduct(key, reason) for key in found.ids)
            size -= len(found.ids)
            if (at := found.next) is None:
                return


def _reason(asked: AskedProducts) -> str:
    """Return a search in words; that a product is of its catalogue is no reason."""
    said = told_filters(asked.model_copy(update={"catalogue": None}))
    first = "the likeliest wrong words" if asked.order is ProductOrder.WRONG_WORD else ""
    return ", ".join(filter(None, (first, *said.values()))) or "all products"
