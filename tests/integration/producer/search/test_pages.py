"""Pages of products: filters, orders, and places that hold while the catalogue changes."""

from datetime import timedelta
from itertools import pairwise, product

import pytest
from sqlalchemy import Engine, select, text, update

from producer.search import narrowing, pages
from producer.search.pages import BadCursor, ProductOrder
from producer.search.product_filter import ProductFilter
from producer.search.words import words_of_product
from shared.contracts.results import Pattern
from shared.database.models import Product
from shared.database.search_rows import SearchRow
from shared.errors import SettingsError
from tests.support.catalogue.searched import add_colours, make_rows
from tests.support.catalogue.shelf import AT, NAVY, RED, WHITE, add_answered


@pytest.fixture
def shop(engine: Engine) -> dict[str, int]:
    """Five products, each with something of its own; ``E`` has no answer."""
    later = AT + timedelta(days=2)
    ids = {
        "A": add_answered(
            engine,
            "SK-100",
            NAVY,
            title="Pleated skirt",
            category="skirts",
            piece="bottom",
            merchant_colour="Navy",
            confidence=0.9,
        ),
        "B": add_answered(
            engine,
            "SK-1001",
            RED,
            title="Jupe plissée",
            category="skirts",
            piece="bottom",
            merchant_colour="Navy",
            confidence=0.8,
            updated_at=later,
        ),
        "C": add_answered(
            engine,
            "TS-1",
            WHITE,
            title="T-shirt, ringer",
            piece="top",
            colour_family_second="grey",
            warnings=["piece_guessed", "skin_in_clothes"],
            pattern=Pattern.STRIPED,
            confidence=0.3,
            catalogue="other",
        ),
        "D": add_answered(
            engine,
            "CO-1",
            RED,
            subject="person",
            merchant_colour="cherry red",
            warnings=["low_confidence"],
            confidence=0.6,
        ),
        "E": add_answered(engine, "NO-1", title="Nothing found"),
    }
    make_rows(engine)
    return ids


def find_page(engine: Engine, *asked, **others):
    with engine.connect() as connection:
        return pages.find_page(connection, *asked, **others)


def count_products(engine: Engine, *asked, **others):
    with engine.connect() as connection:
        return pages.count_products(connection, *asked, **others)


def letters(shop: dict[str, int], ids) -> str:
    by_id = {key: letter for letter, key in shop.items()}
    return "".join(by_id[key] for key in ids)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "ABCDE"),
        ({"family": "navy"}, "A"),
        ({"family": "red", "piece": "bottom"}, "B"),
        ({"family_second": "grey"}, "C"),
        ({"piece": "whole"}, "D"),
        ({"pattern": "striped"}, "C"),
        ({"warning": "skin_in_clothes"}, "C"),
        ({"warning": "any"}, "CD"),
        ({"min_confidence": 0.8}, "AB"),
        ({"max_confidence": 0.6}, "C"),
        ({"category": "skirts"}, "AB"),
        ({"changed_since": AT + timedelta(days=1)}, "B"),
        ({"word": "Navy", "family": "red"}, "B"),
        ({"mismatch": True}, "B"),
        ({"text": "sk-100"}, "AB"),
        ({"text": "SK-1001"}, "B"),
        ({"text": "tshirt"}, "C"),
        ({"text": "plissee jup"}, "B"),
        ({"text": "?!"}, ""),
        ({"family": "turquoise"}, ""),
    ],
)
def test_each_filter_finds_its_products(engine: Engine, shop, wanted, found: str) -> None:
    filter_ = ProductFilter(**wanted).checked()
    assert letters(shop, find_page(engine, filter_).ids) == found
    assert count_products(engine, filter_) == (len(found), True)


