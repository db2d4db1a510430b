import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.columns import Columns, PictureColumn
from producer.feeds.product import FeedPicture, FeedProduct
from producer.feeds.products import MOST_PICTURES, read_products
from producer.feeds.record import Rejected
from producer.feeds.source import FeedFormat, open_feed
from shared.contracts.jobs import LONGEST_NAME
from shared.errors import FeedError


def url(number: object) -> str:
    return f"https://a.example/{number}.jpg"


def read(
    tmp_path: Path,
    content: str | bytes,
    columns: Columns | None = None,
    folder: Path | None = None,
    encoding: str | None = None,
) -> list[FeedProduct | Rejected]:
    path = tmp_path / "feed"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_feed(str(path), encoding=encoding) as opened:
        return list(read_products(opened, columns or Columns(), folder))


def products(rows: list[FeedProduct | Rejected]) -> dict[str, list[str]]:
    assert all(isinstance(row, FeedProduct) for row in rows), rows
    return {
        row.sku: [picture.url for picture in row.pictures]
        for row in rows
        if isinstance(row, FeedProduct)
    }


def test_a_full_row(tmp_path: Path) -> None:
    content = (
        "id,title,product type,item group id,color,image link,additional image link\n"
        f' A1 ,Dress,dresses,G1,Sage,{url(1)},"{url(2)},{url(3)},{url(1)}"\n'
    )
    assert read(tmp_path, content) == [
        FeedProduct(
            line=2,
            sku="A1",
            title="Dress",
            category="dresses",
            item_group="G1",
            merchant_colour="Sage",
            pictures=[FeedPicture(url(1)), FeedPicture(url(2)), FeedPicture(url(3))],
        )
    ]


def test_empty_fields_say_nothing(tmp_path: Path) -> None:
    (product,) = read(tmp_path, f"sku,title,image\nA,  ,{url(1)}\n")
    assert isinstance(product, FeedProduct)
    assert product.title is None


def test_rows_of_one_sku_become_one_product_in_the_order_of_positions(tmp_path: Path) -> None:
    content = (
        "sku,title,image,position,role\n"
        f"A,Dress,{url('detail')},,detail\n"
        f"A,,{url('back')},2,back\n"
        f"A,ignored,{url('front')},1,front\n"
        f"B,Shirt,{url(1)},,\n"
    )
    first, second = read(tmp_path, content)
    assert isinstance(first, FeedProduct)
    assert (first.line, first.title) == (2, "Dress")
    assert first.pictures == [
        FeedPicture(url("front"), "front"),
        FeedPicture(url("back"), "back"),
        FeedPicture(url("detail"), "detail"),
    ]
    assert isinstance(second, FeedProduct)
    assert (second.line, second.sku) == (5, "B")


def test_columns_may_have_roles(tmp_path: Path) -> None:
    columns = Columns(pictures=(PictureColumn("a", "front"), PictureColumn("b", "back")))
    (product,) = read(tmp_path, f"sku,a,b\nA,{url(1)},{url(2)}\n", columns)
    assert isinstance(product, FeedProduct)
    assert product.pictures == [FeedPicture(url(1), "front"), FeedPicture(url(2), "back")]


def test_bad_rows_stand_in_their_place_and_the_rest_goes_on(tmp_path: Path) -> None:
    content = (
        "sku,image,position\n"
        f"A,{url(1)},1\n"
        f",{url(2)},\n"
        "B,,\n"
        "C,ftp://a.example/1.jpg,\n"
        f"{'x' * (LONGEST_NAME + 1)},{url(4)},\n"
        f"A\0,{url(4)},\n"
        f"E,{url(5)},\n"
    )
    rows = read(tmp_path, content)
    assert [(row.line, getattr(row, "reason", None)) for row in rows] == [
        (3, "the row has no sku"),
        (4, "'B' has no picture"),
        (5, "'ftp://a.example/1.jpg': pictures come by http, https or s3, not by ftp"),
        (6, f"the sku is longer than {LONGEST_NAME} characters"),
        (7, "the sku holds a control character: 'A\\x00'"),
        (2, None),
        (8, None),
    ]


def test_bytes_of_another_encoding_cost_only_their_cell(tmp_path: Path) -> None:
    content = f"sku,title,image\nA,Grün,{url(1)}\nB,Blue,{url(2)}\n".encode("cp1252")
    first, second = read(tmp_path, content)
    assert isinstance(first, FeedProduct)
    assert (first.title, [note.line for note in first.notes]) == (None, [2])
    assert "--encoding" in first.notes[0].reason
    assert isinstance(second, FeedProduct)
    assert second.notes == ()
    (first, _) = read(tmp_path, content, encoding="cp1252")
    assert isinstance(first, FeedProduct)
    assert (first.title, first.notes) == ("Grün", ())


@pytest.mark.parametrize(
    ("cell", "value", "note"),
    [
        ('"position": "main"', None, "the position 'main' is no whole number; left out"),
        ('"color": {"en": "Navy"}', None, "the colour is no text: {'en': 'Navy'}; left out"),
        ('"color": NaN', None, None),
        ('"color": "nan"', None, None),
        ('"color": ["Navy", "White"]', "Navy/White", None),
        ('"color": "Na\\u0007vy\\n blue"', "Na vy  blue", None),
        ('"color": true', None, "the colour is no text: True; left out"),
        ('"color": Infinity', None, "the colour is no text: inf; left out"),
        (f'"color": "{"x" * 5001}"', None, "the colour is longer than 5,000 characters; left out"),
    ],
)
def test_a_cell_that_makes_no_sense_costs_itself_alone(
    tmp_path: Path, cell: str, value: str | None, note: str | None
) -> None:
    (product,) = read(tmp_path, f'{{"sku": "A", "image": "{url(1)}", {cell}}}\n')
    assert isinstance(product, FeedProduct)
    assert product.merchant_colour == value
    assert [each.reason for each in product.notes] == ([] if note is None else [note])
    assert product.whole


