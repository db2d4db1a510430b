from datetime import UTC, datetime

import pytest

from producer.search.pages import ProductOrder
from web.catalogue.asked import AskedProducts
from web.catalogue.told import queue_name, told_filters


def test_each_filter_is_said_in_words() -> None:
    asked = AskedProducts(
        q="skirt",
        catalogue="shop",
        family="navy",
        family_second="blue",
        warning="piece_not_found",
        min_confidence=0,
        max_confidence=0.5,
        changed_since=datetime(2026, 11, 24, tzinfo=UTC),
        word="Navy",
        mismatch=True,
        colour="#1b2444",
        within=4.0,
        order=ProductOrder.LEAST_SURE,
        at="x",
        size=3,
    )
    assert list(told_filters(asked).values()) == [
        "“skirt”",
        "catalogue shop",
        "navy",
        "or blue",
        "piece not found",
        "at least 0% sure",
        "less than 50% sure",
        "changed since 2026-11-24 00:00",
        "the shop says Navy",
        "the word differs",
        "like #1b2444",
        "within ΔE 4",
    ]
    assert told_filters(AskedProducts(order=ProductOrder.RECENT)) == {}


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"q": "skirt", "family": "navy"}, "navy skirt"),
        ({"pattern": "striped", "piece": "top", "word": "Navy"}, "striped top, the shop says Navy"),
        ({"q": "x" * 200, "word": "y" * 200}, "x" * 200),
        ({}, ""),
    ],
)
def test_a_queue_is_named_by_its_search(given: dict[str, str], name: str) -> None:
    assert queue_name(AskedProducts.model_validate(given)) == name


def test_an_address_keeps_filters_of_nought_and_leaves_out_what_is_not_set() -> None:
    asked = AskedProducts(max_confidence=0, mismatch=True, at="x", q="skirt")
    assert asked.address("/products") == "/products?q=skirt&max_confidence=0.0&mismatch=1"
    assert asked.address("/products", q=None, at="y") == (
        "/products?max_confidence=0.0&mismatch=1&at=y"
    )
    assert AskedProducts(mismatch=False).address("/products") == "/products"