def test_the_filter_by_catalogue(engine: Engine, shop) -> None:
    with engine.connect() as connection:
        query = select(Product.catalogue_id).where(Product.id == shop["C"])
        other = connection.scalar(query)
    assert letters(shop, find_page(engine, ProductFilter(catalogue_id=other)).ids) == "C"


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (ProductOrder.CATALOGUE, "ABCDE"),
        (ProductOrder.RECENT, "BEDCA"),
        (ProductOrder.LEAST_SURE, "CDBA"),
        (ProductOrder.WRONG_WORD, "B"),
    ],
)
def test_orders(engine: Engine, shop, order: ProductOrder, found: str) -> None:
    assert letters(shop, find_page(engine, ProductFilter(), order).ids) == found


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"piece": "tops"}, "did you mean 'top'"),
        ({"pattern": "stripes"}, "did you mean 'striped'"),
        ({"warning": "oops"}, "there is no 'oops'"),
        ({"min_confidence": 1.5}, "from 0 to 1, not 1.5"),
    ],
)
def test_a_wrong_word_is_named(wanted, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        ProductFilter(**wanted).checked()


@pytest.mark.parametrize(
    "order", [ProductOrder.CATALOGUE, ProductOrder.LEAST_SURE, ProductOrder.RECENT]
)
def test_pages_go_on_and_back_while_products_come_and_go(engine: Engine, order) -> None:
    add_colours(engine, [(n, 40, 60) for n in range(100)])
    make_rows(engine)
    with engine.connect() as connection:
        key = {
            ProductOrder.CATALOGUE: (SearchRow.product_id,),
            ProductOrder.LEAST_SURE: (SearchRow.confidence, SearchRow.product_id),
            ProductOrder.RECENT: (SearchRow.changed_at.desc(), SearchRow.product_id.desc()),
        }[order]
        every = list(connection.scalars(select(SearchRow.product_id).order_by(*key)))
    first = find_page(engine, ProductFilter(), order, size=30)
    second = find_page(engine, ProductFilter(), order, first.next, size=30)
    assert (first.ids, second.ids) == (every[:30], every[30:60])
    assert first.previous is None
    # New products, one product gone from the first page, one moved to its end.
    add_colours(engine, [(9, 9, n) for n in range(20)], confidence=0.01, updated_at=AT)
    with engine.begin() as connection:
        connection.execute(Product.__table__.delete().where(Product.id == every[3]))
    make_rows(engine)
    third = find_page(engine, ProductFilter(), order, second.next, size=30)
    assert third.ids[:10] == every[60:70]
    back = find_page(engine, ProductFilter(), order, third.previous, size=30)
    assert back.ids == second.ids
    before = find_page(engine, ProductFilter(), order, back.previous, size=30)
    assert set(first.ids) - {every[3]} <= set(before.ids)
    last = find_page(engine, ProductFilter(), order, third.next, size=200)
    assert last.next is None


def test_frequent_words_find_what_reading_every_row_does(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the next rows are full of them or have none, in any order, there and back."""
    monkeypatch.setattr(narrowing, "COUNTED", 50)
    for place, title in enumerate(["Red belt", "Pleated red skirt", "Pleated Red no. 7", "Scarf"]):
        add_colours(engine, [(n, 40, place) for n in range(80)], title=title)
    make_rows(engine)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE product_search"))  # by which frequent words are known
        query = select(Product.id, Product.confidence, Product.sku, Product.title)
        rows = connection.execute(query.order_by(Product.id)).all()
    for order, walked, asked in product(
        (ProductOrder.CATALOGUE, ProductOrder.LEAST_SURE),
        (2000, 70),
        ("pleat", "pleated red", "red 7 pl", "scarf", "nothing pleated"),
    ):
        monkeypatch.setattr(pages, "WALKED", walked)
        if order == ProductOrder.LEAST_SURE:
            rows = sorted(rows, key=lambda row: (row.confidence, row.id))
        expected = [
            row.id
            for row in rows
            if all(f" {word}" in words_of_product(row.sku, row.title) for word in asked.split())
        ]
        wanted, token, met, found = ProductFilter(text=asked), None, [], []
        while True:
            met.append(find_page(engine, wanted, order, token, size=25))
            found += met[-1].ids
            if (token := met[-1].next) is None:
                break
        assert found == expected
        for before, page in pairwise(met):
            assert find_page(engine, wanted, order, page.previous, size=25).ids == before.ids
        count = count_products(engine, wanted, most=50)
        assert count == (min(len(expected), 50), len(expected) <= 50)


def test_a_place_is_of_its_order(engine: Engine, shop) -> None:
    page = find_page(engine, ProductFilter(), ProductOrder.CATALOGUE, size=2)
    for token in (page.next, "x", "W10", "WyJyZWNlbnQiLCJhZnRlciIsIjIwMjYiLDFd"):
        with pytest.raises(BadCursor):
            find_page(engine, ProductFilter(), ProductOrder.RECENT, token)


def test_counts_are_bounded(engine: Engine, shop) -> None:
    assert str(count_products(engine, ProductFilter(), most=3)) == "3+"
    assert str(count_products(engine, ProductFilter(), most=5)) == "5"


def test_rows_follow_what_changes(engine: Engine, shop) -> None:
    with engine.begin() as connection:
        changed = update(Product).where(Product.id == shop["A"])
        connection.execute(changed.values(title="Kilt", merchant_colour="Red"))
        connection.execute(Product.__table__.delete().where(Product.id == shop["D"]))
    make_rows(engine)
    assert letters(shop, find_page(engine, ProductFilter(text="kilt")).ids) == "A"
    assert letters(shop, find_page(engine, ProductFilter(mismatch=True)).ids) == "AB"
    assert letters(shop, find_page(engine, ProductFilter()).ids) == "ABCE"
