"""Whether a decision is ever lost: many people decide while results are recorded and promoted.

usage: python -m bench.web.decisions [--decisions N] [--writers N] [--products N] [--sqlite]
                                     [--database SERVER_URL]

Half of the products are of a catalogue that workers record again and again, the others of one whose
staged backfill is promoted and rolled back all the time. Every decision that was confirmed to its
writer must be in the database as it was made, nothing else may be there, and what is read of every
product must be the decision that counts. Exits with 1 where that is not so.
"""

import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Generator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, select

from bench.rig.crowd import (
    Confirmed,
    WriterOutcome,
    promote_and_roll_back,
    record_results,
    write_decisions,
)
from bench.rig.postgres import new_database
from producer.catalogue.reader import ProductReader, ProductSelection
from producer.enqueue.enqueue import Order, enqueue
from shared.contracts.decisions import Ruling
from shared.contracts.results import Shade
from shared.database.decision_rows import Decision
from shared.database.engine import open_engine, upgrade
from shared.database.models import Catalogue, Product
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.staged import hold_and_work, work
from tests.support.catalogue.stored import product
from tests.support.rows import NAVY, RED, TAN

RECORDED, PROMOTED = "recorded", "promoted"


@dataclass(frozen=True, slots=True)
class CrowdOutcome:
    """What became of the decisions; ``lost`` and ``overwritten`` must be 0, ``unread`` too.

    ``unread`` products are read as something else than their decision says.
    """

    confirmed: int
    refused: int
    results: int
    promotions: int
    seconds: float
    lost: int
    overwritten: int
    unread: int

    @property
    def is_right(self) -> bool:
        """Whether nothing went wrong, and something happened meanwhile."""
        nothing_wrong = not (self.lost or self.overwritten or self.unread)
        return nothing_wrong and self.results > 0 and self.promotions > 0


@dataclass(frozen=True, slots=True)
class Shop:
    """The products of both catalogues, and the staged batch of one of them."""

    ids: list[int]
    recorded: int
    batch: int
    found: dict[object, Shade]


def prepare(engine: Engine, products: int) -> Shop:
    """Fill a database: two catalogues with results, and a staged batch of one of them."""
    ledger = Ledger(engine, get_settings(chunk_size=64))
    half, batch = products // 2, 0
    names = {PROMOTED: range(half), RECORDED: range(half, products)}
    for catalogue, numbers in names.items():
        enqueue(engine, [product(f"P{key}", key) for key in numbers], Order(catalogue))
        work(ledger, dict.fromkeys(numbers, NAVY), "first-")
        if catalogue == PROMOTED:  # the only one that is there yet
            batch = hold_and_work(engine, ledger, dict.fromkeys(numbers, RED), "staged-")
    with engine.connect() as connection:
        ids = list(connection.scalars(select(Product.id).order_by(Product.id)))
        query = select(Catalogue.id).where(Catalogue.name == RECORDED)
        recorded = connection.scalar(query)
    assert recorded is not None
    # Those that everybody looks at are of both.
    mixed = [key for pair in zip(ids[:half], ids[half:], strict=False) for key in pair]
    return Shop(mixed, recorded, batch, dict.fromkeys(names[RECORDED], TAN))


def run_crowd(
    database: str, shop: Shop, decisions: int, writers: int, executor: Executor
) -> CrowdOutcome:
    """Let so many writers decide while results are recorded and promoted; then look at it all."""
    began = time.perf_counter()
    over = [False]
    with ThreadPoolExecutor(2) as others:
        is_over = partial(over.__getitem__, 0)
        recording = others.submit(record_results, database, shop.recorded, shop.found, is_over)
        promoting = others.submit(promote_and_roll_back, database, shop.batch, is_over)
        try:
            quota = -(-decisions // writers)
            deciding = [
                executor.submit(write_decisions, database, f"writer {number}", shop.ids, quota)
                for number in range(writers)
            ]
            outcomes = [each.result() for each in deciding]
        finally:
            over[0] = True
        results, promotions = recording.result(), promoting.result()
    seconds = time.perf_counter() - began
    engine = open_engine(database)
    try:
        lost, overwritten = _missing(engine, outcomes)
        unread = _misread(engine, shop.ids)
    finally:
        engine.dispose()
    return CrowdOutcome(
        confirmed=sum(len(each.confirmed) for each in outcomes),
        refused=sum(each.refused for each in outcomes),
        results=results,
        promotions=promotions,
        seconds=seconds,
        lost=lost,
        overwritten=overwritten,
        unread=unread,
    )


def _missing(engine: Engine, outcomes: Sequence[WriterOutcome]) -> tuple[int, int]:
    """Return how many confirmed decisions are not there, and how many are another than was made."""
    with engine.connect() as connection:
        stored = {
            (row.product_id, row.version): row
            for row in connection.execute(select(Decision.__table__))
        }
    confirmed: dict[tuple[int, int], list[Confirmed]] = defaultdict(list)
    for outcome in outcomes:
        for each in outcome.confirmed:
            confirmed[each.product_id, each.version].append(each)
    lost = sum(key not in stored for key in confirmed)
    overwritten = sum(len(made) > 1 for made in confirmed.values())
    for key, row in stored.items():
        made = confirmed.get(key)
        as_stored = Confirmed(*key, Ruling(row.ruling), row.family, row.decided_by)
        overwritten += made is None or as_stored not in made
    taken_back = {key for outcome in outcomes for key in outcome.taken_back}
    overwritten += sum(
        (row.taken_back_at is None) is (key in taken_back) for key, row in stored.items()
    )
    return lost, overwritten


def _misread(engine: Engine, ids: Sequence[int]) -> int:
    """Return how many products are read as something else than the newest decision that stands."""
    standing: dict[int, str | None] = {}
    with engine.connect() as connection:
        query = select(Decision.__table__).where(Decision.taken_back_at.is_(None))
        for row in connection.execute(query.order_by(Decision.product_id, Decision.version)):
            if row.ruling != Ruling.TAKEN_BACK:
                standing[row.product_id] = row.family
    complaints: list[str] = []
    reader = ProductReader(engine, ProductSelection(), lambda sku, _why: complaints.append(sku))
    wrong = 0
    for page in reader.pages():
        for each in page:
            decided = each.decision is not None
            wrong += decided is not (each.id in standing)
            wrong += decided and each.colour_family != standing.get(each.id)
            wrong += not decided and each.colour_family not in ("navy", "red", "brown")
    return wrong + len(complaints) + (reader.read != len(ids))


@contextmanager
def _database(server: str | None, *, sqlite: bool) -> Generator[str]:
    if not sqlite:
        with new_database(server) as url:
            yield url
        return
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'colourway.db'}"
        upgrade(url)
        yield url


def main() -> int:
    """Run the benchmark; return the exit code."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--database")
    asked = parser.parse_args()
    with (
        _database(asked.database, sqlite=asked.sqlite) as url,
        ProcessPoolExecutor(asked.writers) as executor,
    ):
        engine = open_engine(url)
        shop = prepare(engine, asked.products)
        engine.dispose()
        done = run_crowd(url, shop, asked.decisions, asked.writers, executor)
    print(
        f"{done.confirmed:,} decisions by {asked.writers} writers on {asked.products:,} products"
        f" in {done.seconds:.0f} s, {done.refused:,} refused because others had decided;\n"
        f"meanwhile {done.results:,} results recorded, a staged batch promoted and rolled back "
        f"{done.promotions:,} times\n"
        f"{done.lost} lost, {done.overwritten} overwritten, {done.unread} read as something else"
    )
    return 0 if done.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
