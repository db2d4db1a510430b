"""Roles of the database: every command works as its own role and no other, on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from producer.enqueue.enqueue import Order, enqueue
from shared.database.engine import open_engine
from shared.database.roles import DatabaseRole, missing_rights
from shared.database.tables import METADATA
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.shell import Said, Shell, shell
from tests.support.catalogue.staged import BLACK, GONE, Found, hold_and_work, work
from tests.support.catalogue.stored import product
from tests.support.database_roles import RoleDatabase, roled, unroled
from tests.support.rows import NAVY, RED
from tests.support.services.postgres import connect

__all__ = ["roled", "shell", "unroled"]  # fixtures

PRODUCER, WORKER, HOOK, WEB, READER, MIGRATE = (
    DatabaseRole.PRODUCER,
    DatabaseRole.WORKER,
    DatabaseRole.HOOK,
    DatabaseRole.WEB,
    DatabaseRole.READER,
    DatabaseRole.MIGRATE,
)
PARTS = (PRODUCER, WORKER, HOOK, WEB, READER)
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


def test_each_role_has_what_its_part_is_said_to_need(roled: RoleDatabase) -> None:
    for role in DatabaseRole:
        engine = open_engine(roled.url(role))
        assert missing_rights(engine, role) == []
        # The producer and the page read all that a reader does, and the owner may do everything.
        others = set(PARTS) - {role} - ({READER} if role in (PRODUCER, WEB) else set())
        for other in others if role is not MIGRATE else ():
            assert missing_rights(engine, other), f"{role} may do what {other} may"
        engine.dispose()


SCHEMA_CHANGES = (
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE INDEX mine ON jobs (message)",
    "ALTER TABLE jobs ADD COLUMN mine int",
    "ALTER TABLE jobs OWNER TO CURRENT_USER",
    "ALTER TABLE jobs DISABLE TRIGGER ALL",
    "CREATE OR REPLACE FUNCTION count_new_jobs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "DROP TABLE jobs",
    "DROP SCHEMA public CASCADE",
    "TRUNCATE jobs",
    "UPDATE alembic_version SET version_num = '0001'",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "COPY jobs TO PROGRAM 'true'",
    "SELECT setval('jobs_id_seq', 1)",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT rolpassword FROM pg_authid",
    "SET ROLE {migrate}",
    "ALTER ROLE {migrate} PASSWORD 'mine'",
)

REFUSED: dict[DatabaseRole, tuple[str, ...]] = {
    WORKER: (
        "SELECT colour_hex FROM products",
        "UPDATE products SET title = ''",
        "UPDATE products SET sku = ''",
        "INSERT INTO products (catalogue_id, sku) VALUES (1, 'x')",
        "DELETE FROM products",
        "UPDATE product_images SET url = ''",
        "DELETE FROM product_images",
        "INSERT INTO jobs (image_id) VALUES (1)",
        "UPDATE jobs SET queue = 'uploads'",
        "DELETE FROM jobs",
        "SELECT ruling FROM decisions",
        "INSERT INTO decisions DEFAULT VALUES",
        "SELECT source FROM batches",
        "UPDATE batches SET hold = NULL",
        "DELETE FROM drafts",
        "SELECT key FROM uploads",
        "UPDATE catalogues SET name = ''",
    ),
    HOOK: (
        "SELECT * FROM products",
        "SELECT title FROM products",
        "SELECT colours FROM products",
        "UPDATE products SET colour_hex = ''",
        "DELETE FROM products",
        "SELECT shades FROM product_images",
        "UPDATE product_images SET shades = NULL",
        "SELECT message FROM jobs",
        "SELECT lease_token FROM jobs",
        "UPDATE jobs SET attempts = 0",
        "DELETE FROM jobs",
        "SELECT * FROM drafts",
        "SELECT * FROM host_pauses",
        "SELECT * FROM workers",
        "DELETE FROM workers",
        "DELETE FROM batches",
        "UPDATE batches SET hold = NULL",
        "DELETE FROM job_counts",
        "DELETE FROM catalogues",
    ),
    WEB: (
        "INSERT INTO catalogues (name) VALUES ('x')",
        "INSERT INTO products (catalogue_id, sku) VALUES (1, 'x')",
        "UPDATE products SET title = ''",
        "UPDATE products SET merchant_colour = ''",
        "DELETE FROM products",
        "INSERT INTO product_images (product_id, url) VALUES (1, 'x')",
        "UPDATE product_images SET url = ''",
        "UPDATE product_images SET generation = 2",
        "DELETE FROM product_images",
        "INSERT INTO jobs (image_id) VALUES (1)",
        "UPDATE jobs SET queue = 'uploads'",
        "DELETE FROM jobs",
        "INSERT INTO batches (trigger) VALUES ('manual')",
        "UPDATE batches SET source = ''",
        "UPDATE drafts SET result = NULL",
        "DELETE FROM drafts",
        "UPDATE audit_trail SET who = 'x'",
        "DELETE FROM audit_trail",
        "UPDATE decisions SET family = 'x'",
        "DELETE FROM decisions",
        "DELETE FROM review_queues",
        "INSERT INTO host_pauses DEFAULT VALUES",
        "DELETE FROM uploads",
    ),
    READER: (
        *(
            statement.format(table=table.name)
            for table in METADATA.sorted_tables
            for statement in (
                "INSERT INTO {table} DEFAULT VALUES",
                "DELETE FROM {table}",
                "SELECT * FROM {table} FOR KEY SHARE",
            )
        ),
        "UPDATE products SET title = ''",
        "SELECT key FROM uploads",
        "SELECT password_hash FROM web_users",
        "SELECT key_hash FROM api_keys",
    ),
    PRODUCER: (
        "DELETE FROM catalogues",
        "DELETE FROM products",
        "DELETE FROM jobs",
        "DELETE FROM drafts",
        "INSERT INTO drafts DEFAULT VALUES",
        "SELECT key FROM uploads",
        "DELETE FROM host_pauses",
        "SELECT password_hash FROM web_users",
        "INSERT INTO web_users DEFAULT VALUES",
        "SELECT token_hash FROM web_sessions",
        "DELETE FROM audit_trail",
        "UPDATE workers SET activity = 'idle'",
        "DELETE FROM workers",
        "UPDATE decisions SET ruling = 'x'",
        "DELETE FROM decisions",
    ),
}


@pytest.mark.parametrize("role", PARTS)
def test_what_a_role_must_not_do_is_refused(role: DatabaseRole, roled: RoleDatabase) -> None:
    migrate = roled.name(MIGRATE)
    done: list[str] = []
    with connect(roled.url(role)) as connection:
        for statement in (*SCHEMA_CHANGES, *REFUSED[role]):
            try:
                connection.execute(statement.format(migrate=migrate))  # pyright: ignore
            except psycopg.errors.InsufficientPrivilege:
                continue
            done.append(statement)
    assert done == []
    assert len(PARTS) * len(SCHEMA_CHANGES) + sum(map(len, REFUSED.values())) == 244


@pytest.mark.parametrize("role", PARTS)
def test_only_the_role_for_it_migrates(role: DatabaseRole, shop: Shop) -> None:
    said = shop.call(role, "db upgrade")
    assert (said.exit_code, said.out) == (1, "")
    assert "this needs the rights of the role 'migrate'" in said.err
    assert "ownership of catalogues" in said.err
    assert shop.call(MIGRATE, "db upgrade").exit_code == 0
