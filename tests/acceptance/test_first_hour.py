"""A merchandiser's first hour, as docs/web.md tells it: a real run, a real browser, the export."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from tests.support.browser import OpenTab
from tests.support.pictures import encode
from tests.support.programs import Environment, deadline, run
from tests.support.web_program import page_opened
from worker.lookbook import render

pytestmark = pytest.mark.timeout(1200)

SKIRTS = {
    "SK-1": (214, "Navy"),  # drawn in navy
    "SK-2": (1821, "Ink"),  # in navy, and called otherwise
    "SK-3": (352, "Navy"),  # in red
    "SK-4": (99, "Navy"),  # in violet
    "SK-5": (90, "Navy"),  # in rose
    "SK-6": (309, "Sand"),
}
"""Skus of drawn skirts: the seed of the picture, and the shop's word for the colour."""

WRONG = ["SK-3", "SK-4", "SK-5"]


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = tmp_path_factory.mktemp("shop")
    rows = [("sku", "image_url", "title", "category", "colour")]
    for sku, (seed, word) in SKIRTS.items():
        picture = encode(render(seed, "figure", (768, 512), "studio").pixels, "JPEG", quality=92)
        (shop / f"{sku}.jpg").write_bytes(picture)
        rows.append((sku, f"{sku}.jpg", f"Skirt {sku[-1]}", "Women > Skirts", word))
    (shop / "shirt.jpg").write_bytes(encode(render(1, "packshot").pixels, "JPEG", quality=92))
    rows.append(("TS-1", "shirt.jpg", "Shirt", "Women > Shirts", "Navy"))
    path = shop / "feed.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def exported(home: Environment, path: Path) -> dict[str, dict[str, str]]:
    run(home, "colourway", "export", "--out", str(path))
    with path.open(newline="", encoding="utf-8") as file:
        return {row["sku"]: row for row in csv.DictReader(file)}


def shown(tab: Tab) -> set[str]:
    """Return the skus of the cards, once the page has them."""
    expect(tab.locator(".htmx-request")).to_have_count(0)
    return set(tab.locator(".card .sku").all_inner_texts())


def at(tab: Tab, place: int) -> None:
    tab.wait_for_load_state()
    expect(tab.locator("h1 + span")).to_have_text(f"{place} / 3")
    expect(tab.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(
        0
    )


def test_a_feed_is_run_navy_skirts_are_found_three_are_corrected_and_exported(
    feed: Path, tmp_path: Path, open_tab: OpenTab
) -> None:
    home = {"COLOURWAY_HOME": str(tmp_path / "home")}
    said = run(home, "colourway", "run", str(feed))
    assert "open the page: `" in said
    assert "colourway web`" in said
    before = exported(home, tmp_path / "before.csv")
    navy = {sku for sku in SKIRTS if before[sku]["colour_family"] == "navy"}
    assert navy.isdisjoint(WRONG)

    with page_opened(home, tmp_path / "page.log") as (_, url):
        tab = open_tab()
        tab.goto(url)
        expect(tab.locator(".card")).to_have_count(7)

        # Every navy skirt: by words and a family; one step back is the whole search again.
        tab.get_by_label("Sku or title").fill("skirt")
        tab.keyboard.press("Tab")
        expect(tab.locator(".card")).to_have_count(6)
        tab.locator(".families").get_by_role("link", name="navy").click()
        expect(tab.locator(".results-head strong")).to_have_text(str(len(navy)))
        assert shown(tab) == navy
        assert tab.url == f"{url}/products?q=skirt&family=navy"
        tab.go_back()
        expect(tab.get_by_role("heading", name="Products")).to_be_visible()
        assert shown(tab) == set(SKIRTS)

        # What the shop calls navy and is not: from the table of words, with a filter more.
        tab.get_by_role("link", name="Words × families").click()
        tab.get_by_role("link", name="Navy", exact=True).click()
        tab.get_by_label("Sku or title").fill("skirt")
        tab.keyboard.press("Tab")
        tab.get_by_label("word ≠ found").check()
        expect(tab.locator(".results-head strong")).to_have_text("3")
        assert shown(tab) == set(WRONG)

        # Three corrections by keys: the proposal, a family, and a name.
        tab.get_by_role("link", name="review these").click()
        expect(tab.get_by_label("Name")).to_have_value(
            "skirt, the shop says Navy, the word differs"
        )
        tab.get_by_role("button", name="Make the queue").click()
        at(tab, 1)
        tab.keyboard.press("o")
        at(tab, 2)
        tab.keyboard.press("f")
        tab.keyboard.type("nav")
        tab.keyboard.press("Enter")
        at(tab, 3)
        tab.keyboard.press("n")
        tab.keyboard.type("ink blue")
        tab.keyboard.press("Enter")
        expect(tab.locator(".notice.good")).to_contain_text("Every product of this queue")
        expect(tab.locator(".notice.good")).to_contain_text("colourway export --out colours.csv")

        # The search finds them, marked as said by a person.
        for _ in deadline():  # a page is up to two seconds behind
            tab.goto(f"{url}/products?q=skirt&family=navy")
            if tab.locator(".results-head strong").inner_text() == str(len(navy) + 3):
                break
        assert shown(tab) == navy | set(WRONG)
        expect(tab.locator(".card .tag.good")).to_have_text(["corrected"] * 3)

    after = exported(home, tmp_path / "colours.csv")
    for sku, row in after.items():
        assert (row["decision"], bool(row["decided_at"])) == (
            ("corrected", True) if sku in WRONG else ("", False)
        )
        if sku in WRONG:
            assert (row["colour_family"], row["confidence"]) == ("navy", "1.0")
            assert row["merchant_colour"] == "Navy"
        else:
            assert row == before[sku]
    assert after["SK-5"]["colour_name"] == "ink blue"
