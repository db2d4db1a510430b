"""What is looked at after a scenario: the database by SQL of its own, the store, the broker.

Nothing here trusts the ledger's code. What should be there follows from the pictures that the
scenario enqueued, whose content follows from their URLs (:mod:`tests.chaos.servers.pictures`).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from shared.contracts.jobs import FINAL_STATES, JobState
from shared.storage.watched import PROBE_KEY
from tests.chaos.servers.pictures import content_of
from tests.chaos.servers.server import query
from tests.chaos.workers.stand_in import VERSION, crops_of, hex_of
from worker.stages.decode import decode
from worker.stages.store import GarmentPictures, store

FINAL = [state.value for state in FINAL_STATES]
MOST_NAMED = 5
"""How many of a kind are named one by one."""


@dataclass
class Memory:
    """A storage that only remembers: what a right worker would have stored."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        self.objects[key] = content


@dataclass(frozen=True)
class Expected:
    """What a right result of one picture holds."""

    sha256: str
    hex: str
    objects: Mapping[str, bytes]


@cache
def expected(url: str) -> Expected:
    """Work out what a picture's result must be, from its URL alone."""
    content = content_of(urlsplit(url).path)
    sha256 = hashlib.sha256(content).hexdigest()
    pixels = decode(content, 1_000_000)
    memory = Memory()
    store(GarmentPictures(crops_of(pixels)), cast("Any", memory), sha256, VERSION)
    return Expected(sha256, hex_of(pixels), memory.objects)


@dataclass
class Count:
    """What was found. ``problems`` says of what in words."""

    jobs: int = 0
    done: int = 0
    lost: int = 0
    doubled: int = 0
    stale: int = 0
    quarantined: int = 0
    """Jobs in quarantine whose picture does no harm."""
    poison: int = 0
    """Jobs that were to end otherwise than done, and did."""
    over_limit: int = 0
    leftover: int = 0
    """Unfinished files that killed workers left: litter, but no result."""
    problems: list[str] = field(default_factory=list)

    def note(self, what: str, found: Iterable[object]) -> int:
        """Add a problem where anything was found; return how many."""
        named = list(found)
        if named:
            some = ", ".join(str(one) for one in named[:MOST_NAMED])
            self.problems.append(f"{len(named)} {what}: {some}{' …' * (len(named) > MOST_NAMED)}")
        return len(named)


@dataclass(frozen=True)
class Wanted:
    """What a scenario enqueued: for each sku the URL that counts now, and those before it."""

    database_url: str
    objects: Path
    max_attempts: int
    present: Mapping[str, str]
    former: frozenset[str] = frozenset()
    endings: Mapping[str, JobState] = field(default_factory=dict)
    """How the jobs of some URLs must end; all others must be done."""
    retired: frozenset[str] = frozenset()
    """The skus of products whose picture went; there may be no such product at all."""


def check(wanted: Wanted) -> Count:
    """Look at everything and count."""
    count = Count()
    _jobs(wanted, count)
    _rows(wanted, count)
    _results(wanted, count)
    _objects(wanted, count)
    return count


def _jobs(wanted: Wanted, count: Count) -> None:
    rows = query(
        wanted.database_url,
        "SELECT j.id, j.state, j.attempts, j.code, i.url, p.sku, j.generation, i.generation "
        "FROM jobs j JOIN product_images i ON i.id = j.image_id JOIN products p "
        "ON p.id = i.product_id ORDER BY j.id",
    )
    count.jobs = len(rows)
    lost, over, innocent, otherwise = [], [], [], []
    for number, state, attempts, code, url, sku, generation, current in rows:
        name = f"job {number} ({sku}, {state}, {attempts} attempts, {code})"
        ending = wanted.endings.get(str(url), JobState.DONE)
        count.done += state == JobState.DONE
        if state not in FINAL:
            lost.append(name)
        elif int(str(generation)) < int(str(current)):
            pass  # of a picture that was replaced: done before, or superseded
        elif state == ending:
            count.poison += ending is not JobState.DONE
        elif state == JobState.QUARANTINED:
            innocent.append(name)
        else:
            otherwise.append(name)
        if int(str(attempts)) > wanted.max_attempts:
            over.append(name)
    count.lost += count.note("jobs not in a final state", lost)
    count.over_limit = count.note("jobs with too many attempts", over)
    count.quarantined = len(innocent)  # the scenario says how many it stands
    count.lost += count.note("jobs that ended otherwise than they must", otherwise)


