"""The HTTP API: products by sku, searches, decisions, and who may do what by a key."""

from dataclasses import replace
from time import sleep

import httpx2
import pytest
from sqlalchemy import Engine, delete, select

from producer.catalogue.change_feed import GOOD_DAYS, ChangeCursor
from producer.exports.record import COLUMNS
from shared.database.models import Product
from shared.database.web_tables import TrailEntry
from tests.support.api_keys import client_of
from tests.support.catalogue.searched import make_rows
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered
from tests.support.web_page import WebPage
from web.api.models import ProductAnswer


@pytest.fixture
def shop(guarded_page: WebPage) -> Engine:
    engine = guarded_page.engine
    add_answered(engine, "SK/1 ä", NAVY, WHITE, title="Skirt", merchant_colour="Navy")
    add_answered(engine, "SK-2", RED, title="Red skirt", merchant_colour="Navy", confidence=0.4)
    add_answered(engine, "SK-2", WHITE, title="Other shop's", catalogue="other")
    make_rows(engine)
    return engine


def test_the_answer_has_the_columns_of_an_export() -> None:
    assert list(ProductAnswer.model_fields) == ["id", *COLUMNS]


def test_a_product_by_its_sku(guarded_page: WebPage, shop: Engine) -> None:
    with client_of(guarded_page, "look") as client:
        said = client.get("/api/v1/products/SK%2F1%20%C3%A4")
        assert said.status_code == 200
        told = said.json()
        assert (told["sku"], told["colour_hex"], told["colour_name"]) == (
            "SK/1 ä",
            "#1b2444",
            "navy",
        )
        assert [each["share"] for each in told["colours"]] == [0.8, 0.2]
        assert told["cutout_url"].startswith("/pictures/3/SK/1%20%C3%A4-1/cutout.png?until=")
        assert client.get("/api/v1/products/SK-2").status_code == 409
        other = client.get("/api/v1/products/SK-2", params={"catalogue": "other"})
        assert other.json()["title"] == "Other shop's"
        assert client.get("/api/v1/products/none").status_code == 404
        assert client.get("/api/v1/products/a%00b").status_code == 422


@pytest.mark.parametrize(
    ("query", "found", "count"),
    [
        ("family=navy", ["SK/1 ä"], 1),
        ("q=skirt&order=least-sure", ["SK-2", "SK/1 ä"], 2),
        ("mismatch=true", ["SK-2"], 1),
        ("colour=rouge&within=20", ["SK-2"], 3),
        ("catalogue=other", ["SK-2"], 1),
    ],
)
def test_searches(guarded_page, shop, query: str, found: list[str], count: int) -> None:
    with client_of(guarded_page, "look") as client:
        told = client.get(f"/api/v1/products?{query}").json()
    assert [each["sku"] for each in told["products"]] == found
    assert (told["count"], told["count_is_exact"]) == (count, True)


def test_pages_of_a_search(guarded_page: WebPage, shop: Engine) -> None:
    with client_of(guarded_page, "look") as client:
        first = client.get("/api/v1/products", params={"colour": "#1b2444", "size": 2}).json()
        assert first["previous"] is None
        assert first["products"][0]["distance"] == 0
        rest = {"colour": "#1b2444", "size": 2, "at": first["next"]}
        second = client.get("/api/v1/products", params=rest).json()
        assert second["next"] is None
        assert len({each["id"] for each in first["products"] + second["products"]}) == 3
        wrong = client.get("/api/v1/products", params={"at": first["next"]})
        assert wrong.status_code == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("piece=tops", 400),
        ("colour=xyzzy", 400),
        ("size=0", 422),
        ("min_confidence=2", 422),
        ("changed_since=2026-11-24T10:00:00", 422),
        ("q=a%00b", 422),
    ],
)
def test_what_makes_no_sense_is_refused(guarded_page, shop, query: str, status: int) -> None:
    with client_of(guarded_page, "look") as client:
        said = client.get(f"/api/v1/products?{query}")
    assert said.status_code == status
    assert said.json()["detail"]


