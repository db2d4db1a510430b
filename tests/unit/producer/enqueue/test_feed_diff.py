from producer.enqueue.feed_diff import (
    FeedDiff,
    GivenPictures,
    NewPicture,
    StoredPicture,
    StoredProduct,
    combine,
)
from producer.feeds.product import FeedPicture, FeedProduct

NO_TEXTS = dict.fromkeys(("title", "category", "item_group", "merchant_colour"))


def product(sku: str, *urls: str, **texts: str) -> FeedProduct:
    return FeedProduct(1, sku, pictures=[FeedPicture(url) for url in urls], **texts)


def stored(*urls: str, **texts: str) -> StoredProduct:
    pictures = {place: StoredPicture(10 + place, url, None) for place, url in enumerate(urls)}
    return StoredProduct(7, tuple({**NO_TEXTS, **texts}.values()), pictures)


def test_a_new_product() -> None:
    plan = FeedDiff()
    plan.add(product("A", "x", "y"), None, 0)
    assert [each.sku for each in plan.new_products] == ["A"]
    assert plan.new_pictures == [NewPicture("A", 0, "x", None), NewPicture("A", 1, "y", None)]
    assert plan.given == {"A": GivenPictures(None, 2, 0)}
    assert plan.touched == set()


def test_pictures_are_held_against_those_at_their_positions() -> None:
    plan = FeedDiff()
    plan.add(product("A", "x", "new", "z", "further"), stored("x", "y", "z"), 0)
    assert plan.same == [10, 12]
    assert plan.replaced == {11: FeedPicture("new")}
    assert plan.new_pictures == [NewPicture("A", 3, "further", None)]
    assert plan.given == {"A": GivenPictures(7, 4, 3)}
    assert plan.touched == {7}


def test_an_unchanged_product_is_not_touched() -> None:
    plan = FeedDiff()
    plan.add(product("A", "x", title="Dress"), stored("x", "y", title="Dress"), 0)
    assert plan.touched == set()
    assert plan.changed_products == {}
    assert plan.given == {"A": GivenPictures(7, 1, 2)}


def test_further_rows_go_behind_and_only_fill_gaps() -> None:
    plan = FeedDiff()
    row = product("A", "x", "z", title="Shirt", category="tops")
    plan.add(row, stored("x", "y", title="Dress"), already=2)
    assert plan.changed_products == {7: {"category": "tops"}}
    assert plan.new_pictures == [NewPicture("A", 2, "z", None)]
    assert plan.same == []
    assert plan.given == {"A": GivenPictures(7, 3, 2)}


def test_further_rows_in_a_dry_run_are_no_new_product() -> None:
    plan = FeedDiff()
    plan.add(product("A", "z"), None, already=2)
    assert plan.new_products == []
    assert plan.new_pictures == [NewPicture("A", 2, "z", None)]


def test_combine_keeps_order_and_the_first_word() -> None:
    rows = [
        product("A", "x", title="Dress"),
        product("B", "x"),
        product("A", "y", "x", title="Shirt", category="tops"),
    ]
    first, second = combine(rows)
    assert (first.sku, first.title, first.category) == ("A", "Dress", "tops")
    assert [picture.url for picture in first.pictures] == ["x", "y"]
    assert second is rows[1]
    assert rows[0].category is None
