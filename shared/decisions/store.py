"""Deciding, and taking a decision back, upon what the person had seen.

Every word on a product is one more row of ``decisions``, so nothing that anybody said is lost. The
product is locked first, as for recording a result; then it must still be what the person saw, both
in what was decided and in what was measured. Otherwise nothing is written, and the person is shown
what came in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from shared.contracts.decisions import DecidedColour, DecisionRecord, Ruling, Seen
from shared.database.models import utc_now
from shared.decisions.colour import Correction, DecidedColours
from shared.decisions.conflict import DecisionConflict, NothingToDecide
from shared.decisions.products import LockedProducts
from shared.decisions.writing import newest_standing, write_decisions, write_taking_back


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides, and in which review queue, if in one."""

    name: str
    queue_id: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What several decisions led to: those that were written, and those that were refused."""

    records: tuple[DecisionRecord, ...]
    conflicts: tuple[DecisionConflict, ...] = ()


@dataclass(frozen=True)
class DecisionStore:
    """Writes decisions over a connection, whose transaction the caller begins and commits.

    ``colours`` turns what people say into colours. What is refused has written nothing.
    """

    colours: DecidedColours

    def decide(
        self,
        connection: Connection,
        product_id: int,
        ruling: Ruling,
        seen: Seen,
        person: Reviewer,
        *,
        said: Correction | None = None,
        now: datetime | None = None,
    ) -> DecisionRecord:
        """Decide on one product; ``said`` belongs to a correction alone.

        Raises:
            DecisionConflict: the product is not what was seen.
            NothingToDecide: there is none of this id, or no result to accept.
            UnknownWord: a word of the correction does not exist.
        """
        done = self.decide_all(connection, {product_id: seen}, ruling, person, said=said, now=now)
        if done.conflicts:
            raise done.conflicts[0]
        return done.records[0]

    def decide_all(
        self,
        connection: Connection,
        seen: Mapping[int, Seen],
        ruling: Ruling,
        person: Reviewer,
        *,
        said: Correction | None = None,
        now: datetime | None = None,
    ) -> Decided:
        """Say the same of several products, each as it was seen.

        Those that are not what was seen are left alone, and the others decided. Raises what
        :meth:`decide` raises, but for conflicts, and then writes nothing.
        """
        if ruling is Ruling.TAKEN_BACK or (said is None) is (ruling is Ruling.CORRECTED):
            raise ValueError(f"{ruling} goes with {said}")
        moment = now or utc_now()
        found = LockedProducts.lock(connection, sorted(seen))
        fresh = [key for key in found.rows if found.seen(key) == seen[key]]
        if ruling is Ruling.ACCEPTED:
            found.require_results(fresh)
        records = [
            DecisionRecord(
                product_id=key,
                version=found.seen(key).version + 1,
                ruling=ruling,
                colour=self._colour(found, key, ruling, said),
                measured=found.measured(key),
                decided_by=person.name,
                decided_at=moment,
                queue_id=person.queue_id,
                in_force=ruling.decides,
            )
            for key in fresh
        ]
        write_decisions(connection, records, moment)
        stale = [key for key in found.rows if found.seen(key) != seen[key]]
        return Decided(tuple(records), tuple(map(found.conflict, stale)))

    def take_back(
        self,
        connection: Connection,
        product_id: int,
        seen: Seen,
        person: Reviewer,
        *,
        now: datetime | None = None,
    ) -> DecisionRecord:
        """Take back the newest decision on a product that was not taken back yet.

        The decision before it holds again, if there is one. Returns what was said before, as it
        stands now. What was measured may have changed since: that does not hinder it.

        Raises:
            DecisionConflict: the last that was said of the product is not what was seen.
            NothingToDecide: there is no such product, or nothing to take back.
        """
        moment = now or utc_now()
        found = LockedProducts.lock(connection, [product_id])
        if found.seen(product_id).version != seen.version:
            raise found.conflict(product_id)
        newest = newest_standing(connection, product_id)
        if newest is None:
            sku = found.rows[product_id]["sku"]
            raise NothingToDecide(f"{sku} has no decision that could be taken back")
        said = DecisionRecord(
            product_id=product_id,
            version=seen.version + 1,
            ruling=Ruling.TAKEN_BACK,
            colour=DecidedColour(),
            measured=found.measured(product_id),
            decided_by=person.name,
            decided_at=moment,
            queue_id=person.queue_id,
        )
        return write_taking_back(connection, newest, said, moment)

    def _colour(
        self, found: LockedProducts, key: int, ruling: Ruling, said: Correction | None
    ) -> DecidedColour:
        if said is not None:
            return self.colours.corrected(found.colour(key), found.shades(key), said)
        return found.colour(key) if ruling is Ruling.ACCEPTED else DecidedColour()