def test_changes_tell_what_was_deleted(guarded_page: WebPage, shop: Engine) -> None:
    with client_of(guarded_page, "look") as client:
        told = client.get("/api/v1/changes").json()
        assert [each["id"] for each in told["products"]] == [1, 2, 3]
        begun = ChangeCursor.read(told["cursor"])
        with shop.begin() as connection:
            connection.execute(delete(Product).where(Product.id == 2))
        kept, gone = changes_since(client, told["cursor"], until=[{"id": 2, "sku": "SK-2"}])
        assert (kept <= {1, 3}, gone) == (True, [{"id": 2, "sku": "SK-2"}])
        old = replace(begun, day=begun.day - GOOD_DAYS - 1)
        said = client.get("/api/v1/changes", params={"cursor": str(old)})
        assert said.status_code == 410
        assert said.json()["detail"] == (
            "the cursor is older than 30 days, and what was deleted is not known for longer; "
            "leave it out to begin again, and remove what is not told then"
        )


def changes_since(
    client: httpx2.Client, cursor: str, until: list[dict]
) -> tuple[set[int], list[dict]]:
    """Ask until these deletions were told; what else writes at the server is waited for."""
    kept, gone = set(), []
    for _ in range(600):
        told = client.get("/api/v1/changes", params={"cursor": cursor}).json()
        cursor = told["cursor"]
        kept |= {each["id"] for each in told["products"]}
        gone += told["deleted"]
        if len(gone) >= len(until) and not told["more"]:
            break
        sleep(0.05)
    return kept, gone


def test_who_may_do_what(guarded_page: WebPage, shop: Engine) -> None:
    with guarded_page.client() as nobody:
        assert nobody.get("/api/v1/products").status_code == 401
    with guarded_page.client(Authorization="Bearer cwk_nothing") as wrong:
        assert wrong.get("/api/v1/products").status_code == 401
    with client_of(guarded_page, "look") as looks:
        body = {"ruling": "accepted", "seen": "0@"}
        assert looks.put("/api/v1/decisions/1", json=body).status_code == 403
        assert looks.post("/api/v1/analyze", content=b"x").status_code == 403


def test_a_decision_is_made_upon_what_was_seen_and_taken_back(guarded_page, shop) -> None:
    with client_of(guarded_page, "review") as client:
        before = client.get("/api/v1/decisions/2").json()
        assert before["decisions"] == []
        body = {"ruling": "corrected", "seen": before["seen"], "family": "navy"}
        done = client.put("/api/v1/decisions/2", json=body)
        assert done.status_code == 200
        assert done.json()["decisions"][0]["decided"]["family"] == "navy"
        again = client.put("/api/v1/decisions/2", json=body)
        assert again.status_code == 409
        told = client.get("/api/v1/products/SK-2", params={"catalogue": "shop"}).json()
        assert (told["colour_family"], told["decision"]) == ("navy", "corrected")
        make_rows(shop)
        found = client.get("/api/v1/products?family=navy").json()["products"]
        assert [each["sku"] for each in found] == ["SK/1 ä", "SK-2"]
        listed = client.get("/api/v1/decisions").json()
        assert [each["product_id"] for each in listed["decisions"]] == [2]
        seen = {"seen": done.json()["seen"]}
        assert client.delete("/api/v1/decisions/2", params=seen).status_code == 200
        told = client.get("/api/v1/products/SK-2", params={"catalogue": "shop"}).json()
        assert (told["colour_family"], told["decision"]) == ("red", None)
    with shop.connect() as connection:
        trail = connection.execute(select(TrailEntry.what, TrailEntry.target)).all()
    assert trail == [("decide on product", "2"), ("take decision back", "2")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ruling": "accepted", "family": "navy"}, 400),
        ({"ruling": "corrected"}, 400),
        ({"ruling": "corrected", "family": "navvy"}, 400),
        ({"ruling": "taken_back"}, 422),
        ({"ruling": "accepted", "seen": "now"}, 422),
        ({"ruling": "accepted", "seen": "7@"}, 409),
    ],
)
def test_a_decision_that_makes_no_sense(guarded_page, shop, body: dict, status: int) -> None:
    with client_of(guarded_page, "review") as client:
        seen = client.get("/api/v1/decisions/2").json()["seen"]
        said = client.put("/api/v1/decisions/2", json={"seen": seen} | body)
        assert (said.status_code, bool(said.json()["detail"])) == (status, True)
        assert (
            client.put(
                "/api/v1/decisions/999", json={"ruling": "accepted", "seen": "0@"}
            ).status_code
            == 404
        )
