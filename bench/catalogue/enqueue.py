"""A feed into the ledger, jobs dispatched: processor time beside an earlier build's, and memory.

usage: python -m bench.catalogue.enqueue [--products N] [--rounds N] [--against COMMIT]
                                         [--postgres URL] [--redis URL]

The two builds take turns, each with databases of its own in PostgreSQL, which are dropped again.
The least of the rounds counts, since whatever else the machine does only adds. Then XML and an
Excel workbook of a tenth of the products, and SQLite. Servers are looked for on their usual ports;
of Redis a database is used that is empty.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

from bench.rig.broker import USUAL, NoBrokerError, empty_broker
from bench.rig.builds import THIS, Build, NoBuildError, build_of
from bench.rig.command_cost import CommandCost, cost_of
from bench.rig.feed_files import write_feed
from bench.rig.postgres import NoServerError, new_database

PRODUCTS = 1_000_000
AGAINST = "428f76f"
AIM_MB = 300
AIM_RATIOS = {"everything new": "≥ 1.0", "the same feed again": "≥ 1.3"}
NOTIFICATIONS = "colourway.2.nightly"


class EnqueueBench:
    """Calls ``colourway enqueue``, beginning each time with an empty queue."""

    def __init__(self, broker: str, postgres: str | None) -> None:
        self._broker = broker
        self._postgres = postgres

    def twice(self, build: Build, feed: Path) -> dict[str, CommandCost]:
        """Enqueue a feed into a new database of PostgreSQL: everything is new, then nothing is."""
        with new_database(self._postgres, revision="base") as url:
            build.migrate(url)
            return {what: self.enqueue(build, feed, url) for what in AIM_RATIOS}

    def enqueue(self, build: Build, feed: Path, url: str) -> CommandCost:
        """Enqueue a feed once."""
        redis.Redis.from_url(self._broker).delete(NOTIFICATIONS)
        settings = {"DATABASE_URL": url, "CELERY_BROKER_URL": self._broker}
        return cost_of(build, ["enqueue", str(feed)], settings)

    def compare(self, feed: Path, products: int, rounds: int, other: Build | None) -> None:
        """Enqueue the same feed by both builds in turn, and print each call and the ratios."""
        builds = [*([other] if other else []), THIS]
        costs: dict[tuple[str, str], list[CommandCost]] = {}
        for _ in range(rounds):
            for build in builds:
                for what, cost in self.twice(build, feed).items():
                    costs.setdefault((what, build.name), []).append(cost)
                    show(f"{build.name}, postgresql, {what}", cost, products)
        for what, aim in AIM_RATIOS.items() if other else ():
            before, now = (
                min(costs[what, build.name], key=lambda cost: cost.processor_s) for build in builds
            )
            print(
                f"{what}: {before.processor_s / now.processor_s:.2f} × as fast as "
                f"{builds[0].name} (aim: {aim}): {before.processor_s:.1f} s of processor time "
                f"before, {now.processor_s:.1f} s now",
                flush=True,
            )


def show(what: str, cost: CommandCost, products: int) -> None:
    """Print what one call took."""
    server = "" if cost.server_s is None else f", of PostgreSQL {cost.server_s:.1f} s"
    print(
        f"{what}: {products / cost.wall_s:,.0f} products/s by the clock; processor time of the "
        f"command {cost.command_s:.1f} s{server}; peak {cost.peak_mb:.0f} MB (aim: < {AIM_MB})",
        flush=True,
    )


def main(
    products: int, rounds: int, against: str | None, postgres: str | None, server: str
) -> None:
    """Measure CSV by both builds, then XML and a workbook, then SQLite."""
    try:
        other = build_of(against) if against else None
    except NoBuildError as error:
        print(f"without an earlier build: {error}")
        other = None
    with TemporaryDirectory() as name, empty_broker(server) as broker:
        folder = Path(name)
        bench = EnqueueBench(broker, postgres)
        feed = folder / "feed.csv"
        write_feed(feed, products)
        print(f"{products:,} products, one picture each, {feed.stat().st_size / 1e6:.0f} MB of CSV")
        try:
            bench.compare(feed, products, rounds, other)
            for ending in ("xml", "xlsx"):
                form = folder / f"feed.{ending}"
                write_feed(form, products // 10)
                for what, cost in bench.twice(THIS, form).items():
                    show(f"{ending}, {products // 10:,} products, {what}", cost, products // 10)
        except NoServerError as error:
            print(f"postgresql: {error}")
        url = f"sqlite:///{folder}/colourway.db"
        THIS.migrate(url)
        for what in AIM_RATIOS:
            show(f"sqlite, {what}", bench.enqueue(THIS, feed, url), products)


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.catalogue.enqueue")
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--against", default=AGAINST, help=f"commit to compare with ({AGAINST})")
    parser.add_argument("--postgres", help="URL of a server, as its user who may make databases")
    parser.add_argument("--redis", default=USUAL, help=f"URL of a server ({USUAL})")
    given = parser.parse_args()
    try:
        main(given.products, given.rounds, given.against, given.postgres, given.redis)
    except NoBrokerError as failure:
        sys.exit(str(failure))
