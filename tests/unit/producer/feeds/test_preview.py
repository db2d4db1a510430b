import json
from pathlib import Path

from producer.feeds.columns import Columns
from producer.feeds.preview import FeedPreview, preview
from producer.feeds.source import open_feed


def seen(path: Path, limit: int = 5) -> FeedPreview:
    with open_feed(str(path)) as opened:
        return preview(opened, Columns(), path.parent, limit=limit)


def test_a_feed_of_our_own_columns(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(
        "sku,image,image,position,price,colour\n"
        "A,https://a.example/1.jpg,https://a.example/2.jpg,main,9,Navy\n"
        "B,N/A,,1,9,\n"
        "A,https://a.example/3.jpg,,,9,\n",
        encoding="utf-8",
    )
    found = seen(path)
    assert (found.rows, found.products, found.pictures) == (3, 1, 3)
    assert (found.rejected, found.left_out, found.layout) == (1, 1, None)
    assert found.columns == {
        "sku": ["sku"],
        "merchant colour": ["colour"],
        "position": ["position"],
        "pictures": ["image", "image#2"],
    }
    assert found.unused == ["price"]
    assert list(found.lines()) == [
        f"{path}: csv, in no known layout",
        "1 products of 3 rows, 3 pictures",
        "",
        "  sku              sku",
        "  merchant colour  colour",
        "  position         position",
        "  pictures         image, image#2",
        "  columns not read price",
        "",
        "line 2: A",
        "  colour           Navy",
        "  picture          https://a.example/1.jpg",
        "  picture          https://a.example/2.jpg",
        "  picture          https://a.example/3.jpg",
        "",
        "cells left out: 1",
        "  line 2: the position 'main' is no whole number; left out",
        "",
        "rows rejected: 1",
        "  line 3: 'N/A' is no address",
    ]


def test_a_shop_s_feed_names_its_layout_and_the_columns_that_are_read(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(
        "Handle,Title,Variant SKU,Vendor,Image Src\n"
        "tee,Tee,T-S,Own,https://a.example/1.jpg\n"
        "tee,,T-M,,\n",
        encoding="utf-8",
    )
    told = json.loads(json.dumps(seen(path, limit=1).as_json()))
    assert told["layout"] == "Shopify product export"
    assert told["columns"] == {
        "read": {},
        "used": ["Handle", "Title", "Variant SKU", "Image Src"],
        "unused": ["Vendor"],
    }
    assert told["first_products"] == [
        {
            "line": 2,
            "sku": "T-S",
            "title": "Tee",
            "category": None,
            "item_group": "tee",
            "merchant_colour": None,
            "pictures": [{"url": "https://a.example/1.jpg", "role": None}],
        }
    ]
    assert (told["products"], told["rows"]) == (2, 2)


def test_json_lines_show_the_columns_of_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_text(
        '{"sku": "A", "image": "https://a.example/1.jpg", "x": 1}\n'
        '{"sku": "B", "imageUrl": "https://a.example/2.jpg"}\n',
        encoding="utf-8",
    )
    found = seen(path)
    assert (found.products, found.used, found.unused) == (2, ["sku", "image", "imageUrl"], ["x"])


def test_no_line_can_steer_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(
        b"sku,image,role,a\x1b[1m\n"
        b"A,https://a.example/\x1b]8;;x.jpg|https://a.example/1.jpg,\x9bm,x\n"
        b"B\x1b,https://a.example/1.jpg,,x\n\xff,y,z,x\n"
    )
    assert all(line.isprintable() for line in seen(path).lines())
