"""Google's and Meta's feeds, in every form that they come in."""

import json
from pathlib import Path

import pytest

from tests.unit.producer.feeds.layouts.reading import read, url, write

GOOGLE = "Google Merchant feed"
META = "Meta catalogue feed"
FOUND = [("A1", "Home > Dresses", "G1", "Navy", ["1", "2", "3"])]
HEADER = [
    *("id", "title", "link", "availability", "price", "image link", "additional image link"),
    *("google product category", "product type", "item group id", "color"),
]
ROW = {
    "id": "A1",
    "title": "Dress",
    "link": "https://a.example/a1",
    "image link": url("1"),
    "additional image link": f"{url('2')},{url('3')}",
    "google product category": "2271",
    "product type": "Home > Dresses",
    "item group id": "G1",
    "color": "Navy",
}
ITEM = f"""<g:id>A1</g:id><g:title>Dress</g:title><g:image_link>{url("1")}</g:image_link>
<g:additional_image_link>{url("2")}</g:additional_image_link>
<g:additional_image_link>{url("3")}</g:additional_image_link>
<g:shipping><g:country>DE</g:country><g:id>no</g:id></g:shipping>
<g:product_type>Home &gt; Dresses</g:product_type><g:item_group_id>G1</g:item_group_id>
<g:color>Navy</g:color>"""


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_delimited(tmp_path: Path, delimiter: str) -> None:
    assert read(write(tmp_path / "feed.txt", HEADER, [ROW], delimiter)) == (GOOGLE, FOUND)
    header = [name.replace(" ", "_") for name in HEADER]
    row = {name.replace(" ", "_"): value for name, value in ROW.items()}
    assert read(write(tmp_path / "feed.txt", header, [row], delimiter)) == (GOOGLE, FOUND)


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>'
        f"<title>Shop</title><item>{ITEM}</item></channel></rss>",
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">'
        f"<id>tag:shop</id><entry>{ITEM}<id>https://a.example/a1</id></entry></feed>",
    ],
)
def test_xml(tmp_path: Path, text: str) -> None:
    path = tmp_path / "feed"
    path.write_text(text, encoding="utf-8")
    assert read(path) == (GOOGLE, FOUND)


def test_the_content_api(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    product = {
        "offerId": "A1",
        "imageLink": url("1"),
        "additionalImageLinks": [url("2"), url("3")],
        "productTypes": ["x"],
        "productType": "Home > Dresses",
        "itemGroupId": "G1",
        "color": "Navy",
    }
    path.write_text(json.dumps(product) + "\n", encoding="utf-8")
    assert read(path) == (GOOGLE, FOUND)


def test_meta_with_hints_above_its_header(tmp_path: Path) -> None:
    header = ["id", "title", "price", "image[0].url", "image[0].tag[0]", "image[1].url", "color"]
    row = {"id": "A1", "image[0].url": url("1"), "image[1].url": url("2"), "color": "Navy"}
    path = write(tmp_path / "feed.csv", header, [row])
    hints = ",".join(f'"# Required | What stands in {name}"' for name in header)
    path.write_text(f"{hints}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert read(path) == (META, [("A1", None, None, "Navy", ["1", "2"])])


def test_meta_with_objects_in_a_cell(tmp_path: Path) -> None:
    cell = json.dumps([{"url": url("1"), "tag": ["front"]}, {"url": url("2")}])
    path = write(
        tmp_path / "feed.csv",
        ["id", "image", "quantity_to_sell_on_facebook"],
        [{"id": "A1", "image": cell}],
    )
    assert read(path) == (META, [("A1", None, None, None, ["1", "2"])])
