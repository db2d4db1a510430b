"""docs/operations/backup.md, as it is written there: dump, copy, lose all, restore, go on."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, func, make_url, select

from producer.enqueue.enqueue import Order, enqueue
from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureKeys
from shared.database.engine import open_engine, upgrade
from shared.database.models import Job, Product
from shared.database.roles import DatabaseRole, missing_rights
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from shared.storage.storage import FolderStorage
from tests.support import ROOT
from tests.support.catalogue.shell import Shell, shell
from tests.support.catalogue.stored import product
from tests.support.database_roles import RoleDatabase, unroled
from tests.support.rows import NAVY, Clock, result
from tests.support.services import tell_absent
from tests.support.services.postgres import Postgres, connect

__all__ = ["shell", "unroled"]  # fixtures

PAGE = (ROOT / "docs/operations/backup.md").read_text("utf-8")


class Farm:
    """A worker that stores a picture for each job, and a ledger whose clock is moved."""

    def __init__(self, engine: Engine, pictures: Path, clock: Clock) -> None:
        self.engine, self.pictures = engine, pictures
        settings = get_settings(lease_s=600)
        self.ledger = Ledger(engine, settings, clock)

    def store(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            FolderStorage(self.pictures).put(self._keys(claim).cutout, b"cut", "image/webp")

    def finish(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            assert self.ledger.finish(claim, replace(result(NAVY), keys=self._keys(claim)))

    def work(self) -> int:
        """Do all that is due; return how many jobs."""
        done = 0
        while claims := self.ledger.claim(limit=2):
            self.store(claims)
            self.finish(claims)
            done += len(claims)
        return done

    def _keys(self, claim: Claim) -> PictureKeys:
        digest = sha256(claim.url.encode()).hexdigest()
        return PictureKeys(f"5/{digest[:2]}/{digest}/outfit.webp")

    def states(self) -> dict[str, int]:
        with self.engine.connect() as connection:
            rows = connection.execute(select(Job.state, func.count()).group_by(Job.state))
            return {str(state): count for state, count in rows}

    def answers(self) -> dict[str, str | None]:
        with self.engine.connect() as connection:
            return dict(connection.execute(select(Product.sku, Product.cutout_key)).all())

    def everything_is_there(self, products: int) -> None:
        answers = self.answers()
        assert len(answers) == products
        for sku, key in answers.items():
            assert key is not None, sku
            assert (self.pictures / key).read_bytes() == b"cut"
        assert self.states() == {JobState.DONE: products}


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        tell_absent("PostgreSQL's programs", "COLOURWAY_TEST_DATABASE_URL", f"no {name}")
    return found


def run(words: list[str], **environment: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60, env=os.environ | environment)


def in_page(line: str) -> None:
    """Hold the page to a command: what is tried here is what stands there."""
    assert line in PAGE, line


def test_a_farm_goes_on_from_its_backup(
    postgres: Postgres, unroled: RoleDatabase, shell: Shell, tmp_path: Path
) -> None:
    pictures, copy = tmp_path / "pictures", tmp_path / "copy"
    clock, engine = Clock(), open_engine(unroled.admin)
    farm = Farm(engine, pictures, clock)
    enqueue(engine, [product(f"P{n}", n) for n in range(10)], Order("shop"))
    first = farm.ledger.claim(limit=2)
    farm.store(first)
    farm.finish(first)
    in_flight = farm.ledger.claim(limit=2)
    farm.store(in_flight[:1])  # a worker is in the middle of it

    url = make_url(unroled.admin).set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)
    in_page("pg_dump --format=custom --file=ledger.dump")
    dump = str(tmp_path / "ledger.dump")
    run([program("pg_dump"), "--format=custom", f"--file={dump}", address])
    farm.finish(in_flight[:1])  # it goes on while pictures are copied
    late = farm.ledger.claim(limit=2)
    farm.store(late)
    farm.finish(late)
    shutil.copytree(pictures, copy)

    engine.dispose()
    shutil.rmtree(pictures)
    postgres.drop(unroled.admin)

    shutil.copytree(copy, pictures)
    with connect(postgres.url) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(url.database or "")))
    in_page("pg_restore --no-owner --no-privileges --exit-on-error")
    words = ["--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={address}", dump]
    run([program("pg_restore"), *words])
    unroled.make_roles(shell)
    shell.set(DATABASE_URL=unroled.url(DatabaseRole.MIGRATE))
    assert shell.call("db", "upgrade").exit_code == 0
    for role in DatabaseRole:
        checked = open_engine(unroled.url(role))
        assert missing_rights(checked, role) == []
        checked.dispose()

    worker = open_engine(unroled.url(DatabaseRole.WORKER))
    farm = Farm(worker, pictures, clock)
    done = farm.work()
    assert done == 6  # ten, less two that were done and two whose leases of then still run
    clock.pass_s(601)
    assert farm.work() == 2
    reader = Farm(open_engine(unroled.url(DatabaseRole.READER)), pictures, clock)
    reader.everything_is_there(10)
    assert farm.work() == 0
    for each in (worker, reader.engine):
        each.dispose()


def test_an_embedded_run_goes_on_from_its_backup(tmp_path: Path) -> None:
    home, copy = tmp_path / "colourway-data", tmp_path / "copy"
    url = f"sqlite:///{home}/colourway.db"
    home.mkdir()
    upgrade(url)
    engine = open_engine(url)
    farm = Farm(engine, home / "pictures", Clock())
    enqueue(engine, [product(f"P{n}", n) for n in range(4)], Order("shop"))
    claims = farm.ledger.claim(limit=2)
    farm.store(claims)
    farm.finish(claims)

    copy.mkdir()
    (line,) = [line for line in PAGE.splitlines() if line.startswith("python3 -c ")]
    script = line.partition("'")[2].rpartition("'")[0]
    subprocess.run(
        [sys.executable, "-c", script, str(home / "colourway.db"), str(copy / "colourway.db")],
        check=True,
        timeout=60,
    )
    farm.work()  # while it is copied, and after
    shutil.copytree(home / "pictures", copy / "pictures")
    engine.dispose()
    shutil.rmtree(home)
    shutil.copytree(copy, home)

    with sqlite3.connect(home / "colourway.db") as checked:
        assert checked.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    checked.close()
    farm = Farm(open_engine(url), home / "pictures", Clock())
    assert farm.work() == 2
    farm.everything_is_there(4)
    farm.engine.dispose()


def test_the_order_matters(tmp_path: Path) -> None:
    """Pictures first, then the database: rows name pictures that the copy does not have."""
    home = tmp_path / "colourway-data"
    url = f"sqlite:///{home}/colourway.db"
    home.mkdir()
    upgrade(url)
    engine = open_engine(url)
    farm = Farm(engine, home / "pictures", Clock())
    enqueue(engine, [product("P0", 0)], Order("shop"))
    copied: list[Any] = sorted((home / "pictures").rglob("*.webp"))
    farm.work()
    (key,) = farm.answers().values()
    assert key is not None
    assert home / "pictures" / key not in copied
    engine.dispose()
