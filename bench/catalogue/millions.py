"""Five million products, pictures and finished jobs in PostgreSQL: what each question takes.

usage: python -m bench.catalogue.millions [ROWS] [SERVER_URL] [--open JOBS] [--explain]
       (no URL: PostgreSQL on its usual port; the database is made for it and dropped at the end)
"""

import json
import os
import shutil
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, event, text

from bench.rig.postgres import new_database
from producer.reprocess.backfill import Selection, backfill
from producer.reprocess.recheck import Stale, pages
from producer.reprocess.retry import failures
from producer.status.counts import read_status
from shared.contracts.jobs import Claim, JobState, Queue
from shared.contracts.results import Provenance, Shade
from shared.database.engine import open_engine, upgrade
from shared.database.models import utc_now
from shared.ledger.ledger import Ledger
from shared.ledger.reopening import Failures
from shared.settings import get_settings

ROWS: Final = 5_000_000
OPEN_JOBS: Final = 5_000
"""How many of the jobs wait, unless told otherwise."""

BATCHES: Final = 50
CATALOGUES: Final = 3
ROUNDS: Final = 40
AIM_MS: Final = 50.0

BEFORE: Final = "0006"
"""The schema that is filled; the migrations behind it find the rows, as they would in use."""

BYTES_A_ROW: Final = 2500
"""What a product, its picture and its job take on the disk, indexes and log included, and some."""

# Products, pictures and jobs have the same number. One job in 500 failed, one in 5,000 is in
# quarantine, the last ones wait.
FILL: Final = {
    "catalogues": """
        INSERT INTO catalogues (id, name, created_at)
        SELECT n, 'shop ' || n, now() FROM generate_series(1, :catalogues) AS n""",
    "batches": """
        INSERT INTO batches (id, catalogue_id, trigger, source, created_at)
        SELECT n, n % :catalogues + 1, 'nightly', 'feed.csv', now()
        FROM generate_series(1, :batches) AS n""",
    "products": """
        INSERT INTO products (id, catalogue_id, sku, title, category, merchant_colour, colour_hex,
            colour_name, colour_family, colours, skin, hair, crop_key, cutout_key, thumbnail_key,
            confidence, provenance, enriched_at, created_at, updated_at)
        SELECT n, n % :catalogues + 1, 'SKU-' || n, 'Dress, no. ' || n, 'dresses', 'Sage',
            '#1b2a4a', 'midnight', 'navy', CAST(:shades AS jsonb), CAST(:shades AS jsonb), '[]',
            'ab/' || n, 'ab/' || n, 'ab/' || n, 0.8, CAST(:provenance AS jsonb),
            CASE WHEN n <= :ended THEN now() END, now(), now()
        FROM generate_series(1, :rows) AS n""",
    "product_images": """
        INSERT INTO product_images (id, product_id, position, url, generation, sha256, subject,
            score, box, size, shades, confidence, crop_key, cutout_key, thumbnail_key, provenance,
            outcome, code, enriched_at, created_at)
        SELECT n, n, 0, 'https://pictures.shop.example/' || n || '-front.jpg', 1,
            md5(CAST(n AS text)) || md5(CAST(n AS text)), 'person', 0.9, '[40, 210, 1180, 620]',
            '[1200, 800]', jsonb_build_object('clothes', CAST(:shades AS jsonb)), 0.8, 'ab/' || n,
            'ab/' || n, 'ab/' || n, CAST(:provenance AS jsonb),
            CASE WHEN n > :ended THEN NULL WHEN n % 5000 = 0 THEN 'quarantined'
                WHEN n % 500 = 0 THEN 'failed' ELSE 'done' END,
            CASE WHEN n > :ended THEN NULL WHEN n % 500 = 0 THEN 'fetch_timeout' ELSE 'ok' END,
            CASE WHEN n <= :ended THEN now() END, now()
        FROM generate_series(1, :rows) AS n""",
    "jobs": """
        INSERT INTO jobs (id, image_id, batch_id, generation, queue, state, attempts, code, stage,
            message, timings_ms, created_at, finished_at)
        SELECT n, n, n * :batches / (:rows + 1) + 1, 1, 'nightly',
            CASE WHEN n > :ended THEN 'pending' WHEN n % 5000 = 0 THEN 'quarantined'
                WHEN n % 500 = 0 THEN 'failed' ELSE 'done' END,
            CASE WHEN n > :ended THEN 0 ELSE 1 END,
            CASE WHEN n > :ended THEN NULL WHEN n % 500 = 0 THEN 'fetch_timeout' ELSE 'ok' END,
            CASE WHEN n <= :ended AND n % 500 = 0 THEN 'fetch' END,
            CASE WHEN n <= :ended AND n % 500 = 0 THEN 'no answer within 20 s' END,
            CAST(:timings AS jsonb), now(), CASE WHEN n <= :ended THEN now() END
        FROM generate_series(1, :rows) AS n""",
}
SHADES: Final = json.dumps(
    [
        Shade("#1b2a4a", (17.5, 3.25, -21.0), 0.75, "midnight", "navy").to_json(),
        Shade("#f5f5f0", (96.5, -0.5, 2.0), 0.25, "chalk", "white").to_json(),
    ]
)
PROVENANCE: Final = json.dumps(
    Provenance("ab" * 32, "3", {"mask_rcnn": "cd" * 32, "pix2pix": "ef" * 32}, "2", "7").to_json()
)
TIMINGS: Final = '{"fetch": 120.5, "decode": 9.25, "mask": 59.0, "segment": 140.0, "store": 20.5}'


