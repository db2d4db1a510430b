"""Review on pages: what a form may do, what it says, and what it refuses."""

import re
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from shared.contracts.decisions import Ruling
from shared.database.web_tables import TrailEntry
from tests.support.catalogue.decided import BEN, answered, correct, history, judge
from tests.support.catalogue.queued import add_many, add_queue
from tests.support.catalogue.searched import make_rows
from tests.support.catalogue.shelf import NAVY, add_answered
from tests.support.web_page import PASSWORD, WebPage

MARKUP = '<script>alert(1)</script><img src=x onerror="alert(2)">'


class Visitor:
    """Somebody with a browser and no scripts: sends forms as a page has them."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def open(self, path: str) -> str:
        said = self.client.get(path, follow_redirects=True)
        assert said.status_code == 200, said.text
        return said.text

    def send(self, path: str, text: str, **fields: Any) -> httpx2.Response:
        token = re.findall(r'name="csrf_token" value="([0-9a-f]{64})"', text)[0]
        return self.client.post(path, data={"csrf_token": token, **fields})


def items(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="item" value="([^"]+)"', text)))


@pytest.fixture
def queue(page: WebPage) -> int:
    ids = add_many(page.engine, None, 6)
    make_rows(page.engine)
    return add_queue(page.engine, ids)


def test_a_decision_leads_to_the_next_open_product_and_says_so(page: WebPage, queue: int) -> None:
    with page.client() as client:
        visitor = Visitor(client)
        text = visitor.open(f"/review/{queue}")
        assert "less sure than 0.9" in text
        said = visitor.send(f"/review/{queue}/1", text, item=items(text), ruling="accepted")
        assert said.status_code == 303
        assert said.headers["location"] == f"/review/{queue}/2?said=accepted&of=1"
        text = visitor.open(said.headers["location"])
        assert "accepted</span> product 1" in text
        said = visitor.send(
            f"/review/{queue}/2", text, item=items(text), ruling="corrected", family="bla"
        )
        assert said.headers["location"] == f"/review/{queue}/3?said=corrected&of=2"
    assert answered(page.engine, "P02").colour_family == "black"
    assert history(page.engine, "P01") == [(1, "accepted", "red", "local", True, None)]
    with page.engine.connect() as connection:
        rows = connection.execute(select(TrailEntry.what, TrailEntry.target, TrailEntry.after))
        assert [tuple(row) for row in rows] == [
            ("review: accepted", f"queue {queue}", {"products": [[1, 1]]}),
            ("review: corrected", f"queue {queue}", {"products": [[2, 1]]}),
        ]


def test_who_comes_second_is_shown_what_the_first_decided(page: WebPage, queue: int) -> None:
    with page.client() as client:
        visitor = Visitor(client)
        text = visitor.open(f"/review/{queue}/1")
        correct(page.engine, "P01", BEN, family="pink")
        said = visitor.send(f"/review/{queue}/1", text, item=items(text), ruling="accepted")
        assert said.status_code == 409
        assert "P01: ben said corrected at" in said.text
        assert "nothing was written" in said.text
        assert items(said.text) != items(text)
        assert answered(page.engine, "P01").colour_family == "pink"
        # Having seen it, the second may decide.
        said = visitor.send(f"/review/{queue}/1", text, item=items(said.text), ruling="skipped")
        assert said.status_code == 303


def test_words_that_mean_nothing_are_refused_with_what_there_is(page: WebPage, queue: int) -> None:
    with page.client() as client:
        visitor = Visitor(client)
        text = visitor.open(f"/review/{queue}/1")
        said = visitor.send(
            f"/review/{queue}/1", text, item=items(text), ruling="corrected", family="zzz"
        )
        assert said.status_code == 422
        assert "family: there is no &#39;zzz&#39;; there are black" in said.text
        for fields in (
            {"item": "1:none", "ruling": "accepted"},
            {"item": "x:0@", "ruling": "accepted"},
            {"ruling": "accepted"},
            {"item": items(text), "ruling": "taken_back"},
            {"item": items(text), "ruling": "corrected"},
        ):
            assert visitor.send(f"/review/{queue}/1", text, **fields).status_code == 422
        assert client.get(f"/review/{queue}/99").status_code == 404
        assert client.get("/review/99").status_code in (303, 404)
        assert client.get("/review/99/1").status_code == 404


def test_a_bulk_decision_touches_what_was_chosen_and_says_how_many(
    page: WebPage, queue: int
) -> None:
    with page.client() as client:
        visitor = Visitor(client)
        text = visitor.open(f"/review/{queue}/grid")
        shown = items(text)
        assert len(shown) == 6
        judge(page.engine, "P02", Ruling.ACCEPTED, BEN)
        said = visitor.send(
            f"/review/{queue}/grid", text, item=shown[:3], ruling="corrected", family="black"
        )
        assert said.status_code == 200
        assert "corrected</span> 2 products; 1 left alone" in said.text
        assert "P02: ben said accepted" in said.text
        families = [answered(page.engine, f"P0{place}").colour_family for place in range(1, 5)]
        assert families == ["black", "white", "black", "red"]
        # Undo takes back what was decided together, together.
        said = visitor.send(f"/review/{queue}/undo", text, back="grid")
        assert said.headers["location"] == f"/review/{queue}/grid?from=1&undone=2"
        assert "taken back</span> 2 products" in visitor.open(said.headers["location"])
        assert answered(page.engine, "P01").colour_family == "red"
        said = visitor.send(f"/review/{queue}/undo", text, back="grid")
        assert said.status_code == 409
        assert "local has nothing to undo in this queue" in said.text
        too_many = [f"{key}:0@" for key in range(1, 62)]
        said = visitor.send(f"/review/{queue}/grid", text, item=too_many, ruling="skipped")
        assert said.status_code == 422


def test_what_somebody_else_decided_since_is_not_undone(page: WebPage, queue: int) -> None:
    with page.client() as client:
        visitor = Visitor(client)
        text = visitor.open(f"/review/{queue}/1")
        visitor.send(f"/review/{queue}/1", text, item=items(text), ruling="accepted")
        correct(page.engine, "P01", BEN, family="pink")
        said = visitor.send(f"/review/{queue}/undo", text, back="2")
        assert said.status_code == 409
        assert "P01: ben said corrected" in said.text
        assert answered(page.engine, "P01").colour_family == "pink"


@pytest.mark.parametrize(
    ("fields", "products"),
    [
        ({"source": "sample", "queue_size": "4"}, 4),
        ({"source": "filter", "family": "navy"}, 2),
        ({"source": "filter", "max_confidence": "0.52"}, 3),
        ({"source": "audit"}, 4),
    ],
)
def test_queues_are_made_on_the_page(
    page: WebPage, queue: int, fields: dict[str, str], products: int
) -> None:
    with page.client() as client:
        visitor = Visitor(client)
        text = visitor.open("/review")
        said = visitor.send("/review", text, queue_name="mine", catalogue="shop", **fields)
        assert said.status_code == 303, said.text
        assert f"0 of {products}" in visitor.open(said.headers["location"])
        again = visitor.send("/review", text, queue_name="mine", catalogue="shop", **fields)
        assert again.status_code == 422
        assert "has a review queue &#39;mine&#39; already" in again.text
        nothing = visitor.send("/review", text, queue_name="no", catalogue="none")
        assert "a queue is of one catalogue" in nothing.text


def test_a_search_becomes_a_queue(page: WebPage, queue: int) -> None:
    with page.client() as client:
        visitor = Visitor(client)
        found = visitor.open("/products?family=navy&q=skirt")
        (link,) = re.findall(r'href="(/review[?][^"]*)#new"', found)
        text = visitor.open(link.replace("&amp;", "&"))
        assert "<option selected>navy</option>" in text
        assert 'type="hidden" name="q" value="skirt"' in text
        assert 'value="filter" checked' in text


def test_one_product_is_decided_on_apart_from_queues(page: WebPage, queue: int) -> None:
    with page.client() as client:
        visitor = Visitor(client)
        assert 'hx-get="/review/of/1"' in visitor.open("/products/1")
        text = visitor.open("/review/of/1")
        said = visitor.send("/review/of/1", text, item=items(text), ruling="corrected", name="oliv")
        assert said.headers["location"] == "/review/of/1?said=corrected"
        assert answered(page.engine, "P01").colour_family == "green"
        stale = visitor.send("/review/of/1", text, item=items(text), ruling="accepted")
        assert stale.status_code == 409
        assert "P01: local said corrected" in stale.text
        text = visitor.open("/review/of/1")
        (seen,) = re.findall(r'name="seen" value="([^"]+)"', text)
        assert visitor.send("/review/of/1/take-back", text, seen=seen).status_code == 303
        assert answered(page.engine, "P01").colour_family == "red"
        text = visitor.open("/review/of/1")
        assert "taken back by local" in text
        assert 'name="seen"' not in text
        assert visitor.send("/review/of/1/take-back", text, seen=seen).status_code == 409
        assert visitor.send("/review/of/1/take-back", text, seen="x").status_code == 422
        assert client.get("/review/of/99").status_code == 404


def test_a_feeds_markup_stays_text(page: WebPage) -> None:
    key = add_answered(
        page.engine, "M-1", NAVY, title=MARKUP, category=MARKUP, merchant_colour=MARKUP
    )
    queue = add_queue(page.engine, [key], "m")
    with page.client() as client:
        visitor = Visitor(client)
        for path in (
            "/review",
            f"/review/of/{key}",
            f"/review/{queue}/1",
            f"/review/{queue}/grid",
            "/review/worth",
        ):
            assert MARKUP not in visitor.open(path)


def test_who_may_only_look_decides_nothing(guarded_page: WebPage) -> None:
    queue = add_queue(guarded_page.engine, add_many(guarded_page.engine, None, 2))
    guarded_page.add_user("anna", "look")
    with guarded_page.client() as client:
        visitor = Visitor(client)
        text = visitor.open("/sign-in")
        visitor.send("/sign-in", text, name="anna", password=PASSWORD)
        text = visitor.open(f"/review/{queue}/1")
        assert 'data-key="a"' not in text
        said = visitor.send(f"/review/{queue}/1", text, item="1:0@", ruling="accepted")
        assert said.status_code == 403
    assert history(guarded_page.engine, "P01") == []