def _rows(wanted: Wanted, count: Count) -> None:
    skus = [str(sku) for (sku,) in query(wanted.database_url, "SELECT sku FROM products")]
    count.lost += count.note("products missing", sorted(set(wanted.present) - set(skus)))
    count.doubled += count.note(
        "products too many", sorted(set(skus) - set(wanted.present) - wanted.retired)
    )
    for what, sql in (
        ("products twice", "SELECT sku FROM products GROUP BY catalogue_id, sku"),
        (
            "pictures twice",
            "SELECT product_id, position FROM product_images GROUP BY product_id, position",
        ),
        ("jobs twice", "SELECT image_id, generation FROM jobs GROUP BY image_id, generation"),
    ):
        rows = query(wanted.database_url, f"{sql} HAVING count(*) > 1")
        count.doubled += count.note(what, rows)


def _results(wanted: Wanted, count: Count) -> None:
    rows = query(
        wanted.database_url,
        "SELECT p.sku, i.url, i.outcome, i.sha256, i.shades->'clothes'->0->>'hex', i.cutout_key, "
        "p.colour_hex, p.cutout_key, p.provenance->>'image_sha256' "
        "FROM products p LEFT JOIN product_images i ON i.product_id = p.id AND i.position = 0",
    )
    addresses, stale, silent = [], [], []
    for sku, url, outcome, *found in rows:
        present = wanted.present.get(str(sku))
        if url != present:
            addresses.append(f"{sku} ({url}, not {present})")
        if outcome != JobState.DONE or present is None:
            continue
        right = expected(present)
        cutout = next(key for key in right.objects if key.endswith("/outfit.webp"))
        if found != [right.sha256, right.hex, cutout, right.hex, cutout, right.sha256]:
            (silent if found[0] is None else stale).append(sku)
    count.lost += count.note("products with another picture than the feed's", addresses)
    count.lost += count.note("products done without a result", silent)
    count.stale += count.note("results that are not of the present picture", stale)


def _objects(wanted: Wanted, count: Count) -> None:
    stored = {
        path.relative_to(wanted.objects).as_posix(): path
        for path in wanted.objects.rglob("*")
        if path.is_file() and path.name != PROBE_KEY
    }
    known: dict[str, bytes] = {}
    for url in {*wanted.present.values(), *wanted.former}:
        known |= expected(url).objects
    named = _named_keys(wanted)
    count.lost += count.note("objects missing", sorted(named - set(stored)))
    strange = set(stored) - set(known)
    unfinished = {key for key in strange if key.endswith(".unfinished")}
    count.leftover = len(unfinished)
    count.doubled += count.note("objects of no picture", strange - unfinished)
    other = [key for key in set(stored) - strange if stored[key].read_bytes() != known[key]]
    count.doubled += count.note("objects with other bytes than they must have", other)
    unnamed = (_keys_of(wanted.present.values()) & set(stored)) - named
    count.doubled += count.note("objects that no row names", unnamed - _excused_keys(wanted))


def _named_keys(wanted: Wanted) -> set[str]:
    """The keys that rows of done pictures name."""
    done = query(
        wanted.database_url,
        "SELECT crop_key, cutout_key, thumbnail_key FROM product_images WHERE outcome = 'done'",
    )
    return {str(key) for keys in done for key in keys if key is not None}


def _excused_keys(wanted: Wanted) -> set[str]:
    """The keys that may be there though no row names them.

    A picture whose job went to quarantine, or was superseded, may have been stored: the same bytes
    under the same key as a later success would write.
    """
    not_done = query(
        wanted.database_url, "SELECT url FROM product_images WHERE outcome IS DISTINCT FROM 'done'"
    )
    return _keys_of(str(url) for (url,) in not_done)


def _keys_of(urls: Iterable[str]) -> set[str]:
    return {key for url in urls for key in expected(url).objects}
