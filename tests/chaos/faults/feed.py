"""A long feed with bad rows among the good, given in by a producer that is killed on the way."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.chaos.check import Count, Wanted
from tests.chaos.installation import CATALOGUE, Stuck
from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers.server import query
from tests.chaos.workers.nursery import ROOT

BAD_SHARE: Final = 0.01
_PROGRAM: Final = Path(sys.executable).parent / "colourway"
DOUBLED_SHARE: Final = 0.01
FIRST_ROW_AT: Final = 2
"""The line of the first row: the header has one of its own."""


class Feed:
    """A feed of so many rows; ``bad`` maps the lines that cannot be used to what stands there."""

    def __init__(self, rows: int, chance: Random) -> None:
        self.bad: dict[int, list[str]] = {}
        self.products = 0
        self._rows = rows
        self._chance = chance

    def write(self, path: Path) -> Path:
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["sku", "title", "image_link"])
            writer.writerows(self._lines())
        return path

    def _lines(self) -> Iterator[list[str]]:
        for line in range(FIRST_ROW_AT, self._rows + FIRST_ROW_AT):
            if self._chance.random() < BAD_SHARE:
                self.bad[line] = self._chance.choice(_bad_rows(line))
                yield self.bad[line]
            elif self.products and self._chance.random() < DOUBLED_SHARE:
                yield _good_row(self._chance.randrange(self.products))
            else:
                yield _good_row(self.products)
                self.products += 1


def _good_row(number: int) -> list[str]:
    return [f"F-{number:07}", f"Product {number}", f"https://shop.test/{number}.jpg"]


def _bad_rows(line: int) -> list[list[str]]:
    return [
        ["", "no sku", f"https://shop.test/bad-{line}.jpg"],
        [f"X-{line}", "no picture", ""],
        [f"X-{line}", "no address of a kind that is known", f"ftp://shop.test/bad-{line}.jpg"],
        [f"X-{line}", "too few fields"],
    ]


@scenario("long-feed")
def long_feed(rig: Rig) -> None:
    """A feed of a million rows, bad ones among them; enqueue is killed half-way and run again."""
    feed = Feed(rig.jobs(full=1_000_000, short=5_000), rig.chance)
    path = feed.write(rig.folder / "feed.csv")
    rig.check = lambda wanted: _check(wanted, feed.products)
    _kill_half_way(rig, path)
    rig.injected.faults["bad rows"] = len(feed.bad)
    rejects = rig.folder / "rejects.csv"
    told = _enqueue(rig, path, rejects)
    if told["rejected"] != len(feed.bad):
        rig.problems.append(f"{told['rejected']} rows rejected, {len(feed.bad)} were bad")
    first = sorted(feed.bad)[: len(told["rejected_rows"])]
    if (lines := [row["line"] for row in told["rejected_rows"]]) != first or not first:
        rig.problems.append(f"lines {lines} named, {first} were bad")
    with rejects.open(newline="") as file:
        given = [row[1:] for row in csv.reader(file)][1:]
    if given != [row for _, row in sorted(feed.bad.items())]:
        rig.problems.append(f"the file of rejects has {len(given)} rows, not the bad ones")
    again = _enqueue(rig, path, rejects)
    if again["jobs"] or again["new_products"] or again["removed_pictures"]:
        rig.problems.append(f"the same feed once more changed something: {again}")
    rig.broker.empty()  # no worker runs here


def _kill_half_way(rig: Rig, path: Path) -> None:
    """Give in half of the feed through a pipe, and kill (-9) the enqueue that waits for more."""
    content = path.read_bytes()
    with (rig.folder / "killed.log").open("wb") as log:
        process = subprocess.Popen(
            [_PROGRAM, "enqueue", "-", "--format", "csv", "--catalogue", CATALOGUE],
            env=os.environ | rig.environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    assert process.stdin is not None
    try:
        process.stdin.write(content[: len(content) // 2])
        process.stdin.flush()
        rig.wait_for("the first products", lambda: bool(rig.query("SELECT 1 FROM jobs LIMIT 1")))
    except BrokenPipeError:
        raise Stuck("enqueue ended with half of the feed unread") from None
    finally:
        process.kill()
        process.wait()
        with suppress(BrokenPipeError):
            process.stdin.close()
    rig.count("enqueue killed")


def _enqueue(rig: Rig, path: Path, rejects: Path) -> dict[str, Any]:
    words = ("enqueue", str(path), "--catalogue", CATALOGUE, "--json", "--rejects", str(rejects))
    return json.loads(rig.command(*words).stdout)


def _check(wanted: Wanted, products: int) -> Count:
    """Every good row must be there once, with one picture and one job that waits."""
    count = Count()
    for table in ("products", "product_images", "jobs"):
        ((rows,),) = query(wanted.database_url, f"SELECT count(*) FROM {table}")
        missing = products - int(str(rows))
        if missing:
            count.problems.append(f"{rows} {table}, {products} were to be")
        count.lost += max(0, missing)
        count.doubled += max(0, -missing)
        count.jobs = int(str(rows))
    odd = (
        "SELECT p.sku FROM products p LEFT JOIN product_images i ON i.product_id = p.id "
        "LEFT JOIN jobs j ON j.image_id = i.id WHERE i.generation IS DISTINCT FROM 1 "
        "OR j.state IS DISTINCT FROM 'pending' OR j.generation IS DISTINCT FROM 1 "
        "OR i.url <> 'https://shop.test/' || substr(p.sku, 3)::int || '.jpg'"
    )
    count.lost += count.note(
        "products that are not as the feed has them", query(wanted.database_url, odd)
    )
    return count
