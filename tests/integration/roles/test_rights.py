"""Rights of the database's roles: what each has, and what each is refused, on a real PostgreSQL."""

import psycopg
import pytest

from shared.database.engine import open_engine
from shared.database.roles import DatabaseRole, missing_rights
from shared.database.tables import METADATA
from tests.support.catalogue.shell import shell
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
from tests.support.services.postgres import connect

__all__ = ["roled", "shell", "unroled"]  # fixtures


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
