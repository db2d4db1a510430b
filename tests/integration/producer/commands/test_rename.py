"""Renaming by several processes, and by the command."""

import os
from pathlib import Path

import pytest
from sqlalchemy import Engine

from producer.rename import run as module
from producer.rename.pool import RenamePool
from producer.rename.run import Rename, RenameSelection
from shared.colour.naming import Naming
from shared.errors import ColourwayError
from shared.ledger.ledger import Ledger
from tests.support.catalogue.renamed import NEW, fill, version
from tests.support.catalogue.shell import Shell


@pytest.fixture(autouse=True)
def many_pages(small_pages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pages are enough for other processes to be started on PostgreSQL."""
    monkeypatch.setattr(module, "FEW_PAGES", 2)


def test_several_processes_do_the_same(
    engine: Engine, ledger: Ledger, database_url: str, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    alone = Rename(engine, new, RenameSelection(examples=2)).foresee()
    with RenamePool(database_url, 2) as pool:
        together = Rename(engine, new, RenameSelection(examples=2), pool)
        foreseen = together.foresee()
        assert (foreseen.pairs, foreseen.examples) == (alone.pairs, alone.examples)
        assert together.write().pairs == alone.pairs
    assert version(engine) == {new.version}


class Deadly(Naming):
    """A table that kills every other process that loads it."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (9,)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_process_that_dies_is_reported_and_nothing_is_lost(
    engine: Engine, ledger: Ledger, database_url: str, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    deadly = Deadly(new.rows, new.version)
    with (
        RenamePool(database_url, 2) as pool,
        pytest.raises(ColourwayError, match=r"ended from outside.*fewer --processes"),
    ):
        Rename(engine, deadly, pool=pool).write()
    assert version(engine) == {old.version}
    with RenamePool(database_url, 2) as pool:
        assert Rename(engine, new, pool=pool).write().seen == 4
    assert version(engine) == {new.version}


def test_the_command_shows_the_changes_and_refuses_too_many(
    shell: Shell, engine: Engine, ledger: Ledger, database_url: str, old: Naming, tmp_path: Path
) -> None:
    fill(engine, ledger, old)
    names = tmp_path / "names.csv"
    names.write_text(NEW)
    shell.set(DATABASE_URL=database_url, COLOURWAY_NAMING=names)

    shown = shell.call("rename", "--dry-run", "--processes", 1)
    assert shown.exit_code == 0
    assert "1 of 3 products leave their family, 33.3 %" in shown.out
    assert "navy  →  blue         1" in shown.out
    assert "ink (navy)" in shown.out
    assert "midnight (blue)" in shown.out
    assert shown.out.splitlines()[-1] == "nothing was written"
    assert version(engine) == {old.version}

    refused = shell.call("rename", "--processes", 1)
    assert refused.exit_code == 1
    assert "this table moves 1 of 3 products to another family or to none, 33.3 %" in refused.err
    assert "5 % are allowed" in refused.err
    assert "--max-changed PERCENT or --force" in refused.err
    assert version(engine) == {old.version}

    wrong = shell.call("rename", "--max-changed", "lots")
    assert wrong.exit_code == 2
    answer = shell.answer("rename", "--max-changed", "40%", "--processes", 1, "--examples", 1)
    assert (answer["products"], answer["family"], answer["shade"], answer["fresh"]) == (4, 1, 1, 0)
    assert (answer["pictures"], answer["staged_results"], answer["changed_percent"]) == (
        5,
        0,
        33.333,
    )
    assert {each["sku"] for each in answer["examples"]} == {"P1", "P4"}
    assert version(engine) != {old.version}
    assert shell.answer("rename")["fresh"] == 4
