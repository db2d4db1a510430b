"""What each page and filter takes on a catalogue of millions: the whole answer, over HTTP.

usage: python -m bench.web.pages [--products N] [--rounds N] [--explain] [--keep NAME] [SERVER_URL]
       (no URL: PostgreSQL on its usual port; the database is made for it and dropped at the end,
       but with --keep left there under a name, and used again the next time)
"""

import os
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import cycle
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote

import httpx2
from sqlalchemy import Connection, Engine, event, text

from bench.rig.page_catalogue import fill_catalogue, holds, note_rows_made
from bench.rig.page_server import page_server
from bench.rig.postgres import new_database
from producer.catalogue.change_feed import ChangeCursor, ChangedProducts, changed_products
from producer.search.pages import PlaceInOrder
from shared.database.engine import open_engine

PRODUCTS: Final = 200_000
ROUNDS: Final = 15
AIM_MS: Final = 200.0
FAMILIES: Final = ("navy", "black", "white", "red", "turquoise", "beige", "gold", "green")
PIECES: Final = ("bottom", "top", "dress", "bag", "belt")
COLOURS: Final = ("#1b2444", "black", "rouge", "#7fd41c", "Marineblau", "off-white", "#c9a24b")
HTML: Final = {"Accept": "text/html"}


def questions(engine: Engine, products: int) -> dict[str, Iterator[str]]:
    """Return what is asked: for each page its addresses, another one each round."""
    middle = products // 2

    def each(form: str, *words: object) -> Iterator[str]:
        return cycle([form.format(quote(str(word), safe="")) for word in words or ("",)])

    at = [PlaceInOrder("after", None, middle + 997 * n).token("catalogue") for n in range(9)]
    sure = [PlaceInOrder("after", 0.6 + n / 50, middle).token("least-sure") for n in range(9)]
    numbers = [(middle + 7919 * n) % products + 1 for n in range(40)]
    cursor = str(ChangeCursor("all", 1, middle, _database(engine)))
    words = [f"{family} {n}" for n, family in enumerate(FAMILIES)]
    since = "2020-01-01"
    return {
        "products, the first page": each("/products"),
        "a page in the middle": each("/products?at={}", *at),
        "changed last": each("/products?order=recent"),
        "least sure": each("/products?order=least-sure"),
        "least sure, in the middle": each("/products?order=least-sure&at={}", *sure),
        "likeliest wrong word": each("/products?order=wrong-word"),
        "family": each("/products?family={}", *FAMILIES),
        "family, least sure": each("/products?order=least-sure&family={}", *FAMILIES),
        "second family": each("/products?family_second={}", *FAMILIES),
        "piece": each("/products?piece={}", *PIECES),
        "family and piece": each("/products?piece=bottom&family={}", *FAMILIES),
        "family, piece, word ≠ found": each("/products?mismatch=1&piece=top&family={}", *FAMILIES),
        "pattern": each("/products?pattern={}", "striped", "printed"),
        "warning": each("/products?warning={}", "piece_guessed", "skin_in_clothes"),
        "a rare warning": each("/products?warning=black_and_white"),
        "confidence": each("/products?min_confidence=0.4&max_confidence={}", 0.41, 0.5, 0.6),
        "catalogue": each("/products?catalogue=shop%20{}", 1, 2, 3),
        "category": each("/products?category={}", "skirts", "coats", "belts"),
        "changed since": each("/products?changed_since={}", since),
        "shop's word": each("/products?word={}", *words),
        "words of the title": each("/products?q={}", "pleated skirt", "wrap dre", "coat"),
        "a rare word": each("/products?q={}", "pleated 4321", "slim 17"),
        "sku": each("/products?q=SKU-{}", *numbers),
        "colour": each("/products?colour={}", *COLOURS),
        "colour and piece": each("/products?piece=bottom&colour={}", *COLOURS),
        "colour, family, word ≠ found": each(
            "/products?mismatch=1&family=navy&colour={}", *COLOURS
        ),
        "words × families": each("/products/words"),
        "a product": each("/products/{}", *numbers),
        "API: search": each("/api/v1/products?family={}", *FAMILIES),
        "API: product by sku": each("/api/v1/products/SKU-{}", *numbers),
        "API: changes, 200": each("/api/v1/changes?cursor={}", cursor),
    }


