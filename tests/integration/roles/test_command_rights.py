"""Every command and service works as its own role of the database and as no other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from producer.enqueue.enqueue import Order, enqueue
from shared.database.engine import open_engine
from shared.database.roles import DatabaseRole
from shared.database.tables import METADATA
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.shell import Said, Shell, shell
from tests.support.catalogue.staged import BLACK, GONE, Found, hold_and_work, work
from tests.support.catalogue.stored import product
from tests.support.database_roles import (
    HOOK,
    MIGRATE,
    PARTS,
    PRODUCER,
    READER,
    WEB,
    WORKER,
    RoleDatabase,
    roled,
    unroled,
)
from tests.support.rows import NAVY, RED

__all__ = ["roled", "shell", "unroled"]  # fixtures

READS = {PRODUCER, WEB, READER}

COMMANDS: dict[str, set[DatabaseRole]] = {
    "status": READS,
    "status --batch 1": READS,
    "export --out {folder}/out.csv": READS,
    "audit": READS,
    "score {feed}": READS,
    "failures --out {folder}/failures.csv": READS,
    "quarantine list": READS,
    "diff 2": READS,
    "prune --yes": READS,
    "decisions list": READS,
    "review list": READS,
    "review worth": READS,
    "review sample autumn --size 2": {PRODUCER},
    "enqueue {feed} --dry-run": READS,
    "backfill --all --dry-run": READS,
    "retry --code fetch_not_found --dry-run": READS,
    "rename --dry-run": READS,
    "forget-people --dry-run": READS,
    "promote 2 --dry-run --force": READS,
    "nightly {feed} --dry-run": READS,
    "enqueue {feed}": {PRODUCER},
    "nightly {feed}": {PRODUCER},
    "dispatch": {PRODUCER},
    "backfill --all": {PRODUCER},
    "backfill --all --stage": {PRODUCER},
    "retry --code fetch_not_found": {PRODUCER},
    "quarantine release --all": {PRODUCER},
    "rename --force": {PRODUCER},
    "forget-people --yes": {PRODUCER},
    "promote 2 --force": {PRODUCER},
    "rollback 2": {PRODUCER},
}
"""Commands by the roles that may run them. All roles have a go, those that may not come first."""


class Shop:
    """A shop with something for every command, and its database's roles."""

    def __init__(self, roled: RoleDatabase, shell: Shell, folder: Path) -> None:
        self.roled, self.shell, self.folder = roled, shell, folder
        self.engine = open_engine(roled.admin)
        ledger = Ledger(self.engine, get_settings(database_url=roled.admin, max_attempts=1))
        found: dict[object, Found] = {1: NAVY, 2: RED, 3: GONE}
        enqueue(
            self.engine, [product(f"P{key}", key, title="Coat") for key in found], Order("default")
        )
        work(ledger, found, "old")
        hold_and_work(self.engine, ledger, {1: BLACK, 2: RED, 3: GONE}, "new")
        self.feed = folder / "feed.csv"
        self.feed.write_text(
            "sku,title,color,image_link\nP1,Coat,navy,https://a.example/1.jpg\n"
            "P9,Hat,red,https://a.example/9.jpg\n",
            encoding="utf-8",
        )

    def call(self, role: DatabaseRole, words: str) -> Said:
        self.shell.set(DATABASE_URL=self.roled.url(role))
        places = {"folder": str(self.folder), "feed": str(self.feed)}
        return self.shell.call(*(word.format(**places) for word in words.split()))


@pytest.fixture
def shop(roled: RoleDatabase, shell: Shell, redis_url: str, tmp_path: Path) -> Iterator[Shop]:
    shell.set(CELERY_BROKER_URL=redis_url)
    made = Shop(roled, shell, tmp_path)
    yield made
    made.engine.dispose()


def contents(engine: Engine) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: list(connection.execute(table.select().order_by(*table.primary_key)))
            for table in METADATA.sorted_tables
        }


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_works_as_its_own_role_and_as_no_other(words: str, shop: Shop) -> None:
    if words.startswith("rollback"):
        shop.call(PRODUCER, "promote 2 --force")
    before = contents(shop.engine)
    for role in PARTS:
        if role in COMMANDS[words]:
            continue
        said = shop.call(role, words)
        assert said.exit_code == 1, f"{role} may: {said.out}"
        wanted = "producer" if COMMANDS[words] == {PRODUCER} else "reader"
        assert f"this needs the rights of the role '{wanted}'" in said.err
        assert contents(shop.engine) == before
    for role in PARTS:
        if role in COMMANDS[words]:
            said = shop.call(role, words)
            assert said.exit_code == 0, f"{role} may not: {said.err}"


@pytest.mark.parametrize(
    ("words", "own"),
    [
        ("work", WORKER),
        ("serve --port 0 --unprotected", HOOK),
        ("listen --queue-url x", HOOK),
        ("web --port 0", WEB),
    ],
)
def test_a_service_does_not_start_as_another_role(
    words: str, own: DatabaseRole, shop: Shop
) -> None:
    for role in PARTS:
        if role is not own:
            said = shop.call(role, words)
            assert (said.exit_code, said.out) == (1, "")
            assert f"this needs the rights of the role '{own.value}'" in said.err
            assert "lacks" in said.err


@pytest.mark.parametrize("role", PARTS)
def test_only_the_role_for_it_migrates(role: DatabaseRole, shop: Shop) -> None:
    said = shop.call(role, "db upgrade")
    assert (said.exit_code, said.out) == (1, "")
    assert "this needs the rights of the role 'migrate'" in said.err
    assert "ownership of catalogues" in said.err
    assert shop.call(MIGRATE, "db upgrade").exit_code == 0
