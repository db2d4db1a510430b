"""Many people who decide at once, and what else writes to their products meanwhile.

Run as threads or processes of :mod:`bench.web.decisions`; each has a connection of its own.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import OperationalError

from producer.reprocess.backfill import Selection, backfill
from producer.staged.batch import staged_batch
from producer.staged.promotion import promote, rollback
from shared.colour.naming import Naming
from shared.contracts.decisions import Ruling, Seen
from shared.contracts.results import Shade
from shared.database.engine import open_engine, reading
from shared.database.models import Product
from shared.decisions.colour import Correction, DecidedColours
from shared.decisions.conflict import DecisionConflict, NothingToDecide
from shared.decisions.records import latest_decisions
from shared.decisions.store import DecisionStore, Reviewer
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.staged import work

HOT: Final = 20
"""So many products are everybody's favourites: there people meet."""

PAUSE_S: Final = 0.05
"""Between two rounds of what goes on meanwhile."""

FAMILIES: Final = ("black", "blue", "brown", "green", "grey", "pink")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A decision that was confirmed to whoever made it."""

    product_id: int
    version: int
    ruling: Ruling
    family: str | None
    decided_by: str


@dataclass(slots=True)
class WriterOutcome:
    """What one person was told: decisions that were written, and how many were refused.

    ``taken_back`` are versions of products that this person took back.
    """

    confirmed: list[Confirmed] = field(default_factory=list[Confirmed])
    taken_back: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    refused: int = 0


@dataclass(slots=True)
class _Writer:
    engine: Engine
    store: DecisionStore
    reviewer: Reviewer
    ids: list[int]
    chance: random.Random
    outcome: WriterOutcome = field(default_factory=WriterOutcome)

    def say(self) -> None:
        """Look at a product, and decide on what was seen."""
        key = self.chance.choice(self.ids[:HOT] if self.chance.random() < 0.3 else self.ids)
        seen = self._look(key)
        time.sleep(self.chance.random() * 0.002)  # others come in between
        try:
            with self.engine.begin() as connection:
                if self.chance.random() < 0.1:
                    back = self.store.take_back(connection, key, seen, self.reviewer)
                    written = (key, back.version)
                else:
                    written = self._rule(connection, key, seen)
        except DecisionConflict:
            self.outcome.refused += 1
        except NothingToDecide:
            pass
        except OperationalError:
            # SQLite has one writer at a time, and serves those who wait in no order.
            if self.engine.dialect.name != "sqlite":
                raise
        else:
            # Only now: what was not committed was not confirmed.
            if isinstance(written, Confirmed):
                self.outcome.confirmed.append(written)
            else:
                taken = Confirmed(
                    key, seen.version + 1, Ruling.TAKEN_BACK, None, self.reviewer.name
                )
                self.outcome.taken_back.append(written)
                self.outcome.confirmed.append(taken)

    def _look(self, key: int) -> Seen:
        with reading(self.engine).begin() as connection:
            latest = latest_decisions(connection, [key]).get(key)
            moment = connection.scalar(select(Product.enriched_at).where(Product.id == key))
        return Seen(latest.version if latest else 0, moment.isoformat() if moment else None)

    def _rule(self, connection: Connection, key: int, seen: Seen) -> Confirmed:
        ruling = self.chance.choice((Ruling.ACCEPTED, Ruling.CORRECTED, Ruling.CORRECTED))
        said = None
        if ruling is Ruling.CORRECTED:
            said = Correction(family=self.chance.choice(FAMILIES))
        made = self.store.decide(connection, key, ruling, seen, self.reviewer, said=said)
        return Confirmed(key, made.version, ruling, made.colour.family, self.reviewer.name)


def write_decisions(database: str, name: str, ids: list[int], quota: int) -> WriterOutcome:
    """Decide until so many decisions are confirmed."""
    engine = open_engine(database)
    store = DecisionStore(DecidedColours(Naming.load()))
    writer = _Writer(engine, store, Reviewer(name), ids, random.Random(name))
    try:
        while len(writer.outcome.confirmed) < quota:
            writer.say()
    finally:
        engine.dispose()
    return writer.outcome


def record_results(
    database: str, catalogue: int, found: dict[object, Shade], is_over: Callable[[], bool]
) -> int:
    """Backfill a catalogue and do its jobs, again and again; return how many results there were."""
    engine, done = open_engine(database), 0
    ledger = Ledger(engine, get_settings(database_url=database, chunk_size=16))
    try:
        while not is_over():
            backfill(engine, Selection(catalogue_id=catalogue), max_attempts=3)
            done += work(ledger, found, f"again-{done}-")
            time.sleep(PAUSE_S)
    finally:
        engine.dispose()
    return done


def promote_and_roll_back(database: str, batch: int, is_over: Callable[[], bool]) -> int:
    """Promote a staged batch and roll it back, again and again; return how often."""
    engine, times = open_engine(database), 0
    try:
        while not is_over():
            promote(engine, staged_batch(engine, batch))
            rollback(engine, staged_batch(engine, batch))
            times += 1
            time.sleep(PAUSE_S)
    finally:
        engine.dispose()
    return times
