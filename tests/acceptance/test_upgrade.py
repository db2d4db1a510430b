"""An upgrade from the last release: its database, its messages, and its workers beside new ones."""

import csv
import json
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, inspect, select

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine, require_current_schema, upgrade
from shared.database.models import HostBackoff, Job, Product
from shared.database.tables import METADATA
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import Settings, get_settings
from tests.support.last_release import Release, last_release, this_release, wait_until
from tests.support.picture_server import PictureServer
from tests.support.pictures import encode
from tests.support.rows import add_product

THROTTLED = StageError(Stage.FETCH, Code.FETCH_THROTTLED, "429", retry=True, retry_after_s=3600.0)
OLD_CLAIM = """
import sys
from shared.database import open_engine
from shared.ledger import Ledger
from shared.contracts import Code, Stage
from shared.errors import StageError
from shared.settings import get_settings

settings = get_settings()
ledger = Ledger(open_engine(settings.database_url), settings)
claims = ledger.claim(limit=1)
if sys.argv[1] == "defer":
    error = StageError(Stage.FETCH, Code.FETCH_THROTTLED, "429", retry=True, retry_after_s=3600.0)
    print(ledger.put_off(claims, error))
else:
    print(len(claims))
"""


@pytest.fixture
def environment(empty_postgres_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": empty_postgres_url,
        "CELERY_BROKER_URL": redis_url,
        "COLOURWAY_STORAGE": str(tmp_path / "crops"),
        "COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8",
        "COLOURWAY_CHUNK_SIZE": "1",
        "COLOURWAY_LOG_FORMAT": "json",
        "CHAOS_NETWORK_S": "0.1",
    }


@pytest.fixture
def old(tmp_path: Path, environment: dict[str, str]) -> Release:
    folder = tmp_path / "last"
    folder.mkdir()
    return last_release(folder, environment)


@pytest.fixture
def new(environment: dict[str, str]) -> Release:
    return this_release(environment)


@pytest.fixture
def engine(old: Release, empty_postgres_url: str) -> Generator[Engine]:
    """A database that the last release has made."""
    made = old.colourway("db", "upgrade")
    assert made.returncode == 0, made.stderr
    opened = open_engine(empty_postgres_url)
    yield opened
    opened.dispose()


@pytest.fixture
def server(tmp_path: Path) -> Generator[PictureServer]:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(18):
        picture = np.full((64, 64, 3), 10 * number, np.uint8)
        (folder / f"{number:02}.jpg").write_bytes(encode(picture, "jpeg"))
    with PictureServer(folder) as running:
        yield running


def enqueue(release: Release, server: PictureServer, feed: Path, numbers: Sequence[int]) -> None:
    with feed.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "image_link"])
        writer.writerows(
            [f"A-{number}", server.url(f"/pictures/{number:02}.jpg")] for number in numbers
        )
    done = release.colourway("enqueue", str(feed))
    assert done.returncode == 0, done.stderr


def states(engine: Engine) -> Counter[tuple[JobState, int]]:
    """Count the jobs by state and attempts."""
    with engine.connect() as connection:
        query = select(Job.state, Job.attempts)
        return Counter((state, attempts) for state, attempts in connection.execute(query))


def all_done(engine: Engine, jobs: int) -> bool:
    return states(engine) == {(JobState.DONE, 1): jobs}


def test_old_and_new_workers_share_a_database_and_a_broker_during_an_upgrade(
    old: Release, new: Release, engine: Engine, server: PictureServer, tmp_path: Path
) -> None:
    enqueue(old, server, tmp_path / "one.csv", range(6))
    with old.worker("old@shop", tmp_path / "old.log") as old_worker:
        wait_until(lambda: states(engine)[JobState.DONE, 1] >= 2, old_worker)
        upgraded = new.colourway("db", "upgrade")
        assert upgraded.returncode == 0, upgraded.stderr
        with new.worker("new@shop", tmp_path / "new.log") as new_worker:
            enqueue(new, server, tmp_path / "two.csv", range(6, 12))
            enqueue(old, server, tmp_path / "three.csv", range(12, 18))
            wait_until(lambda: all_done(engine, 18), old_worker, new_worker)
            by_release = [len(each.records("picture done")) for each in (old_worker, new_worker)]
            assert sum(by_release) == 18
            assert all(by_release)
            assert {server.hits[f"/pictures/{number:02}.jpg"] for number in range(18)} == {1}

            staged = old.colourway("backfill", "--all", "--hold", "--json")
            batch = str(json.loads(staged.stdout)["batch_id"])
            wait_until(lambda: all_done(engine, 36), old_worker, new_worker)
    with old.worker("again@shop", tmp_path / "again.log"):
        pass  # one that is started after the upgrade runs too
    for release, command in (
        (new, "promote"),
        (old, "rollback"),
        (old, "promote"),
        (new, "rollback"),
    ):
        done = release.colourway(command, batch, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["pictures"] == 18
    with engine.connect() as connection:
        assert all(connection.scalars(select(Product.enriched_at)))


@pytest.mark.parametrize("first", ["old", "new"])
def test_a_host_backoff_holds_for_workers_of_either_release(
    first: str, old: Release, engine: Engine, settings: Settings
) -> None:
    add_product(engine, pictures=2)
    upgrade(engine)
    ledger = Ledger(engine, settings)
    if first == "old":
        deferred = old.python(OLD_CLAIM, "defer")
        assert deferred.stdout == "retry\n", deferred.stderr
        assert ledger.claim() == []
    else:
        assert ledger.defer(ledger.claim(limit=1), THROTTLED) is JobState.RETRY
        claimed = old.python(OLD_CLAIM, "claim")
        assert claimed.stdout == "0\n", claimed.stderr
    assert states(engine) == {(JobState.RETRY, 0): 2}
    with engine.connect() as connection:
        assert len(connection.scalars(select(HostBackoff.host)).all()) == 1


def test_the_columns_say_what_they_are_called_in_code(engine: Engine) -> None:
    upgrade(engine)
    require_current_schema(engine)
    found = inspect(engine)
    for table in METADATA.sorted_tables:
        assert found.get_table_comment(table.name)["text"] == table.comment
        comments = {each["name"]: each["comment"] for each in found.get_columns(table.name)}
        assert comments == {column.name: column.comment for column in table.columns}
    (dispatched_at,) = (each for each in found.get_columns("jobs") if each["name"] == "rung_at")
    assert dispatched_at["comment"] == (
        "Job.dispatched_at in code; called dispatched_at from 0.2 on"
    )


@pytest.fixture
def settings(empty_postgres_url: str) -> Settings:
    return get_settings(database_url=empty_postgres_url)
