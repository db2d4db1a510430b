"""A folder of pictures is a feed, and a picture is none."""

import os
from pathlib import Path

import pytest

from producer.enqueue.feed_file import FeedFile
from producer.feeds.columns import Columns
from producer.feeds.formats.folder import FolderFeed, list_pictures
from producer.feeds.product import FeedProduct
from producer.feeds.products import read_products
from producer.feeds.record import Rejected
from producer.feeds.source import open_feed
from shared.errors import FeedError
from tests.support.pictures import encode, smooth


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def products(folder: Path) -> list[FeedProduct | Rejected]:
    with open_feed(str(folder), folders=True) as opened:
        return list(read_products(opened, Columns(), folder))


def skus(folder: Path) -> dict[str, list[str]]:
    """The products' skus with the names of their pictures, in order."""
    return {
        product.sku: [Path(picture.url).name for picture in product.pictures]
        for product in products(folder)
        if isinstance(product, FeedProduct)
    }


def test_names_without_their_endings_are_skus(tmp_path: Path) -> None:
    fill(tmp_path, "TS-1001.jpg", "dress.blue.PNG", "Kleid ü.webp")
    assert skus(tmp_path) == {
        "Kleid ü": ["Kleid%20%C3%BC.webp"],
        "TS-1001": ["TS-1001.jpg"],
        "dress.blue": ["dress.blue.PNG"],
    }


def test_further_pictures_follow_the_one_without_a_number(tmp_path: Path) -> None:
    fill(tmp_path, "A_10.jpg", "A.jpg", "A-2.png", "A 3.jpg", "A.png", "AB.jpg", "A_007.jpg")
    assert skus(tmp_path) == {
        "A": ["A.jpg", "A.png", "A-2.png", "A%203.jpg", "A_10.jpg"],
        "AB": ["AB.jpg"],
        "A_007": ["A_007.jpg"],
    }


def test_numbered_names_without_a_first_one_are_products_of_their_own(tmp_path: Path) -> None:
    fill(tmp_path, "look-01.jpg", "look-1.jpg", "look-2.jpg", "2024_1.jpg")
    assert set(skus(tmp_path)) == {"look-01", "look-1", "look-2", "2024_1"}


def test_other_files_hidden_ones_and_folders_are_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, "a.jpg", "notes.txt", ".hidden.jpg", "._a.jpg", "feed.csv")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "deeper").mkdir()
    fill(tmp_path / "deeper", "b.jpg")
    assert list_pictures(tmp_path) == (["a.jpg"], 2)
    assert set(skus(tmp_path)) == {"a"}


def test_addresses_keep_names_that_look_like_something_else(tmp_path: Path) -> None:
    names = ("a|b.jpg", "https:c.jpg", "100%.jpg", "q?x#y.jpg", "a, https:d.jpg")
    fill(tmp_path, *names)
    found = [p for p in products(tmp_path) if isinstance(p, FeedProduct)]
    assert {p.sku: p.pictures[0].url for p in found} == {
        Path(name).stem: (tmp_path / name).as_uri() for name in names
    }


def test_names_that_a_terminal_would_obey_or_no_text_can_hold_are_rejected(tmp_path: Path) -> None:
    fill(tmp_path, "good.jpg", "\x1b[31mred.jpg", "two\nlines.jpg")
    (tmp_path / os.fsdecode(b"latin-\xfc.jpg")).write_bytes(b"")
    rejected = [row for row in products(tmp_path) if isinstance(row, Rejected)]
    assert len(rejected) == 3
    assert all(row.reason.isprintable() for row in rejected)
    assert set(skus(tmp_path)) == {"good"}


def test_links_that_lead_out_of_the_folder_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"")
    shop = tmp_path / "shop"
    shop.mkdir()
    fill(shop, "good.jpg")
    (shop / "out.jpg").symlink_to("../secret.jpg")
    (row,) = [row for row in products(shop) if isinstance(row, Rejected)]
    assert "outside the feed's folder" in row.reason


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="holds no picture"):
        FolderFeed(fill(tmp_path, "notes.txt"))
    with pytest.raises(FeedError, match=f"{tmp_path.name}: the folder holds no picture"):
        products(tmp_path)


def test_the_folder_of_such_a_feed_is_itself(tmp_path: Path) -> None:
    assert FeedFile(str(tmp_path)).folder == tmp_path.resolve()
    assert FeedFile(str(tmp_path / "feed.csv")).folder == tmp_path.resolve()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_a_picture_is_no_feed_and_the_error_names_the_command(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(encode(smooth(40, 30), kind))
    with pytest.raises(FeedError, match="colourway picture"), open_feed(str(path)):
        pass
