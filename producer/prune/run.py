"""Deleting stored pictures that no row names, while workers go on.

First all keys are read that rows name, as the database is at one moment. Then the store is listed,
and of each page goes what is not among them and was stored longer ago than the grace period. A
worker stores a picture before it writes the row, so what is young may be named in a moment. What it
stores again under the same key is young again.
"""

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic
from typing import Final

from sqlalchemy import Connection, Engine, select

from producer.prune.named_keys import NamedKeys, read_keys
from shared.contracts.jobs import JobState
from shared.database.engine import reading, show_database
from shared.database.models import Job, utc_now
from shared.errors import ColourwayError, StorageError
from shared.storage.inventory import Inventory, StoredFile

OURS: Final = re.compile(
    r"[^/]+/[0-9a-f]{2}/[0-9a-f]{64}/([^/.][^/]*\.(webp|png|jpg)|\.[0-9a-f]{32}\.unfinished)"
)
"""Keys of stored pictures, of earlier versions too, and of files that were not finished.

Whatever else lies there is somebody else's.
"""

_LOOK_AGAIN_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What may be deleted: ``grace_s`` seconds old, ``limit`` files at most, from ``after`` on."""

    grace_s: float
    limit: int | None = None
    after: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was looked at, and what became of it.

    Attributes:
        pictures: stored pictures that were looked at; each of them is counted once below.
        named: those that a row names.
        young: those that none names yet.
        deleted: those that none names; in a dry run, those that would be deleted.
        deleted_bytes: what they took.
        others: files that are no pictures of ours, and stay.
        lost: keys that were deleted, and that a row names which was written meanwhile.
        ended_at: the key at which it stopped before the end; None where it came to the end.
    """

    pictures: int = 0
    named: int = 0
    young: int = 0
    deleted: int = 0
    deleted_bytes: int = 0
    others: int = 0
    lost: int = 0
    ended_at: str | None = None


Tell = Callable[[str], None]


def prune(
    engine: Engine, inventory: Inventory, plan: PrunePlan, tell: Tell, stop: Event | None = None
) -> Pruned:
    """Delete what no row names.

    Args:
        engine: the ledger's; it is only read.
        inventory: of the storage that the ledger's workers store to.
        plan: what may be deleted.
        tell: hears what is being done.
        stop: ends it behind the page at which it is.

    Raises:
        ColourwayError: no row names a picture, but there are some: it is another storage's ledger.
        StorageError: the storage fails; what was deleted until then stays deleted.
    """
    stop, began_at = stop or Event(), utc_now()
    with NamedKeys() as keys:
        tell("Reading which pictures rows name")
        with _one_moment(engine) as connection:
            for page in read_keys(connection):
                keys.add(page)
        done = _Walk(keys, inventory, plan).through(show_database(engine), tell, stop)
        if done.deleted and not plan.dry_run and not inventory.is_exact:
            tell("Waiting for pictures in flight")
            _wait_for_pictures_in_flight(engine, plan.grace_s, stop)
            since = began_at - timedelta(seconds=plan.grace_s)
            done = replace(done, lost=_count_lost(engine, keys, since))
    return done


class _Walk:
    """One walk through the store; ``done`` is what came of it so far."""

    def __init__(self, keys: NamedKeys, inventory: Inventory, plan: PrunePlan) -> None:
        self._keys, self._inventory, self._plan = keys, inventory, plan
        self.done = Pruned()

    def through(self, database: str, tell: Tell, stop: Event) -> Pruned:
        """Walk to the end, to the limit, or to the page at which ``stop`` is set."""
        nothing_named = not len(self._keys)
        try:
            for page in self._inventory.pages(self._plan.after):
                if nothing_named and any(_is_ours(file) for file in page):
                    raise ColourwayError(
                        f"no row of {database} names a picture, but the storage holds some: this "
                        "is not the storage's database, or nothing of it is wanted any more"
                    )
                kept_of_page = self._up_to_limit(page)
                self._prune(kept_of_page)
                done = self.done
                tell(f"Looked at {done.pictures:,} pictures, {done.deleted:,} of them unnamed")
                if page and (len(kept_of_page) < len(page) or stop.is_set()):
                    return replace(done, ended_at=kept_of_page[-1].key)
        except StorageError as error:
            raise type(error)(
                f"{error}; {self.done.deleted:,} pictures were deleted until then; "
                "the same command goes on"
            ) from error
        return self.done

    def _up_to_limit(self, page: Sequence[StoredFile]) -> Sequence[StoredFile]:
        """Return a page as far as the limit allows: with the last file that may be deleted."""
        if self._plan.limit is None:
            return page
        room = self._plan.limit - self.done.deleted
        _, old = self._unnamed(page)
        return page if len(old) <= room else page[: page.index(old[room - 1]) + 1]

    def _prune(self, page: Sequence[StoredFile]) -> None:
        unnamed, old = self._unnamed(page)
        deleted: Sequence[StoredFile] = old
        if not self._plan.dry_run:
            deleted = self._inventory.delete(old, self._before())
            self._keys.add_deleted(file.key for file in deleted)
        pictures, done = sum(map(_is_ours, page)), self.done
        self.done = replace(
            done,
            pictures=done.pictures + pictures,
            named=done.named + pictures - len(unnamed),
            young=done.young + len(unnamed) - len(deleted),
            deleted=done.deleted + len(deleted),
            deleted_bytes=done.deleted_bytes + sum(file.size for file in deleted),
            others=done.others + len(page) - pictures,
        )

    def _unnamed(self, page: Sequence[StoredFile]) -> tuple[list[StoredFile], list[StoredFile]]:
        """Return the pictures of a page that no row names, and those of them that are old."""
        pictures = [file for file in page if _is_ours(file)]
        named = self._keys.named(file.key for file in pictures)
        unnamed = [file for file in pictures if file.key not in named]
        before = self._before()
        return unnamed, [file for file in unnamed if file.modified_at < before]

    def _before(self) -> float:
        # By this machine's clock: the grace period is hours, and no store's clock is so wrong.
        return datetime.now(UTC).timestamp() - self._plan.grace_s


def _is_ours(file: StoredFile) -> bool:
    return OURS.fullmatch(file.key) is not None


@contextmanager
def _one_moment(engine: Engine) -> Generator[Connection]:
    """Open a transaction that sees the database as it was at one moment.

    A promotion moves keys from one table to another: read one after the other, both could miss one.
    """
    seen = reading(engine)
    if engine.dialect.name == "postgresql":  # SQLite does so in any case
        seen = seen.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with seen.begin() as connection:
        yield connection


def _wait_for_pictures_in_flight(engine: Engine, longest_s: float, stop: Event) -> None:
    """Wait until every picture is recorded that a worker had leased when the last file went."""
    query = select(Job.lease_token).where(Job.state == JobState.LEASED)
    until, leases = monotonic() + longest_s, None
    while monotonic() < until:
        with reading(engine).begin() as connection:
            held = set(connection.scalars(query.where(Job.lease_until > utc_now())))
        leases = held if leases is None else leases & held
        if not leases or stop.wait(_LOOK_AGAIN_S):
            return


def _count_lost(engine: Engine, keys: NamedKeys, since: datetime) -> int:
    with _one_moment(engine) as connection:
        lost: set[str] = set()
        for page in read_keys(connection, since):
            lost |= keys.deleted(page)
    return len(lost)