def test_a_bad_picture_costs_itself_alone(tmp_path: Path) -> None:
    (product,) = read(tmp_path, f'sku,image\nA,"{url(1)}|ftp://a.example/2.jpg"\n')
    assert isinstance(product, FeedProduct)
    assert product.pictures == [FeedPicture(url(1))]
    assert [note.line for note in product.notes] == [2]
    assert "not by ftp; left out" in product.notes[0].reason
    assert not product.whole


def test_unused_columns_may_hold_anything(tmp_path: Path) -> None:
    content = b"sku,image,note\nA,https://a.example/1.jpg,\xff\x00\n"
    assert products(read(tmp_path, content)) == {"A": [url(1)]}


@pytest.mark.parametrize(
    ("row", "sku", "reason"),
    [
        ({"sku": 12345, "image": url(1)}, "12345", None),
        ({"sku": 1.5, "image": url(1)}, None, "the sku is no text: 1.5"),
        ({"sku": True, "image": url(1)}, None, "the sku is no text: True"),
        ({"sku": "A", "images": [url(1), url(2)]}, "A", None),
        ({"sku": "A", "images": [{"src": url(1)}]}, "A", None),
        ({"sku": "A", "images": [{"file": url(1)}]}, None, "expected a picture's URL"),
        ({"sku": 1001.0, "image": url(1)}, "1001", None),
        ({"sku": "NULL", "image": url(1)}, None, "the row has no sku"),
        ({"sku": "A"}, None, "--picture-column"),
        ({"image": url(1)}, None, "--sku-column"),
        ({"sku": None, "image": url(1)}, None, "the row has no sku"),
        ({"sku": "\ud800", "image": url(1)}, None, "do not fit the encoding"),
        ({"sku": "A", "image": url("\ud800")}, None, "do not fit the encoding"),
        ({"sku": "A", "image": url(1), "title": ["x"]}, "A", None),
        ({"sku": "A", "image": url(1), "title": ["x", "y"]}, "A", None),
    ],
)
def test_objects(
    tmp_path: Path, row: dict[str, object], sku: str | None, reason: str | None
) -> None:
    rows = read(tmp_path, json.dumps(row) + "\n" + json.dumps({"id": "Z", "image_url": url(9)}))
    first, last = rows
    assert isinstance(last, FeedProduct)
    assert last.sku == "Z"
    if reason is None:
        assert isinstance(first, FeedProduct)
        assert first.sku == sku
    else:
        assert isinstance(first, Rejected)
        assert reason in first.reason


def test_a_missing_column_ends_the_feed_before_its_first_row(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"feed: no column for pictures.*Columns found: sku, title"):
        read(tmp_path, "sku,title\nA,b\n")


def test_too_many_pictures(tmp_path: Path) -> None:
    many = "".join(f"A,{url(number)}\n" for number in range(MOST_PICTURES + 2))
    *rejected, product = read(tmp_path, "sku,image\n" + many)
    assert [row.line for row in rejected] == [MOST_PICTURES + 2, MOST_PICTURES + 3]
    assert isinstance(product, FeedProduct)
    assert len(product.pictures) == MOST_PICTURES
    (one,) = read(tmp_path, "sku,image\nA," + "|".join(url(n) for n in range(MOST_PICTURES + 1)))
    assert isinstance(one, FeedProduct)
    assert len(one.pictures) == MOST_PICTURES
    assert [note.reason for note in one.notes] == ["the row has 51 pictures, 50 count; left out"]
    assert not one.whole


def test_local_pictures_only_where_a_folder_is_given(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/1.jpg").touch()
    content = "sku,image\nA,photos/1.jpg\nB,../2.jpg\n"
    assert all(isinstance(row, Rejected) for row in read(tmp_path, content))
    first, second = read(tmp_path, content, folder=tmp_path)
    assert isinstance(first, Rejected)
    assert first.line == 3
    assert isinstance(second, FeedProduct)
    assert second.pictures == [FeedPicture((tmp_path / "photos/1.jpg").as_uri())]


SKUS = st.sampled_from("ABC")


@given(st.lists(st.tuples(SKUS, st.integers(0, 5), st.none() | st.integers(-3, 3)), max_size=12))
def test_no_picture_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int, int | None]]
) -> None:
    content = "sku,image,position\n" + "".join(
        f"{sku},{url(number)},{'' if position is None else position}\n"
        for sku, number, position in rows
    )
    path = tmp_path_factory.getbasetemp() / "any-feed.csv"
    path.write_text(content, encoding="utf-8")
    with open_feed(str(path), FeedFormat.CSV) as opened:
        found = list(read_products(opened, Columns()))
    for product in found:
        assert isinstance(product, FeedProduct)
        urls = [picture.url for picture in product.pictures]
        assert len(urls) == len(set(urls))
    neighbours = [sku for n, (sku, *_) in enumerate(rows) if n == 0 or rows[n - 1][0] != sku]
    assert [product.sku for product in found if isinstance(product, FeedProduct)] == neighbours
    assert {
        (product.sku, picture.url)
        for product in found
        if isinstance(product, FeedProduct)
        for picture in product.pictures
    } == {(sku, url(number)) for sku, number, _ in rows}


def test_a_feed_of_which_no_row_can_be_read_comes_to_an_end(tmp_path: Path) -> None:
    spread = json.dumps({"products": [{"sku": "A", "image_url": url(1)}]}, indent=1)
    rows = read(tmp_path, spread)
    assert [type(row) for row in rows] == [Rejected] * 8
