"""The schema: what the migrations make is what the models say, on both databases."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from shared.database.engine import (
    among,
    open_engine,
    reading,
    require_current_schema,
    text_array,
    upgrade,
)
from shared.database.models import Batch, Catalogue, Product
from shared.database.tables import METADATA
from shared.errors import SchemaError

DEFINITIONS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "AND tablename <> 'alembic_version'"
    ),
}


def shape(engine: Engine) -> dict[str, object]:
    """Return all that either database tells about its tables, indexes word for word."""
    inspector = inspect(engine)
    tables = sorted(set(inspector.get_table_names()) - {"alembic_version"})
    with engine.connect() as connection:
        query = text(DEFINITIONS[engine.dialect.name])
        indexes = {name: " ".join(sql.split()) for name, sql in connection.execute(query)}

    def by_name(parts: list) -> list:
        return sorted(parts, key=lambda part: str(part["name"]))

    return {
        "indexes": indexes,
        **{
            table: {
                "columns": [
                    (column["name"], str(column["type"]), column["nullable"])
                    for column in by_name(inspector.get_columns(table))
                ],
                "primary key": inspector.get_pk_constraint(table),
                "unique": by_name(inspector.get_unique_constraints(table)),
                "foreign keys": by_name(inspector.get_foreign_keys(table)),
            }
            for table in tables
        },
    }


def test_the_migrated_schema_equals_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_and_equals_what_the_models_would_make(request, tmp_path, kind: str) -> None:
    migrated = open_engine(request.getfixturevalue(f"{kind}_url"))
    bare_url = f"sqlite:///{tmp_path}/bare.db"
    if kind == "postgres":
        bare_url = request.getfixturevalue("empty_postgres_url")
    made = open_engine(bare_url)
    METADATA.create_all(made)

    assert shape(migrated) == shape(made)
    assert len(shape(migrated)) == len(METADATA.tables) + 1  # their indexes stand beside them
    migrated.dispose()
    made.dispose()


def test_the_models_keep_the_case_that_the_ledger_needs(engine: Engine) -> None:
    indexes = shape(engine)["indexes"]
    assert "WHERE" in indexes["ix_jobs_open"]
    assert "WHERE" in indexes["ix_jobs_queue_to_ring"]


def test_a_database_without_tables_says_what_to_do(tmp_path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new/colourway.db")

    with pytest.raises(SchemaError, match=r"no tables yet; `colourway run FEED` makes them"):
        require_current_schema(engine)

    upgrade(engine)
    require_current_schema(engine)
    engine.dispose()


def test_an_older_and_a_newer_schema_are_told_apart(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="upgraded by a newer version"):
        require_current_schema(engine)


def test_the_password_stays_out_of_the_message(empty_postgres_url: str) -> None:
    engine = open_engine(empty_postgres_url.replace("@", ":hunter2@"))
    with pytest.raises(SchemaError) as caught:
        require_current_schema(engine)
    assert "hunter2" not in str(caught.value)
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_processes_may_upgrade_at_once(request, tmp_path, kind: str) -> None:
    url = f"sqlite:///{tmp_path}/new/colourway.db"
    if kind == "postgres":
        url = request.getfixturevalue("empty_postgres_url")
    code = "import sys; from shared.database.engine import upgrade; upgrade(sys.argv[1])"
    args = [sys.executable, "-c", code, url]
    processes = [subprocess.Popen(args, stderr=subprocess.PIPE) for _ in range(3)]

    assert [(process.communicate()[1], process.returncode) for process in processes] == [
        (b"", 0)
    ] * 3
    engine = open_engine(url)
    require_current_schema(engine)
    engine.dispose()


def test_timestamps_come_back_aware_and_in_utc(engine: Engine) -> None:
    summer = timezone(timedelta(hours=2))
    written = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=summer)
    with engine.begin() as connection:
        connection.execute(insert(Catalogue).values(name="shop", created_at=written))
        read = connection.scalar(select(Catalogue.created_at))

    assert read == written
    assert read.tzinfo is UTC


def test_a_naive_timestamp_is_refused(engine: Engine) -> None:
    naive = datetime(2026, 7, 1, 12)
    with (
        engine.begin() as connection,
        pytest.raises((ValueError, StatementError), match="no time zone"),
    ):
        connection.execute(insert(Catalogue).values(name="shop", created_at=naive))


def test_foreign_keys_hold_on_both(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(Product).values(catalogue_id=12345, sku="A-1"))


def test_deleting_a_catalogue_takes_its_rows_along(engine: Engine) -> None:
    with engine.begin() as connection:
        shop = connection.scalar(insert(Catalogue).values(name="shop").returning(Catalogue.id))
        connection.execute(insert(Product).values(catalogue_id=shop, sku="A-1"))
        connection.execute(insert(Batch).values(catalogue_id=shop))
        connection.execute(Catalogue.__table__.delete())

        assert connection.execute(select(Product.id)).all() == []
        assert connection.execute(select(Batch.id)).all() == []


def test_enums_are_stored_as_their_words(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(Batch).values())
        assert connection.scalar(text("SELECT trigger FROM batches")) == "manual"


def test_sqlite_readers_do_not_wait_for_the_writer(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.begin() as writer:
        writer.execute(insert(Catalogue).values(name="shop"))
        with reading(engine).begin() as reader:
            assert reader.execute(select(Catalogue.id)).all() == []
    engine.dispose()


def test_a_plain_engine_sees_the_same_rows(sqlite_url: str) -> None:
    """Nothing about the file is special to open_engine: other programs may read it."""
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(insert(Catalogue).values(name="shop"))
    plain = create_engine(sqlite_url)
    with plain.connect() as connection:
        assert connection.scalar(text("SELECT name FROM catalogues")) == "shop"
    plain.dispose()
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_many_keys_are_a_constant_array_whose_length_the_planner_sees(engine: Engine) -> None:
    keys = range(1, 1001)
    with engine.begin() as connection:
        query = select(Product.sku).where(among(connection, Product.id, keys))
        compiled = query.compile(connection, compile_kwargs={"render_postcompile": True})
        plan = connection.exec_driver_sql(f"EXPLAIN {compiled}", dict(compiled.params))
        text_of_plan = "\n".join(plan.scalars())
    # An expression in its place would be taken for ten keys.
    assert f"= ANY ('{{{','.join(map(str, keys))}}}'::bigint[])" in text_of_plan


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    "texts",
    [[], [""], ["A"], ["A", "B"], ['"'], ['","', "x"], ["a\\", "b"], ["{", "NULL", "null", " x "]],
)
def test_texts_arrive_as_one_array(engine: Engine, texts: list[str]) -> None:
    with engine.connect() as connection:
        assert connection.scalar(select(text_array(texts))) == texts
