"""Deciding by a form: what it says is read, written, and noted in the audit trail."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.orm import Session

from producer.review.undo import undo_last
from shared.contracts.decisions import DecisionRecord, Ruling, Seen
from shared.contracts.jobs import LARGEST_ID
from shared.database.decision_rows import ReviewItem
from shared.decisions.colour import Correction, DecidedColours
from shared.decisions.conflict import DecisionConflict
from shared.decisions.store import Decided, DecisionStore, Reviewer
from web.catalogue.services import CatalogueServices
from web.review.forms import DecisionForm
from web.review.shown import families_of
from web.review.words import PIECES, meant_word
from web.trail import record
from web.viewer import Viewer

MOST_AT_ONCE: Final = 60
"""How many products one form may decide on: those that a page shows."""


@dataclass(frozen=True)
class Deciding:
    """Decides in a queue, or apart from any, for one viewer, in the transaction of a request."""

    services: CatalogueServices
    session: Session
    viewer: Viewer
    queue_id: int | None

    def decide(self, seen: Mapping[int, Seen], ruling: Ruling, said: Correction | None) -> Decided:
        """Decide on products as they were seen; see :class:`DecisionStore`.

        What this viewer has said already in the same words, by a second click, is no conflict.
        """
        correction = said if ruling is Ruling.CORRECTED else None
        done = self._store.decide_all(
            self.session.connection(), seen, ruling, self._reviewer, said=correction
        )
        self._note(ruling.value, done.records)
        others = tuple(
            each
            for each in done.conflicts
            if not _is_repeated(each, self._reviewer, seen[each.product_id], ruling, correction)
        )
        return Decided(done.records, others)

    def undo(self) -> Decided:
        """Take back the viewer's last decision here. Raises NothingToDecide."""
        done = undo_last(self.session.connection(), self._store, self._reviewer)
        self._note("take back", done.records)
        return done

    def take_back(self, product_id: int, seen: Seen) -> None:
        """Take back the newest decision on a product; see :class:`DecisionStore`."""
        connection = self.session.connection()
        back = self._store.take_back(connection, product_id, seen, self._reviewer)
        self._note("take back", [back])

    def places(self, product_ids: Sequence[int]) -> list[int]:
        """Return the places of products in the queue, in their order."""
        query = select(ReviewItem.place).where(
            ReviewItem.queue_id == self.queue_id, ReviewItem.product_id.in_(product_ids)
        )
        return list(self.session.scalars(query.order_by(ReviewItem.place)))

    def correction(self, form: DecisionForm) -> Correction:
        """Return what a form says is right. Raises UnknownWord."""
        naming = self.services.naming
        return Correction(
            family=meant_word("family", form.family, list(families_of(naming))),
            family_second=meant_word("second family", form.family_second, naming.families),
            piece=meant_word("piece", form.piece, PIECES),
            name=meant_word("name", form.name, [row.name for row in naming.rows]),
        )

    @property
    def _store(self) -> DecisionStore:
        return DecisionStore(DecidedColours(self.services.naming))

    @property
    def _reviewer(self) -> Reviewer:
        return Reviewer(self.viewer.name, self.queue_id)

    def _note(self, what: str, records: Sequence[DecisionRecord]) -> None:
        if not records:
            return
        record(
            self.session,
            self.viewer,
            f"review: {what}",
            f"queue {self.queue_id}" if self.queue_id else f"product {records[0].product_id}",
            after={"products": [[each.product_id, each.version] for each in records]},
        )


def _is_repeated(
    conflict: DecisionConflict,
    reviewer: Reviewer,
    saw: Seen,
    ruling: Ruling,
    said: Correction | None,
) -> bool:
    """Whether a conflict is with the very decision that is asked for: a form that was sent twice.

    The reviewer must have made it, upon what the form had seen.
    """
    latest = conflict.latest
    if latest is None or latest.taken_back_at is not None:
        return False
    made = (latest.decided_by, latest.ruling, latest.version)
    if made != (reviewer.name, ruling, saw.version + 1):
        return False
    words = {} if said is None else asdict(said)
    return all(word is None or word == getattr(latest.colour, name) for name, word in words.items())


def read_items(items: Sequence[str]) -> dict[int, Seen]:
    """Return the products that a form names, each with what was seen of it.

    Raises HTTPException 422 for a text that a page of ours does not send, or too many of them.
    """
    if not 0 < len(items) <= MOST_AT_ONCE:
        raise HTTPException(422, f"choose 1 to {MOST_AT_ONCE} products")
    found: dict[int, Seen] = {}
    for item in items:
        key, _, seen = item.partition(":")
        try:
            number = int(key) if key.isdecimal() and len(key) < 20 else 0
            found[number] = Seen.parse(seen)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        if not 0 < number <= LARGEST_ID:
            raise HTTPException(422, f"{key[:40]!r} is no product")
    return found
