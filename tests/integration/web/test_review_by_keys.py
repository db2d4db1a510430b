"""Review in a real browser: fifty products by keys alone, and two people at once."""

from collections import Counter

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from producer.review.queues import review_queue
from shared.contracts.decisions import ItemState, QueueSource, Ruling
from shared.storage.storage import open_storage
from tests.support.browser import OpenTab
from tests.support.catalogue.decided import answered, history, judge
from tests.support.catalogue.queued import add_many, add_queue
from tests.support.web_page import WebPage, serious_findings, sign_in

OPEN, ACCEPTED, CORRECTED, SKIPPED = ItemState


@pytest.fixture
def queue(page: WebPage) -> int:
    return add_queue(page.engine, add_many(page.engine, open_storage(page.settings), 50))


def at(tab: Tab, place: int, of: int = 50) -> None:
    """Wait until a product is shown, and its buttons are what HTMX makes of them."""
    expect(tab.locator("h1 + span")).to_have_text(f"{place} / {of}")
    expect(tab.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(
        0
    )


def press(tab: Tab, *keys: str) -> None:
    for key in keys:
        tab.keyboard.press(key)


def test_one_person_reviews_fifty_products_by_keys_alone(
    page: WebPage, queue: int, open_tab: OpenTab
) -> None:
    tab = open_tab()
    tab.goto(f"{page.url}/review/{queue}")
    at(tab, 1)
    assert serious_findings(tab) == []
    press(tab, "?")
    expect(tab.get_by_role("dialog")).to_contain_text("undo my last decision")
    press(tab, "Escape")
    # Arrows only move.
    press(tab, "ArrowRight")
    at(tab, 2)
    press(tab, "ArrowLeft")
    at(tab, 1)
    for place in range(1, 51):
        at(tab, place)
        if place % 10 == 0:
            press(tab, "f")
            tab.keyboard.type("bla")
            expect(tab.locator("label:has(input[name=family]) output")).to_have_text("→ black")
            press(tab, "Enter")
        elif place % 10 == 5:
            press(tab, "n")
            tab.keyboard.type("olive")
            press(tab, "Enter")
        elif place % 10 == 7:
            press(tab, "o" if tab.locator("[data-key=o]").count() else "a")
        else:
            press(tab, {3: "x", 8: "s"}.get(place % 10, "a"))
    expect(tab.get_by_role("heading", name="skirts")).to_be_visible()
    assert dict(review_queue(page.engine, queue).states) == {
        ACCEPTED: 26,
        CORRECTED: 19,
        SKIPPED: 5,
    }
    press(tab, "u")
    at(tab, 50)
    expect(tab.locator(".became")).to_contain_text("taken back")
    press(tab, "p")
    tab.keyboard.type("dre")
    press(tab, "Enter")
    expect(tab.get_by_role("heading", name="skirts")).to_be_visible()
    assert answered(page.engine, "P50").piece == "dress"
    assert answered(page.engine, "P10").colour_family == "black"
    olive = answered(page.engine, "P05").colour
    assert olive is not None
    assert olive.name == "olive"
    assert answered(page.engine, "P03").warnings == ("piece_not_found",)


def test_every_page_fits_a_phone_and_a_screen_reader(
    page: WebPage, queue: int, open_tab: OpenTab
) -> None:
    tab = open_tab(viewport={"width": 390, "height": 844}, color_scheme="dark")
    judge(page.engine, "P01", Ruling.ACCEPTED)
    add_queue(page.engine, [1, 2], "sample", QueueSource.SAMPLE)
    for path in ("/review", f"/review/{queue}/1", f"/review/{queue}/grid", "/review/worth"):
        tab.goto(page.url + path)
        assert serious_findings(tab) == [], path
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_a_product_is_corrected_on_its_own_page(
    page: WebPage, queue: int, open_tab: OpenTab
) -> None:
    tab = open_tab()
    tab.goto(f"{page.url}/products/1")
    tab.get_by_label("Family").fill("bla")
    tab.keyboard.press("Enter")
    expect(tab.locator("#decide .became")).to_have_text("corrected")
    expect(tab.locator("#decide li")).to_contain_text("local: corrected black")
    assert serious_findings(tab) == []
    assert answered(page.engine, "P01").colour_family == "black"
    tab.get_by_role("button", name="Take back").click()
    expect(tab.locator("#decide .became")).to_have_text("taken back")
    assert answered(page.engine, "P01").colour_family == "red"


def test_two_people_at_once_never_overwrite_each_other(
    guarded_page: WebPage, open_tab: OpenTab
) -> None:
    served = guarded_page
    queue = add_queue(served.engine, add_many(served.engine, None, 12))
    tabs: dict[str, Tab] = {}
    for name in ("anna", "ben"):
        served.add_user(name, "review")
        tabs[name] = open_tab()
        sign_in(tabs[name], served, name)
        tabs[name].goto(f"{served.url}/review/{queue}/1")
    # Both look at the same product; the first accepts it, the second wants another family.
    press(tabs["anna"], "a")
    at(tabs["anna"], 2, 12)
    press(tabs["ben"], "f")
    tabs["ben"].keyboard.type("black")
    press(tabs["ben"], "Enter")
    expect(tabs["ben"].get_by_role("alert")).to_contain_text("P01: anna said accepted at")
    expect(tabs["ben"].locator("[data-latest]")).to_contain_text("anna said accepted: red")
    # Now they have seen it, and take turns through the rest.
    press(tabs["ben"], "ArrowRight")
    at(tabs["ben"], 2, 12)
    for place in range(2, 13):
        name = ("anna", "ben")[place % 2]
        tabs[name].goto(f"{served.url}/review/{queue}")
        at(tabs[name], place, 12)
        press(tabs[name], "a")
        expect(tabs[name].locator(".became")).to_contain_text(
            f"product {place}" if place < 12 else ""
        )
    tabs["anna"].wait_for_load_state()
    expect(tabs["anna"].get_by_role("heading", name="skirts")).to_be_visible()
    said = [history(served.engine, f"P{place:02}") for place in range(1, 13)]
    assert all(len(each) == 1 for each in said)
    assert Counter(each[0][3] for each in said) == {"anna": 7, "ben": 5}


def test_a_range_in_the_grid_is_chosen_with_shift(
    page: WebPage, queue: int, open_tab: OpenTab
) -> None:
    tab = open_tab()
    tab.goto(f"{page.url}/review/{queue}/grid")
    assert serious_findings(tab) == []
    boxes = tab.get_by_role("checkbox")
    accept = tab.get_by_role("button", name="Accept")
    expect(accept).to_be_disabled()
    boxes.nth(2).click()
    boxes.nth(6).click(modifiers=["Shift"])
    expect(tab.locator(".chosen")).to_have_text("5 of the 50 shown chosen")
    press(tab, "a")
    expect(tab.locator(".became")).to_have_text("accepted 5 products")
    assert dict(review_queue(page.engine, queue).states) == {ACCEPTED: 5, OPEN: 45}
    # By keys: the first by Space, four more by Shift and an arrow.
    press(tab, "ArrowRight", "Space", *["Shift+ArrowRight"] * 4)
    expect(tab.locator("[data-chosen]")).to_have_text("5")
    press(tab, "f")
    tab.keyboard.type("pink")
    press(tab, "Enter")
    expect(tab.locator(".became")).to_have_text("corrected 5 products")
    assert answered(page.engine, "P01").colour_family == "pink"
    press(tab, "u")
    expect(tab.locator(".became")).to_have_text("taken back 5 products")
    # Two of the five had been accepted before, and are so again.
    assert dict(review_queue(page.engine, queue).states) == {ACCEPTED: 5, OPEN: 45}
