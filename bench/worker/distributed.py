"""Pictures a second of a real worker, its pictures 200 ms away, against the bare networks."""

import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median

from sqlalchemy import func, select

from bench.rig.bare_networks import Bare
from bench.rig.distributed_mode import Machines, open_machines
from bench.rig.embedded_mode import CATALOGUE, gather
from producer.enqueue.enqueue import Order, enqueue
from producer.feeds.product import FeedPicture, FeedProduct
from shared.contracts.jobs import FINAL_STATES, JobState
from shared.database.engine import open_engine
from shared.database.models import Job
from shared.ledger.ledger import Ledger
from shared.queue.celery_app import build_app, sweep
from shared.settings import get_settings
from worker.analysis.networks import build_networks

ROUNDS = 5
DISTINCT = 40
PICTURES = 128
SETTLING = 16
"""So many pictures of a round are done before the clock starts: nothing is ahead of the first."""
LATENCY_S = 0.2
LOOK_EVERY_S = 1.0


def main() -> None:
    """Alternate rounds of the bare networks, and of the worker on the same pictures."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pictures, source = gather(root / "pictures", DISTINCT)
        print(f"{len(pictures)} {source}, {ROUNDS} rounds of {PICTURES}, {LATENCY_S:g} s away")
        with open_machines(root, root / "pictures", LATENCY_S) as machines:
            shop = Shop(machines, [path.name for path in pictures])
            bare = Bare(build_networks(get_settings()), pictures)
            shop.round(SETTLING)  # the worker loads its networks
            rounds = [(bare.run(), shop.round(PICTURES)) for _ in range(ROUNDS)]
    alone, whole = [b for b, _ in rounds], [w for _, w in rounds]
    tell("the whole pipeline", [rate for rate, _ in whole], "pictures/s")
    tell("bare networks", [rate for rate, _ in alone], "pictures/s")
    tell("efficiency", [w[0] / b[0] for b, w in rounds], "")
    tell("the networks' processor time", [1000 * used for _, used in alone], "ms a picture")
    for part in whole[0][1]:
        tell(f"{part}'s", [1000 * used[part] for _, used in whole], "ms a picture")
    share = [b[1] / sum(w[1].values()) for b, w in rounds]
    tell("the networks' share of all processor time", share, "")


def tell(what: str, values: list[float], unit: str) -> None:
    """Print the median, and each round's value."""
    print(f"{what}: {median(values):.3g} {unit} ({', '.join(f'{v:.3g}' for v in values)})")


class Shop:
    """A producer that enqueues and dispatches a round of pictures, and waits for their outcomes."""

    def __init__(self, machines: Machines, names: list[str]) -> None:
        self._machines = machines
        self._names = names
        self._settings = get_settings(
            database_url=machines.environment["DATABASE_URL"],
            broker_url=machines.environment["CELERY_BROKER_URL"],
        )
        self._engine = open_engine(self._settings.database_url)
        self._products = 0

    def round(self, count: int) -> tuple[float, dict[str, float]]:
        """Pictures a second once settled, and each part's processor seconds a picture."""
        before = self._machines.used()
        batch_id = enqueue(self._engine, self._feed(count), Order(CATALOGUE)).batch_id
        sweep(Ledger(self._engine, self._settings), self._settings, build_app(self._settings))
        while self._count_open(batch_id):
            self._machines.used()  # ends the benchmark where the worker has ended
            time.sleep(LOOK_EVERY_S)
        after = self._machines.used()
        used = {part: (after[part] - before[part]) / count for part in after}
        return self._settled_rate(batch_id), used

    def _feed(self, count: int) -> list[FeedProduct]:
        """New products, each with a picture, going round the pictures."""
        first, self._products = self._products, self._products + count
        urls = [f"{self._machines.shop}/{name}" for name in self._names]
        return [
            FeedProduct(i, f"S{i}", pictures=[FeedPicture(urls[i % len(urls)])])
            for i in range(first, self._products)
        ]

    def _count_open(self, batch_id: int | None) -> int:
        query = select(func.count()).where(Job.batch_id == batch_id, Job.state.not_in(FINAL_STATES))
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

    def _settled_rate(self, batch_id: int | None) -> float:
        """From the moment at which the first few were done to the last."""
        query = select(Job.finished_at, Job.state).where(Job.batch_id == batch_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(Job.finished_at)).all()
        if failed := [state for _, state in rows if state is not JobState.DONE]:
            print(f"{len(failed)} of {len(rows)} pictures without a result: {set(failed)}")
        ends: list[datetime] = [end for end, _ in rows if end is not None]
        start = ends[min(SETTLING, len(ends)) - 1]
        seconds = (ends[-1] - start).total_seconds()
        return sum(end > start for end in ends) / seconds if seconds else 0.0


if __name__ == "__main__":
    main()
