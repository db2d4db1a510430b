"""The history of the schema, and the template for its next step."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from shared.database import open_engine, upgrade

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
