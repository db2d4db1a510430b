import gzip
import io
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from producer.feeds.record import Record, Rejected
from producer.feeds.source import FeedFormat, open_feed
from shared.errors import FeedError

CSV = "sku,image_url,title\nA,https://a.example/1.jpg,Kleid grün\nB,https://a.example/2.jpg,Hemd\n"
JSONL = '{"sku": "A", "title": "Kleid grün"}\n{"sku": "B"}\n'


@pytest.fixture
def standard_input(monkeypatch: pytest.MonkeyPatch) -> object:
    def give(content: bytes) -> None:
        class Pipe(io.BytesIO):
            def seekable(self) -> bool:
                return False

        stdin = io.TextIOWrapper(io.BufferedReader(Pipe(content)))  # type: ignore[arg-type]
        monkeypatch.setattr(sys, "stdin", stdin)

    return give


def read(source: Path | str, **options: object) -> tuple[FeedFormat, list[Record | Rejected]]:
    with open_feed(str(source), **options) as opened:  # type: ignore[arg-type]
        return opened.format, list(opened.records())


def titles(records: list[Record | Rejected]) -> list[object]:
    return [record.values.get("title") for record in records if isinstance(record, Record)]


def write_parquet(path: Path, rows: int) -> Path:
    table = pyarrow.table(
        {
            "sku": [f"S{number}" for number in range(rows)],
            "images": [[f"https://a.example/{number}.jpg"] for number in range(rows)],
            "embedding": [[0.5] * 8] * rows,
        }
    )
    parquet.write_table(table, path, row_group_size=1500)
    return path


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        b"\xef\xbb\xbf" + CSV.encode(),
        CSV.encode("utf-16"),
        b"\xfe\xff" + CSV.encode("utf-16-be"),
        CSV.replace("\n", "\r\n").encode(),
        CSV.replace("\n", "\r").encode(),
        CSV.replace(",", "\t").encode(),
        gzip.compress(CSV.encode(), mtime=0),
    ],
)
def test_csv_in_all_its_clothes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed"
    path.write_bytes(content)
    found, records = read(path)
    assert found is FeedFormat.CSV
    assert [record.line for record in records] == [2, 3]
    assert titles(records) == ["Kleid grün", "Hemd"]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("feed.jsonl", JSONL, FeedFormat.JSONL),
        ("feed", JSONL, FeedFormat.JSONL),
        ("feed.txt", JSONL, FeedFormat.JSONL),
        ("feed.NDJSON", JSONL, FeedFormat.JSONL),
        ("feed.csv", CSV, FeedFormat.CSV),
        ("feed.json", "\n" + JSONL, FeedFormat.JSONL),
    ],
)
def test_format_is_told_by_name_or_content(
    tmp_path: Path, name: str, content: str, expected: FeedFormat
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    found, records = read(path)
    assert found is expected
    assert titles(records)[0] == "Kleid grün"


def test_other_encodings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(CSV.encode("cp1252"))
    assert titles(read(path, encoding="cp1252")[1]) == ["Kleid grün", "Hemd"]
    assert titles(read(path)[1]) == ["Kleid gr\udcfcn", "Hemd"]
    with pytest.raises(FeedError, match="no encoding 'utf-99'"):
        read(path, encoding="utf-99")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (CSV.encode(), FeedFormat.CSV),
        (JSONL.encode(), FeedFormat.JSONL),
        (gzip.compress(JSONL.encode(), mtime=0), FeedFormat.JSONL),
    ],
)
def test_standard_input(standard_input: object, content: bytes, expected: FeedFormat) -> None:
    standard_input(content)  # type: ignore[operator]
    found, records = read("-")
    assert found is expected
    assert titles(records)[0] == "Kleid grün"
    assert not sys.stdin.buffer.closed


@pytest.mark.parametrize("packed", [False, True])
def test_parquet_from_a_pipe(standard_input: object, tmp_path: Path, packed: bool) -> None:
    content = write_parquet(tmp_path / "feed.parquet", 3).read_bytes()
    standard_input(gzip.compress(content) if packed else content)  # type: ignore[operator]
    found, records = read("-")
    assert found is FeedFormat.PARQUET
    assert [record.line for record in records] == [1, 2, 3]


def test_parquet_is_read_in_batches_and_only_as_told(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "feed.parquet", 3210)
    with open_feed(str(path)) as opened:
        assert opened.feed.names == ("sku", "images", "embedding")
        opened.feed.read_only(["images", "sku"])  # type: ignore[union-attr]
        records = list(opened.records())
    assert [record.line for record in records] == list(range(1, 3211))
    last = records[-1]
    assert isinstance(last, Record)
    assert last.values == {"sku": "S3209", "images": ["https://a.example/3209.jpg"]}


def test_damaged_parquet(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "feed.parquet", 3000)
    content = bytearray(path.read_bytes())
    content[4:2000] = b"\xff" * 1996
    path.write_bytes(content)
    with pytest.raises(FeedError, match=r"feed\.parquet: .*damaged after row"):
        read(path)
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(FeedError, match="no Parquet file"):
        read(path)


def test_gzip_that_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv.gz"
    path.write_bytes(gzip.compress((CSV * 2000).encode())[:-40])
    with pytest.raises(FeedError, match="ends in the middle"):
        read(path)


@pytest.mark.parametrize("damage", [10, 40])
def test_gzip_with_wrong_bytes(tmp_path: Path, damage: int) -> None:
    content = bytearray(gzip.compress(("".join(map(str, range(50_000)))).encode()))
    content[damage : damage + 20] = b"\xff" * 20
    path = tmp_path / "feed.csv.gz"
    path.write_bytes(content)
    with pytest.raises(FeedError, match=r"feed\.csv\.gz: "):
        read(path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"nothing\.csv: there is no such file"):
        read(tmp_path / "nothing.csv")
    with pytest.raises(FeedError, match="irectory"):
        read(tmp_path)


def test_odd_utf_16_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(CSV.encode("utf-16") + b"x")
    with pytest.raises(FeedError):
        read(path)
