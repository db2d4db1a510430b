from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from producer.enqueue.enqueue import Order
from producer.enqueue.feed_file import FeedFile, enqueue_file
from producer.feeds.columns import Columns
from producer.feeds.record import Rejected
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
    feed.parent.mkdir()
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