def measure(client: httpx2.Client, asked: dict[str, Iterator[str]], rounds: int) -> float:
    """Ask each page many times, print what it took; return the largest median."""
    print(f"load {os.getloadavg()[0]:.1f}; milliseconds of {rounds} rounds, the whole answer:")
    worst = 0.0
    for what, addresses in asked.items():
        spent: list[float] = []
        for _ in range(rounds):
            address = next(addresses)
            started = time.perf_counter()
            answer = client.get(address)
            spent.append(1000 * (time.perf_counter() - started))
            assert answer.status_code == 200, (address, answer.status_code, answer.text[-300:])
        median, p95 = statistics.median(spent), statistics.quantiles(spent, n=20)[-1]
        worst = max(worst, median)
        told = f"median {median:7.1f}, 95th percentile {p95:7.1f}, fastest {min(spent):7.1f}"
        print(f"  {what:<32} {told}{'' if median <= AIM_MS else '  over the aim'}", flush=True)
    return worst


def explain(engine: Engine, client: httpx2.Client, asked: dict[str, Iterator[str]]) -> None:
    """Ask each page once more, and print the plan of each statement that reads search rows."""
    said: list[tuple[str, Any]] = []

    def listen(_: Connection, _cursor: object, statement: str, parameters: Any, *_more: object):
        if "product_search" in statement:
            said.append((statement, parameters))

    for what, addresses in asked.items():
        said.clear()
        address = next(addresses)
        with _listening(engine, listen):
            client.get(address)
        print(f"\n{what}: {address}")
        for statement, parameters in said:
            with engine.connect() as connection:
                plan = connection.exec_driver_sql(
                    f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", parameters
                )
                lines = [line for (line,) in plan if "Planning" not in line]
                print("".join(f"  {line[:160]}\n" for line in lines), end="", flush=True)
                connection.rollback()


@contextmanager
def _listening(engine: Engine, listen: Callable[..., None]) -> Generator[None]:
    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def _changed(engine: Engine, cursor: ChangeCursor | None) -> ChangedProducts:
    with engine.connect() as connection:
        return changed_products(connection, cursor, 1)


def _database(engine: Engine) -> str:
    return _changed(engine, None).cursor.database


def main(products: int, rounds: int, server: str | None, keep: str | None, *, plans: bool) -> None:
    """Fill, ask, drop."""
    with new_database(server, keep=keep) as url, TemporaryDirectory() as home:
        engine = open_engine(url)
        print(f"{products:,} products", flush=True)
        if not holds(engine, products):
            fill_catalogue(engine, products)
            last = _changed(engine, ChangeCursor("all", 1, products, _database(engine)))
            note_rows_made(engine, str(last.cursor))
        with engine.connect() as connection:
            size = connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
            rows = text("SELECT pg_total_relation_size('product_search')")
            ours = connection.scalar(rows) or 0
        print(f"  {size / 1e9:.1f} GB, of which search rows and their indexes {ours / 1e9:.1f} GB")
        with page_server(engine, url, home) as address:
            asked = questions(engine, products)
            with httpx2.Client(base_url=address, headers=HTML, timeout=120) as client:
                worst = measure(client, asked, rounds)
                print(f"largest median {worst:.0f} ms (aim: ≤ {AIM_MS:g})")
                if plans:
                    explain(engine, client, asked)
        engine.dispose()


if __name__ == "__main__":
    parser = ArgumentParser("python -m bench.web.pages")
    parser.add_argument("server", nargs="?", help="URL of a PostgreSQL; without: on its usual port")
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--explain", action="store_true", help="print the plans")
    parser.add_argument("--keep", metavar="NAME", help="leave the database under this name")
    given = parser.parse_args()
    main(given.products, given.rounds, given.server, given.keep, plans=given.explain)
