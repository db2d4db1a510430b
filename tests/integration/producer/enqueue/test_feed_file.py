from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from producer.enqueue.enqueue import Order
from producer.enqueue.feed_file import FeedFile, enqueue_file
from producer.feeds.columns import Columns
from producer.feeds.record import Note, Rejected
from shared.database.engine import open_engine
from shared.database.models import ProductImage
from shared.errors import FeedError

SHOP = Order("shop")


@pytest.fixture
def sqlite(sqlite_url: str) -> Generator[Engine]:
    engine = open_engine(sqlite_url)
    yield engine
    engine.dispose()


def test_local_pictures_are_for_embedded_mode_alone(sqlite: Engine, tmp_path: Path) -> None:
    feed = tmp_path / "shop" / "feed.csv"
    (feed.parent / "photos").mkdir(parents=True)
    (feed.parent / "photos" / "a.jpg").touch()
    feed.write_text("sku,image\nA,photos/a.jpg\nB,../b.jpg\n", encoding="utf-8")
    file = FeedFile(str(feed), rejects=tmp_path / "bad.csv")
    assert enqueue_file(sqlite, file, SHOP).rejected == 2

    rejected: list[Rejected] = []
    done = enqueue_file(sqlite, file, SHOP, local_pictures=True, on_reject=rejected.append)
    assert (done.jobs, [row.line for row in rejected]) == (1, [3])
    assert len((tmp_path / "bad.csv").read_text(encoding="utf-8").splitlines()) == 2
    with sqlite.connect() as connection:
        stored = connection.scalar(select(ProductImage.url))
    assert stored == (feed.parent / "photos" / "a.jpg").as_uri()


def test_the_folder_of_a_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert FeedFile("-").folder == tmp_path
    assert FeedFile("feed.csv").folder == tmp_path
    assert FeedFile("shop/feed.csv").folder == tmp_path / "shop"


def test_what_came_before_the_damage_stays(sqlite: Engine, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    rows = "".join(
        f'{{"sku": "S{n}", "image": "https://a.example/{n}.jpg"}}\n' for n in range(1200)
    )
    feed.write_bytes(rows.encode("utf-16")[:-1])
    with pytest.raises(FeedError, match="truncated"):
        enqueue_file(sqlite, FeedFile(str(feed)), SHOP)
    with sqlite.connect() as connection:
        assert len(connection.scalars(select(ProductImage.id)).all()) == 1000


def test_a_missing_column_writes_nothing(sqlite: Engine, tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("sku,image\nA,https://a.example/1.jpg\n", encoding="utf-8")
    file = FeedFile(str(feed), Columns(title="Titel"))
    with pytest.raises(FeedError, match="no column 'Titel'"):
        enqueue_file(sqlite, file, SHOP)
    with sqlite.connect() as connection:
        assert connection.scalar(select(ProductImage.id)) is None


def test_a_layout_and_what_was_left_out_are_told(sqlite: Engine, tmp_path: Path) -> None:
    feed = tmp_path / "shopify.csv"
    feed.write_text(
        "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Image Src,Image Position\n"
        "tee,Tee,Size,S,TEE-S,https://a.example/1.jpg,1\n"
        "tee,,,M,TEE-M,,\n"
        "tee,,,,,ftp://a.example/2.jpg,2\n",
        encoding="utf-8",
    )
    notes: list[Note] = []
    done = enqueue_file(sqlite, FeedFile(str(feed)), SHOP, on_note=notes.append)
    assert (done.products, done.rows, done.left_out, done.jobs) == (2, 3, 2, 2)
    assert done.layout_line() == "Shopify product export, 2 products of 3 rows"
    assert [note.line for note in notes] == [2, 3]


def test_a_picture_that_was_left_out_removes_none(sqlite: Engine, tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    pictures = "https://a.example/1.jpg|https://a.example/2.jpg"
    feed.write_text(f"sku,image\nA,{pictures}\n", encoding="utf-8")
    assert enqueue_file(sqlite, FeedFile(str(feed)), SHOP).jobs == 2
    feed.write_text(
        "sku,image\nA,https://a.example/1.jpg|ftp://a.example/2.jpg\n", encoding="utf-8"
    )
    done = enqueue_file(sqlite, FeedFile(str(feed)), SHOP)
    assert (done.jobs, done.removed_pictures, done.left_out) == (0, 0, 1)
