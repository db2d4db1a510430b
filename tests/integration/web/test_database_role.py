"""The page as its own database role: every button works, on a real PostgreSQL."""

import re
import time
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.contracts.jobs import JobState
from shared.database.engine import open_engine
from shared.database.models import Job, Product
from shared.database.roles import DatabaseRole, require_rights
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.shell import shell
from tests.support.catalogue.staged import BLACK, GONE, add_shop, hold_and_work
from tests.support.database_roles import RoleDatabase, roled, unroled
from tests.support.rows import NAVY
from tests.support.web_page import page_served

__all__ = ["roled", "shell", "unroled"]  # fixtures

TOKEN = re.compile(r'"X-CSRF-Token": "([0-9a-f]{64})"')


def test_its_own_role_is_enough_for_every_button(roled: RoleDatabase, tmp_path: Path) -> None:
    admin = open_engine(roled.admin)
    ledger = Ledger(admin, get_settings(database_url=roled.admin, max_attempts=1))
    add_shop(admin, ledger, {1: NAVY, 2: GONE}, "old")
    hold_and_work(admin, ledger, {1: BLACK, 2: GONE}, "new")
    broker = "redis://127.0.0.1:1/0"  # nobody listens: jobs wait for the next sweep
    with (
        page_served(roled.url(DatabaseRole.WEB), tmp_path, broker_url=broker) as page,
        page.client() as client,
    ):
        require_rights(page.engine, DatabaseRole.WEB)
        token = TOKEN.findall(client.get("/operations").text)[0]

        def press(path: str, told: str, **form: str) -> None:
            answer = client.post(f"/operations/{path}", data={"csrf_token": token, **form})
            assert answer.status_code == 303, answer.text
            until = time.monotonic() + 60
            while told not in (said := client.get("/operations/under-way").text):
                assert time.monotonic() < until, said
                time.sleep(0.1)

        press("staged/2/promote", "pictures promoted: 1", force="true")
        with Session(admin) as session:
            families = session.scalars(select(Product.colour_family).order_by(Product.id))
            assert families.first() == "black"
        press("staged/2/rollback", "pictures restored: 1")
        press("retry", "reopened: 1", batch="2")
        with admin.begin() as connection:
            failed = update(Job).where(Job.state == JobState.PENDING)
            connection.execute(failed.values(state=JobState.QUARANTINED))
        press("release", "none: 1", everything="1")
        for path in ("", "/staged/2", "/quarantine", "/failures", "/uploads", "/batches/2"):
            assert client.get(f"/operations{path}").status_code == 200
        assert "roll back batch: ended" in client.get("/trail").text
    admin.dispose()
