"""The grid of products, the table of words, a product's page, and pictures."""

import re

import pytest
from sqlalchemy import Engine

from shared.contracts.results import Pattern
from shared.storage.storage import open_storage
from tests.support.catalogue.searched import add_colours, make_rows
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered
from tests.support.web_page import WebPage

MARKUP = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def skus(html: str) -> list[str]:
    return re.findall(r'<p class="sku small soft"[^>]*>([^<]*)</p>', html)


@pytest.fixture
def shop(page: WebPage) -> Engine:
    engine = page.engine
    add_answered(
        engine,
        "SK-1",
        NAVY,
        title="Pleated skirt",
        piece="bottom",
        merchant_colour="Navy",
        pattern=Pattern.PLAIN,
    )
    add_answered(
        engine,
        "SK-2",
        RED,
        title="Red skirt",
        piece="bottom",
        merchant_colour="Navy",
        confidence=0.4,
    )
    add_answered(
        engine,
        "TS-1",
        WHITE,
        NAVY,
        title=MARKUP,
        merchant_colour=MARKUP,
        category=MARKUP,
        warnings=["skin_in_clothes"],
        subject="person",
    )
    make_rows(engine)
    return engine


def test_the_grid_shows_each_piece_its_name_and_the_shops_word(page: WebPage, shop) -> None:
    with page.client() as client:
        said = client.get("/products")
        assert said.status_code == 200
        assert skus(said.text) == ["SK-1", "SK-2", "TS-1"]
        assert 'fill="#1b2444"' in said.text
        assert "which is not what was found" in said.text
        assert MARKUP not in said.text
        assert said.text.count("&lt;script&gt;") >= 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("family=navy&piece=bottom", ["SK-1"]),
        ("q=skirt&mismatch=1", ["SK-2"]),
        ("colour=bleu+marine", ["SK-1", "SK-2", "TS-1"]),
        ("colour=%23c6202b&within=5", ["SK-2"]),
        ("order=least-sure", ["SK-2", "SK-1", "TS-1"]),
        ("order=wrong-word", ["SK-2"]),
        ("q=&family=&piece=&pattern=&warning=any&catalogue=shop", ["TS-1"]),
        ("changed_since=2026-11-25", []),
    ],
)
def test_filters_of_the_form(page: WebPage, shop, query: str, found: list[str]) -> None:
    with page.client() as client:
        whole = client.get(f"/products?{query}")
        part = client.get(f"/products?{query}", headers={"HX-Request": "true"})
    got = skus(whole.text)
    assert (sorted(got) if "bleu" in query else got) == (
        sorted(found) if "bleu" in query else found
    )
    if "bleu" in query:
        assert got[0] == "SK-1"
    assert skus(part.text) == got
    assert "<html" not in part.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("colour=xyzzy", "&#39;xyzzy&#39; is no colour"),
        ("catalogue=nowhere", "there is no catalogue"),
        ("piece=skirt", "there is no &#39;skirt&#39;"),
        ("at=nonsense", "this is no place in this order"),
    ],
)
def test_what_makes_no_sense_is_said(page: WebPage, shop, query: str, said: str) -> None:
    with page.client() as client:
        answer = client.get(f"/products?{query}")
        assert (answer.status_code, said in answer.text) == (400, True)


def test_pages_lead_on_and_back(page: WebPage) -> None:
    add_colours(page.engine, [(n, 30, 60) for n in range(150)])
    make_rows(page.engine)
    met: list[str] = []
    with page.client() as client:
        where = "/products?size=50&order=least-sure"
        for _ in range(3):
            html = client.get(where).text
            met += skus(html)
            link = re.search(r'rel="next" href="([^"]+)"', html)
            where = link[1].replace("&amp;", "&") if link else ""
        assert len(set(met)) == 150
        assert not where
        back = re.search(r'rel="prev" href="([^"]+)"', html)
        assert back is not None
        assert skus(client.get(back[1].replace("&amp;", "&")).text) == met[50:100]


def test_a_cell_of_the_table_opens_its_pictures(page: WebPage, shop) -> None:
    with page.client() as client:
        html = client.get("/products/words").text
        links = re.findall(r'class="cell[^"]*" href="([^"]+)"[^>]*>(\d+)<', html)
        assert MARKUP not in html
        opened = {
            (int(count), *skus(client.get(link.replace("&amp;", "&")).text))
            for link, count in links
        }
    assert opened == {(1, "SK-1"), (1, "SK-2"), (1, "TS-1")}


def test_a_products_page(page: WebPage, shop) -> None:
    with page.client() as client:
        html = client.get("/products/1").text
        assert "Pleated skirt" in html
        assert "https://a.example/SK-1-1.jpg" in html
        assert "#1b2444" in html
        odd = client.get("/products/3").text
        assert MARKUP not in odd
        assert client.get("/products/99").status_code == 404
        assert client.get("/products/x").status_code == 422


def test_skin_and_hair_are_shown_only_where_they_are_kept(page: WebPage) -> None:
    skin = [
        {"hex": "#c68642", "lab": [60, 18, 45], "share": 1.0, "name": "tan skin", "family": "skin"}
    ]
    key = add_answered(page.engine, "A-1", NAVY, skin=skin)
    with page.client() as client:
        assert "tan skin" in client.get(f"/products/{key}").text
        kept = page.settings.keep_people
        object.__setattr__(page.settings, "keep_people", False)
        assert "tan skin" not in client.get(f"/products/{key}").text
        object.__setattr__(page.settings, "keep_people", kept)


def test_pictures_are_sent_to_who_has_a_link(page: WebPage, shop) -> None:
    open_storage(page.settings).put("3/SK-1-1/cutout.png", b"\x89PNG picture", "image/png")
    with page.client() as client:
        links = re.findall(r'src="(/pictures/[^"]+)"', client.get("/products").text)
        link = links[0].replace("&amp;", "&")
        sent = client.get(link)
        assert (sent.status_code, sent.content) == (200, b"\x89PNG picture")
        assert sent.headers["content-type"] == "image/png"
        assert "max-age=3600" in sent.headers["cache-control"]
        assert client.get(links[1].replace("&amp;", "&")).status_code == 404
        for broken in (link[:-1], link.replace("SK-1", "SK-2"), link.replace("until=", "until=1")):
            assert client.get(broken).status_code in (403, 422)
        assert client.get(link.partition("?")[0]).status_code == 422
