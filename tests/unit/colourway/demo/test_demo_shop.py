"""The demo shop draws the same pictures every time and serves them, faulty ones too."""

import csv
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from colourway.demo.demo_shop import FAULTS, DemoShop, draw_demo_shop, write_feed
from shared.contracts.results import Region
from shared.contracts.stages import Code


def fetch(url: str) -> tuple[int, bytes]:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo-shop")


def test_a_demo_shop_knows_its_colours_and_its_faults(folder: Path) -> None:
    exhibits = draw_demo_shop(folder, figures=2, packshots=1, seed=3)
    assert [e.sku for e in exhibits[:3]] == ["LOOK-01", "LOOK-02", "PACK-01"]
    assert exhibits[3:] == list(FAULTS)
    assert {Region.CLOTHES, Region.SKIN} <= set(exhibits[0].expected)
    assert set(exhibits[2].expected) == {Region.CLOTHES}
    again = draw_demo_shop(folder / "again", figures=2, packshots=1, seed=3)
    assert again == exhibits
    for exhibit in exhibits[:3]:
        one, other = folder / exhibit.path, folder / "again" / exhibit.path
        assert one.read_bytes() == other.read_bytes()


def test_every_path_answers_as_its_row_expects(folder: Path) -> None:
    with DemoShop(folder) as demo_shop:
        status, picture = fetch(f"{demo_shop.url}/look-01.jpg")
        assert (status, picture[:3]) == (200, b"\xff\xd8\xff")
        assert fetch(f"{demo_shop.url}/gone.jpg")[0] == 404
        assert fetch(f"{demo_shop.url}/busy.jpg")[0] == 503
        assert fetch(f"{demo_shop.url}/page.jpg")[1].startswith(b"<!doctype html>")
        assert len(fetch(f"{demo_shop.url}/cut.jpg")[1]) == len(picture) // 2
        assert fetch(f"{demo_shop.url}/../{folder.name}/look-01.jpg")[0] == 404


def test_the_feed_names_every_row(tmp_path: Path) -> None:
    write_feed(tmp_path / "feed.csv", list(FAULTS), "http://127.0.0.1:1")
    with (tmp_path / "feed.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["sku"] for row in rows] == [fault.sku for fault in FAULTS]
    assert rows[0]["image_url"] == "http://127.0.0.1:1/gone.jpg"
    assert {fault.code for fault in FAULTS} >= {Code.NO_PERSON, Code.FETCH_NOT_FOUND}
