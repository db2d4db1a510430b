"""Fifty readers and reviewers at once for a minute, while results are recorded: errors and waits.

usage: python -m bench.web.load [--products N] [--people N] [--seconds N] [--keep NAME] [SERVER_URL]

Half of them look around, half decide on a product every second or two. The service, its database
and all of them are on this machine, and nothing else is asked. (No URL: PostgreSQL on its usual
port; the database is made for it and dropped at the end, but with --keep
left there under a name, and used again the next time.) Exits with 1 where an aim is missed.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Final

from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from bench.rig.page_catalogue import fill_catalogue, holds, note_rows_made
from bench.rig.page_server import page_server
from bench.rig.postgres import new_database
from producer.catalogue.change_feed import ChangeCursor, changed_products
from shared.contracts.web_roles import WebRole
from shared.database.decision_rows import Decision
from shared.database.engine import open_engine
from shared.database.models import Product, utc_now
from shared.database.web_tables import ApiKey
from web.identity.keys import make_key
from web.identity.tokens import token_hash

PRODUCTS: Final = 100_000
PEOPLE: Final = 50
SECONDS: Final = 60
MOST_PRODUCTS: Final = 1_000_000
MOST_SECONDS: Final = 60
AIM_MS: Final = 500.0
RECORDED_S: Final = 0.25
"""Every so often a worker's results are written, ten in one transaction."""


def record_results(engine: Engine, products: int, stop: Event) -> None:
    """Write answers as workers do, until told to stop."""
    turn = 0
    while not stop.wait(RECORDED_S):
        turn += 1
        ids = [(turn * 7919 + n * 104729) % products + 1 for n in range(10)]
        with engine.begin() as connection:
            changed = update(Product).where(Product.id.in_(ids))
            connection.execute(changed.values(confidence=0.7, updated_at=utc_now()))


def new_key(engine: Engine) -> str:
    """Return a key that may review."""
    key = make_key()
    with Session(engine) as session, session.begin():
        session.add(ApiKey(name=f"bench {key[-8:]}", role=WebRole.REVIEW, key_hash=token_hash(key)))
    return key


def decisions_stored(engine: Engine) -> int:
    """Count the decisions that are in the database."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Decision)) or 0


def tell(answers: list[tuple[str, int, float]], seconds: float) -> bool:
    """Print what came back; return whether the aims are met."""
    by_what: dict[str, list[float]] = defaultdict(list)
    for what, _, spent in answers:
        by_what[what].append(spent)
    for what, times in sorted(by_what.items()):
        print(f"  {what:<42} {len(times):5} median {statistics.median(times):7.1f} ms")
    errors = [(what, status) for what, status, _ in answers if not 200 <= status < 300]
    every = [spent for _, _, spent in answers]
    p95 = statistics.quantiles(every, n=20)[-1]
    print(f"{len(answers):,} answers, {len(answers) / seconds:.0f} a second; {len(errors)} errors")
    for what, status in errors[:5]:
        print(f"  {what}: {status or 'no answer'}")
    print(
        f"median {statistics.median(every):.0f} ms, 95th percentile {p95:.0f} ms"
        f" (aim: 0 errors, ≤ {AIM_MS:g} ms); load {os.getloadavg()[0]:.1f}"
    )
    return not errors and p95 <= AIM_MS


def main(products: int, people: int, seconds: int, server: str | None, keep: str | None) -> bool:
    """Fill, let people in, count."""
    with new_database(server, keep=keep) as url, TemporaryDirectory() as home:
        engine = open_engine(url)
        print(f"{products:,} products, {people} people, {seconds} s", flush=True)
        if not holds(engine, products):
            fill_catalogue(engine, products)
            with engine.begin() as connection:
                connection.execute(text("SELECT 1"))
                here = changed_products(connection, None, 1).cursor
                at = ChangeCursor("since", here.number, 0, here.database)
            note_rows_made(engine, str(at))
        stored_before = decisions_stored(engine)
        stop = Event()
        worker = Thread(target=record_results, args=(engine, products, stop))
        with page_server(engine, url, home) as address:
            worker.start()
            module = [sys.executable, "-m", "bench.rig.page_clients", address, new_key(engine)]
            started = time.monotonic()
            done = subprocess.run(
                [*module, str(products), str(people), str(seconds)],
                stdout=subprocess.PIPE,
                check=True,
            )
            spent = time.monotonic() - started
            stop.set()
            worker.join()
        answers = [(what, status, ms) for what, status, ms in json.loads(done.stdout)]
        met = tell(answers, spent)
        stored = decisions_stored(engine) - stored_before
        given = sum(what == "PUT decision" and status == 200 for what, status, _ in answers)
        print(f"{given} decisions were answered, {stored} are stored")
        engine.dispose()
        return met and given == stored


if __name__ == "__main__":
    parser = ArgumentParser("python -m bench.web.load")
    parser.add_argument("server", nargs="?", help="URL of a PostgreSQL; without: on its usual port")
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--keep", metavar="NAME", help="leave the database under this name")
    given = parser.parse_args()
    sys.exit(
        not main(
            min(given.products, MOST_PRODUCTS),
            min(given.people, PEOPLE),
            min(given.seconds, MOST_SECONDS),
            given.server,
            given.keep,
        )
    )
