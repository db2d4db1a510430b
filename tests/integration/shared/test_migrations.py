"""The history of the schema, and the template for its next step."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from shared.contracts.jobs import Queue
from shared.database.engine import open_engine, upgrade
from shared.database.models import Product, ProductImage
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.rows import add_product

MIGRATIONS = Path(str(files("migrations")))


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A copy of the history, beside a database that stands at its end."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    config = Config()
    config.set_main_option("script_location", str(folder))
    return config


def test_the_history_is_one_line_without_a_way_back(config: Config) -> None:
    scripts = ScriptDirectory.from_config(config)

    assert len(scripts.get_heads()) == 1
    for revision in scripts.walk_revisions():
        assert not revision.is_merge_point
        with pytest.raises(NotImplementedError, match="only goes forward"):
            revision.module.downgrade()


def test_a_new_migration_brings_the_rules_along_and_waits_to_be_written(config: Config) -> None:
    script = command.revision(config, message="Say what it does", rev_id="9999")
    path = Path(str(script.path))
    code = path.read_text()

    compile(code, str(path), "exec")
    head = ScriptDirectory.from_config(config).get_revision("9999").down_revision
    assert code.startswith(f'"""Say what it does\n\nRevision: 9999\nFollows: {head}\n')
    assert all(f"\n{number}. " in code for number in range(1, 6))
    with pytest.raises(NotImplementedError):
        command.upgrade(config, "head")


def test_nothing_is_left_to_generate(config: Config) -> None:
    command.check(config)  # raises where the models have moved on without a migration


def test_an_index_that_was_left_half_built_is_made_anew(empty_postgres_url: str) -> None:
    upgrade(empty_postgres_url, "0001")
    engine = open_engine(empty_postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE INDEX ix_product_images_s3_url ON product_images (id)"))
    upgrade(engine)
    with engine.connect() as connection:
        made = connection.scalar(
            text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_product_images_s3_url'")
        )
    assert "USING hash (url) WHERE (substr(url, 1, 5) = 's3://'::text)" in str(made)
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_products_of_an_older_version_keep_what_they_have(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    empty_url = (
        f"sqlite:///{tmp_path / 'older.db'}"
        if kind == "sqlite"
        else str(request.getfixturevalue("empty_postgres_url"))
    )
    upgrade(empty_url, "0007")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO catalogues (id, name, created_at) VALUES (1, 'shop', '2026-01-01')",
            "INSERT INTO products (id, catalogue_id, sku, colour_family, created_at, updated_at) "
            "VALUES (5, 1, 'A-1', 'navy', '2026-01-01', '2026-01-01')",
            "INSERT INTO product_images (id, product_id, position, url, generation, created_at) "
            "VALUES (6, 5, 0, 'http://shop.test/1', 1, '2026-01-01')",
        ):
            connection.execute(text(statement))
    upgrade(engine)
    with engine.connect() as connection:
        product = connection.execute(select(Product.__table__)).one()
        picture = connection.execute(select(ProductImage.__table__)).one()
    engine.dispose()
    assert (product.sku, product.colour_family) == ("A-1", "navy")
    assert product.colour_family_second is None
    for row in (product, picture):
        assert (row.pattern, row.warnings, row.piece) == (None, None, None)


def test_jobs_of_older_producers_wait_with_the_nightly_ones(database_url: str) -> None:
    engine = open_engine(database_url)
    (job_id,) = add_product(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM jobs"))
        connection.execute(
            text(
                "INSERT INTO jobs (id, image_id, generation, state, attempts, created_at) "
                "SELECT 7, id, 1, 'pending', 0, created_at FROM product_images"
            )
        )
    assert Ledger(engine, get_settings()).due(9, queue=Queue.NIGHTLY) == [7]
    assert job_id != 7
    engine.dispose()


def test_the_queues_come_to_a_ledger_that_was_cut_short_on_the_way(
    empty_postgres_url: str,
) -> None:
    upgrade(empty_postgres_url, "0002")
    engine = open_engine(empty_postgres_url)
    with engine.begin() as connection:
        connection.execute(
            text("ALTER TABLE jobs ADD COLUMN queue VARCHAR(16) NOT NULL DEFAULT 'nightly'")
        )
        connection.execute(text("CREATE INDEX ix_jobs_queue_to_ring ON jobs (id)"))
        connection.execute(text("DROP INDEX ix_jobs_to_ring"))
    upgrade(engine)
    with engine.connect() as connection:
        made = connection.scalars(
            text("SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'ix_jobs_%to_ring'")
        ).all()
    assert len(made) == 1
    assert "(queue, rung_at, id) WHERE" in made[0]
    engine.dispose()