def fill(engine: Engine, rows: int, ended: int) -> None:
    """Write the rows, and print how long each table took."""
    values = {
        "rows": rows,
        "ended": ended,
        "batches": BATCHES,
        "catalogues": CATALOGUES,
        "shades": SHADES,
        "provenance": PROVENANCE,
        "timings": TIMINGS,
    }
    for table, statement in FILL.items():
        started = time.perf_counter()
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            # No foreign key is looked up: they fit.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement), values)
            last = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            connection.execute(text(last))
        tell(table, started)


def tell(what: str, started: float) -> None:
    """Print how long something took."""
    print(f"  {what}: {time.perf_counter() - started:.1f} s", flush=True)


def analyse(engine: Engine) -> None:
    """Do what autovacuum does after a while."""
    started = time.perf_counter()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
    tell("vacuum and analyse", started)


Question = Callable[[], object]


def questions(engine: Engine, url: str) -> dict[str, tuple[Question, Question]]:
    """Return what is asked, and what puts the ledger back as it was before."""
    settings = get_settings(database_url=url)
    ledger = Ledger(engine, settings)
    claims: list[Claim] = []
    ids: list[int] = []
    waiting = ledger.due(32, suspects=False, queue=Queue.NIGHTLY)

    def claim(job_ids: Sequence[int] | None = None) -> None:
        claims[:] = ledger.claim(job_ids, limit=32)
        assert len(claims) == 32

    def due() -> None:
        ids[:] = ledger.due(1000, suspects=False, queue=Queue.NIGHTLY)
        assert len(ids) == 1000

    def due_and_mark() -> None:
        due()
        ledger.mark_dispatched(ids)

    def page(wanted: Failures) -> None:
        assert next(failures(engine, wanted, 1000))

    def missing() -> None:
        found = backfill(engine, Selection(missing=True), 3, limit=1, dry_run=True)
        assert found.jobs == 1

    def nightly() -> None:
        assert next(pages(engine, Stale(catalogue_id=1, before=utc_now())))

    def nothing() -> None:
        return

    return {
        "claim 32 of a notification": (lambda: claim(waiting), lambda: ledger.release(claims)),
        "claim 32 of all": (claim, lambda: ledger.release(claims)),
        "due, 1,000": (due, nothing),
        "due and mark, 1,000": (due_and_mark, lambda: ledger.unmark_dispatched(ids)),
        "status of all": (lambda: read_status(engine, settings), nothing),
        "status of one batch": (lambda: read_status(engine, settings, 7), nothing),
        "busy workers": (ledger.busy_workers, nothing),
        "nightly, first page": (nightly, nothing),
        "backfill --missing, first page": (missing, nothing),
        "quarantine list, first page": (
            lambda: page(Failures((JobState.QUARANTINED,))),
            nothing,
        ),
        "retry, first page": (lambda: page(Failures()), nothing),
    }


def measure(asked: dict[str, tuple[Question, Question]]) -> None:
    """Ask each question many times; print the median and the 95th percentile."""
    print(f"load {os.getloadavg()[0]:.1f}; milliseconds of {ROUNDS} rounds:")
    for what, (ask, undo) in asked.items():
        spent: list[float] = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            ask()
            spent.append(1000 * (time.perf_counter() - started))
            undo()
        p95 = statistics.quantiles(spent, n=20)[-1]
        print(
            f"  {what:<32} median {statistics.median(spent):7.1f}, 95th percentile {p95:7.1f}"
            f"  (aim: ≤ {AIM_MS:g})",
            flush=True,
        )


def explain(engine: Engine, asked: dict[str, tuple[Question, Question]]) -> None:
    """Ask each question once, and print the plan of each statement that reads."""
    said: list[tuple[str, Any]] = []

    def listen(_: Connection, _cursor: object, statement: str, parameters: Any, *_more: object):
        if statement.lstrip().startswith("SELECT") and "advisory" not in statement:
            said.append((statement, parameters))

    for what, (ask, undo) in asked.items():
        said.clear()
        event.listen(engine, "before_cursor_execute", listen)
        ask()
        event.remove(engine, "before_cursor_execute", listen)
        undo()
        print(f"\n{what}")
        for statement, parameters in said:
            with engine.connect() as connection:
                plan = connection.exec_driver_sql(
                    f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}", parameters
                )
                print(f"  -- {' '.join(statement.split())[:150]}")
                print("".join(f"  {line}\n" for (line,) in plan), end="", flush=True)
                connection.rollback()


def main(rows: int, waiting: int, server: str | None, *, plans: bool) -> None:
    """Fill, ask, drop."""
    needed, free = rows * BYTES_A_ROW, shutil.disk_usage("/").free
    if free < needed:
        raise SystemExit(
            f"{rows:,} rows take {needed / 1e9:.0f} GB; {free / 1e9:.0f} are free here"
        )
    with new_database(server, BEFORE) as url:
        engine = open_engine(url)
        print(f"{rows:,} products, pictures and jobs, {waiting:,} of them open", flush=True)
        fill(engine, rows, rows - waiting)
        started = time.perf_counter()
        upgrade(url)
        tell("upgrade: counts filled, failed jobs indexed", started)
        analyse(engine)
        with engine.connect() as connection:
            size = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
        print(f"  {size / 1e9:.1f} GB, {size / rows:,.0f} bytes a product")
        asked = questions(engine, url)
        measure(asked)
        if plans:
            explain(engine, asked)
        engine.dispose()


if __name__ == "__main__":
    parser = ArgumentParser("python -m bench.catalogue.millions")
    parser.add_argument("rows", nargs="?", type=int, default=ROWS)
    parser.add_argument("server", nargs="?", help="URL of a PostgreSQL; without: on its usual port")
    parser.add_argument("--open", type=int, default=OPEN_JOBS, help="how many of the jobs wait")
    parser.add_argument("--explain", action="store_true", help="print the plans")
    given = parser.parse_args()
    main(given.rows, given.open, given.server, plans=given.explain)
