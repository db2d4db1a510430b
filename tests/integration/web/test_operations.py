"""Operations: what operators see, and buttons that do what the commands do, by a real browser."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from producer.enqueue.enqueue import Order, enqueue
from shared.contracts.jobs import JobState, Staging
from shared.contracts.workers import Activity
from shared.database.models import Batch, Job, Product, utc_now
from shared.database.web_tables import TrailEntry
from shared.database.worker_row import RunningWorker
from shared.ledger.ledger import Ledger
from tests.support.browser import OpenTab
from tests.support.catalogue.staged import BLACK, GONE, Found, hold_and_work, work
from tests.support.catalogue.stored import product
from tests.support.rows import NAVY, RED
from tests.support.web_page import Tab, WebPage, serious_findings

MARKUP = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture
def shop(page: WebPage) -> WebPage:
    """Three products, the third of which has no picture; a staged batch makes the first black."""
    settings = page.settings.model_copy(update={"max_attempts": 1})
    ledger = Ledger(page.engine, settings)
    found: dict[object, Found] = {1: NAVY, 2: RED, 3: GONE}
    products = [product(f"P{key}", key, title=MARKUP) for key in found]
    enqueue(page.engine, products, Order("default", source=MARKUP))
    work(ledger, found, "old")
    hold_and_work(page.engine, ledger, {1: BLACK, 2: RED, 3: GONE}, "new")
    return page


def family(page: WebPage, sku: str) -> str | None:
    with Session(page.engine) as session:
        return session.scalar(select(Product.colour_family).where(Product.sku == sku))


def wait_for(tab: Tab, text: str) -> None:
    tab.get_by_text(text).first.wait_for(timeout=60_000)


def test_every_page_opens_and_shows_a_feeds_markup_as_text(
    shop: WebPage, open_tab: OpenTab
) -> None:
    tab = open_tab(viewport={"width": 390, "height": 844})
    for path in ("", "/batches/1", "/failures", "/quarantine", "/staged", "/staged/2", "/uploads"):
        answer = tab.goto(f"{shop.url}/operations{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert serious_findings(tab) == [], path
        assert "owned" not in tab.title()
        wide = tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, path
    tab.goto(f"{shop.url}/operations")
    wait_for(tab, MARKUP)


def test_a_staged_batch_is_promoted_and_rolled_back_by_button(
    shop: WebPage, open_tab: OpenTab
) -> None:
    tab = open_tab()
    tab.goto(f"{shop.url}/operations/staged/2")
    wait_for(tab, "colourway promote 2")
    before = family(shop, "P1")
    tab.get_by_role("button", name="Promote batch 2").click()
    wait_for(tab, "say --max-changed PERCENT or --force")  # half of them would change
    assert family(shop, "P1") == before
    tab.get_by_label("although more than").check()
    tab.get_by_role("button", name="Promote batch 2").click()
    wait_for(tab, "pictures promoted: 2")
    assert family(shop, "P1") == "black"
    tab.get_by_role("button", name="Roll back batch 2").click()
    wait_for(tab, "pictures restored: 2")
    assert family(shop, "P1") == before
    with Session(shop.engine) as session:
        assert session.get_one(Batch, 2).staging is Staging.ROLLED_BACK
        entries = session.scalars(select(TrailEntry).order_by(TrailEntry.id)).all()
    commands = [
        entry.after["command"] for entry in entries if entry.after and "command" in entry.after
    ]
    assert commands == [
        "colourway promote 2",
        "colourway promote 2 --force",
        "colourway rollback 2",
    ]
    assert {entry.who for entry in entries} == {"local"}
    tab.goto(f"{shop.url}/trail")
    wait_for(tab, "roll back batch: ended")
    assert serious_findings(tab) == []


def test_a_product_is_left_out_of_a_promotion_by_a_tick(shop: WebPage, open_tab: OpenTab) -> None:
    tab = open_tab()
    tab.goto(f"{shop.url}/operations/staged/2")
    wait_for(tab, "colourway promote 2")
    tab.get_by_label("leave out P1").check()
    # Without the first nothing leaves its family, so the guard has nothing to say.
    tab.get_by_role("button", name="Promote batch 2").click()
    wait_for(tab, "pictures promoted: 1")
    assert (family(shop, "P1"), family(shop, "P2")) == ("navy", "red")
    wait_for(tab, "colourway promote 2 --except=P1")
    # It can follow, by the same button.
    tab.get_by_label("although more than").check()
    tab.get_by_role("button", name="Promote batch 2").click()
    wait_for(tab, "colourway promote 2 --force")
    wait_for(tab, "pictures promoted: 1")
    tab.get_by_role("button", name="Roll back batch 2").click()
    wait_for(tab, "pictures restored: 2")
    assert family(shop, "P1") == "navy"


def test_failed_pictures_are_tried_again_by_button(shop: WebPage, open_tab: OpenTab) -> None:
    tab = open_tab()
    tab.goto(f"{shop.url}/operations/batches/2")
    wait_for(tab, "colourway retry --code fetch_not_found --batch 2")
    tab.get_by_role("button", name="Try again").click()
    wait_for(tab, "reopened: 1")
    assert states(shop) == {JobState.PENDING}


def test_quarantined_jobs_are_released_by_button(shop: WebPage, open_tab: OpenTab) -> None:
    with Session(shop.engine) as session, session.begin():
        for job in session.scalars(select(Job).where(Job.state == JobState.FAILED)):
            job.state = JobState.QUARANTINED
    tab = open_tab()
    tab.goto(f"{shop.url}/operations/quarantine")
    tab.get_by_role("checkbox").first.check()
    tab.get_by_role("button", name="Release those chosen").click()
    wait_for(tab, "reopened: 1")
    assert JobState.PENDING in states(shop)


def states(page: WebPage) -> set[JobState]:
    """Return the states of the jobs that the second batch has not done."""
    with Session(page.engine) as session:
        failed = select(Job.state).where(Job.batch_id == 2, Job.state != JobState.DONE)
        return set(session.scalars(failed))


def test_an_empty_ledger_says_what_to_do(page: WebPage, open_tab: OpenTab) -> None:
    tab = open_tab()
    for path, told in {
        "": "The ledger is empty",
        "/failures": "Nothing failed here",
        "/quarantine": "Nothing is in quarantine",
        "/staged": "No backfill is staged",
        "/uploads": "No upload was heard yet",
    }.items():
        tab.goto(f"{page.url}/operations{path}")
        wait_for(tab, told)
        assert serious_findings(tab) == []


def test_what_is_not_there_is_said(page: WebPage) -> None:
    with page.client() as client:
        assert client.get("/operations/staged/7").status_code == 404
        said = client.get("/operations/batches/7")
        assert "there is no such batch" in said.text


def test_workers_are_shown_as_they_announced_themselves(page: WebPage) -> None:
    now = utc_now()
    announced = RunningWorker(
        host="shop-1",
        pid=7,
        name="celery@shop-1",
        version="0.1.0",
        started_at=now,
        seen_at=now - timedelta(hours=1),
        since=now,
        activity=Activity.IDLE,
        loaded=True,
        pictures=0,
    )
    with Session(page.engine) as session, session.begin():
        session.add(announced)
    enqueue(page.engine, [product("P1", 1)], Order("default"))
    with page.client() as client:
        said = client.get("/operations").text
    assert "celery@shop-1" in said
    assert "lost: it said nothing for 1 h" in said
