"""Whoever clicks twice, goes back, loses the connection or the session, or finds things gone."""

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import Route, expect
from sqlalchemy import delete

from shared.database.models import Product, ProductImage
from shared.storage.storage import open_storage
from tests.support.browser import OpenTab
from tests.support.catalogue.decided import history
from tests.support.catalogue.queued import add_many, add_queue
from tests.support.catalogue.searched import make_rows
from tests.support.catalogue.shelf import NAVY, add_answered
from tests.support.web_page import WebPage, sign_in

LONG = "Faltenrock mit Bundfalten " * 120
RIGHT_TO_LEFT = "\u202eגזר תנורת קפלים"


@pytest.fixture
def queue(page: WebPage) -> int:
    ids = add_many(page.engine, open_storage(page.settings), 6)
    make_rows(page.engine)
    return add_queue(page.engine, ids)


def at(tab: Tab, place: int) -> None:
    expect(tab.locator("h1 + span")).to_have_text(f"{place} / 6")
    expect(tab.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(
        0
    )


@pytest.mark.parametrize("scripts", [True, False])
def test_a_second_click_decides_nothing_and_leads_on(
    page: WebPage, queue: int, open_tab: OpenTab, scripts: bool
) -> None:
    tab = open_tab(java_script_enabled=scripts)
    tab.goto(f"{page.url}/review/{queue}/1")
    tab.get_by_role("button", name="Accept").dblclick()
    tab.wait_for_url("**/2?said=accepted&of=1")
    expect(tab.get_by_role("alert").filter(visible=True)).to_have_count(0)
    assert len(history(page.engine, "P01")) == 1
    # Back to what was decided, and once more: that is a decision of its own.
    tab.go_back()
    expect(tab.locator("h1 + span")).to_have_text("1 / 6")


def test_one_step_back_is_the_whole_page(page: WebPage, queue: int, open_tab: OpenTab) -> None:
    tab = open_tab()
    tab.goto(f"{page.url}/products")
    tab.get_by_label("Sku or title").fill("skirt 1")
    tab.keyboard.press("Tab")
    expect(tab.locator(".card")).to_have_count(1)
    tab.locator(".families").get_by_role("link", name="black").click()
    expect(tab.get_by_role("heading", name="No product is like that")).to_be_visible()
    assert tab.url == f"{page.url}/products?q=skirt+1&family=black"
    tab.go_back()
    tab.go_back()
    expect(tab.get_by_role("heading", name="Products")).to_be_visible()
    expect(tab.locator("form.filters")).to_be_visible()
    expect(tab.locator(".card")).to_have_count(6)


def test_a_newer_search_takes_the_place_of_one_that_is_not_answered(
    page: WebPage, queue: int, open_tab: OpenTab
) -> None:
    tab = open_tab()
    tab.goto(f"{page.url}/products")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    tab.route("**/products?q=nothing*", hold)
    for words in ("nothing", "skirt 1"):
        tab.get_by_label("Sku or title").fill(words)
        tab.keyboard.press("Tab")
    expect(tab.locator(".card")).to_have_count(1)
    assert len(held) == 1
    assert tab.url.endswith("/products?q=skirt+1")


def test_a_lost_connection_is_said_and_the_same_key_goes_on(
    page: WebPage, queue: int, open_tab: OpenTab
) -> None:
    tab = open_tab()
    tab.goto(f"{page.url}/review/{queue}/1")
    at(tab, 1)
    tab.route("**/review/**", lambda route: route.fulfill(status=503, body="away"))
    tab.keyboard.press("a")
    expect(tab.locator("#trouble")).to_have_text("away")
    tab.unroute("**/review/**")
    tab.keyboard.press("a")
    at(tab, 2)
    expect(tab.locator("#trouble")).to_be_hidden()


def test_signing_in_again_leads_back_to_the_product(
    guarded_page: WebPage, open_tab: OpenTab
) -> None:
    guarded_page.add_user("anna", "review")
    queue = add_queue(guarded_page.engine, add_many(guarded_page.engine, None, 6))
    tab = open_tab()
    sign_in(tab, guarded_page, "anna")
    where = f"{guarded_page.url}/review/{queue}/2"
    tab.goto(where)
    other = open_tab()
    sign_in(other, guarded_page, "anna")
    with guarded_page.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM web_sessions")
    tab.keyboard.press("a")
    tab.get_by_label("Password").wait_for()
    tab.get_by_label("Name").fill("anna")
    tab.get_by_label("Password").fill("a password of some length")
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(where)
    assert history(guarded_page.engine, "P02") == []


def test_products_and_pictures_that_are_gone_are_passed_over(page: WebPage, queue: int) -> None:
    with page.engine.begin() as connection:
        connection.execute(delete(ProductImage).where(ProductImage.product_id.in_((3, 4, 5))))
        connection.execute(delete(Product).where(Product.id.in_((3, 4))))
    with page.client() as client:
        second = client.get(f"/review/{queue}/2").text
        assert f'href="/review/{queue}/5"' in second
        assert f'href="/review/{queue}/3"' not in second
        fifth = client.get(f"/review/{queue}/5").text
        assert f'href="/review/{queue}/2"' in fifth
        assert client.get(f"/review/{queue}/3").status_code == 404
        assert client.get("/products/3").status_code == 404
        assert "This product has no pictures" in client.get("/products/5").text
        assert client.get("/products").status_code == 200


def test_long_titles_and_those_from_right_to_left_leave_the_page_whole(
    page: WebPage, open_tab: OpenTab
) -> None:
    said = {"piece": "bottom", "merchant_colour": RIGHT_TO_LEFT, "category": LONG[:400]}
    ids = [
        add_answered(page.engine, "a/b c?d#e", NAVY, title=LONG, **said),
        add_answered(page.engine, "x" * 190, NAVY, title=RIGHT_TO_LEFT * 20, **said),
    ]
    make_rows(page.engine)
    queue = add_queue(page.engine, ids)
    tab = open_tab(viewport={"width": 390, "height": 844})
    for path in (
        *("/products", "/products/words", "/products/1", "/products/2"),
        *(f"/review/{queue}/1", f"/review/{queue}/2", f"/review/{queue}/grid", "/trail"),
    ):
        tab.goto(page.url + path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, path
    with page.client() as client:
        assert client.get("/api/v1/products/a%2Fb%20c%3Fd%23e").json()["id"] == ids[0]
        assert 'data-product="1"' in client.get("/products", params={"q": "a/b c?d#e"}).text
