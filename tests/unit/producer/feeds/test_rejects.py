from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from producer.feeds.columns import Columns
from producer.feeds.product import FeedProduct
from producer.feeds.products import read_products
from producer.feeds.record import Rejected
from producer.feeds.rejects import RejectsFile
from producer.feeds.source import open_feed
from shared.errors import FeedError


def run(feed: Path, rejects: Path, encoding: str | None = None) -> tuple[list[str], list[int]]:
    """Read a feed, write its rejected rows; return the skus taken and the lines rejected."""
    skus: list[str] = []
    lines: list[int] = []
    with open_feed(str(feed), encoding=encoding) as opened, RejectsFile(rejects, opened) as file:
        for row in read_products(opened, Columns()):
            if isinstance(row, Rejected):
                lines.append(row.line)
                file.write(row)
            else:
                skus.append(row.sku)
    return skus, lines


def test_csv_rows_can_be_mended_and_run_again(tmp_path: Path) -> None:
    feed, rejects, again = tmp_path / "feed.csv", tmp_path / "bad.csv", tmp_path / "worse.csv"
    feed.write_text(
        "sku;title;image;\n"
        "A;Dress;https://a.example/1.jpg;\n"
        'B;"Long; wide";shop.example/2.jpg;\n'
        "C;short\n"
        'D;"open;https://a.example/4.jpg;\n'
        "E;Hemd;;\n",
        encoding="utf-8",
    )
    assert run(feed, rejects) == (["A"], [3, 4, 5, 6])
    header, b, c, d, e = rejects.read_text(encoding="utf-8").splitlines()
    assert header == "rejected_because;sku;title;image"
    assert b.endswith(';B;"Long; wide";shop.example/2.jpg')
    assert c.endswith(";C;short")
    assert d.endswith('"D;""open;https://a.example/4.jpg;"')
    assert e.endswith(";E;Hemd;")

    assert run(rejects, again) == ([], [2, 3, 4, 5])
    assert again.read_text(encoding="utf-8").splitlines()[0] == header
    assert "; B;" not in again.read_text(encoding="utf-8")
    assert again.read_text(encoding="utf-8").splitlines()[1] == b

    mended = rejects.read_text(encoding="utf-8").replace("shop.example", "https://shop.example")
    rejects.write_text(mended, encoding="utf-8")
    assert run(rejects, again) == (["B"], [3, 4, 5])


def test_json_lines_keep_what_is_no_json(tmp_path: Path) -> None:
    feed, rejects, again = tmp_path / "feed.jsonl", tmp_path / "bad.jsonl", tmp_path / "worse.jsonl"
    feed.write_text(
        '{"sku": "A", "image": "https://a.example/1.jpg"}\n{"sku": \n{"sku": "B", "size": 7}\n',
        encoding="utf-8",
    )
    assert run(feed, rejects) == (["A"], [2, 3])
    broken, b = rejects.read_text(encoding="utf-8").splitlines()
    assert broken == '{"sku":'
    assert b.startswith('{"rejected_because": "no column for pictures')
    assert b.endswith('"sku": "B", "size": 7}')
    assert run(rejects, again) == ([], [1, 2])
    assert again.read_text(encoding="utf-8").count('"rejected_because"') == 1


def test_rows_of_parquet_become_json_lines(tmp_path: Path) -> None:
    feed, rejects = tmp_path / "feed.parquet", tmp_path / "bad.jsonl"
    columns = {"sku": ["A", "B"], "images": [["https://a.example/1.jpg"], []], "title": ["x", "ü"]}
    parquet.write_table(pyarrow.table(columns), feed)
    assert run(feed, rejects) == (["A"], [2])
    text = rejects.read_text(encoding="utf-8").replace("[]", '["https://a.example/2.jpg"]')
    rejects.write_text(text, encoding="utf-8")
    with open_feed(str(rejects)) as opened:
        (product,) = read_products(opened, Columns())
    assert isinstance(product, FeedProduct)
    assert (product.sku, product.title) == ("B", "ü")


@pytest.mark.parametrize("name", ["feed.csv", "feed.jsonl"])
def test_bytes_of_another_encoding_go_back_as_they_came(tmp_path: Path, name: str) -> None:
    feed, rejects = tmp_path / name, tmp_path / f"bad-{name}"
    text = {
        "feed.csv": "sku,title,image\nGrün,A,https://a.example/1.jpg\n",
        "feed.jsonl": '{"sku": "Grün", "title": "A", "image": "https://a.example/1.jpg"}\n',
    }[name]
    feed.write_bytes(text.encode("cp1252"))
    skus, lines = run(feed, rejects)
    assert (skus, len(lines)) == ([], 1)
    assert run(rejects, tmp_path / "none", encoding="cp1252") == (["Grün"], [])


def test_utf_16_stays_utf_16(tmp_path: Path) -> None:
    feed, rejects = tmp_path / "feed.csv", tmp_path / "bad.csv"
    feed.write_bytes("sku\timage\nA\t\n".encode("utf-16"))
    assert run(feed, rejects) == ([], [2])
    assert rejects.read_text(encoding="utf-16").splitlines()[1].endswith("\tA\t")


def test_without_rejected_rows_only_the_header_is_left(tmp_path: Path) -> None:
    feed, rejects = tmp_path / "feed.csv", tmp_path / "bad.csv"
    rejects.write_text("from yesterday", encoding="utf-8")
    feed.write_text("sku,image\nA,https://a.example/1.jpg\n", encoding="utf-8")
    run(feed, rejects)
    assert rejects.read_text(encoding="utf-8") == "rejected_because,sku,image\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv", "feed.csv"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("sku,image\n", encoding="utf-8")
    with pytest.raises(FeedError, match="--rejects"):
        run(feed, tmp_path / "nowhere" / "bad.csv")


def test_a_carriage_return_in_a_field_stays_in_its_field(tmp_path: Path) -> None:
    feed, rejects, again = tmp_path / "feed.csv", tmp_path / "bad.csv", tmp_path / "worse.csv"
    feed.write_bytes(b'sku,title,image\r\nA,"One\rtwo",nowhere\r\n')
    assert run(feed, rejects) == ([], [2])
    assert run(rejects, again) == ([], [2])
    assert b'"One\rtwo"' in again.read_bytes()
