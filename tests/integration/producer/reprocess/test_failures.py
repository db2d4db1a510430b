"""Failed pictures written as a feed, and given in again."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from producer.enqueue.enqueue import Again, Order, enqueue
from producer.enqueue.feed_file import FeedFile, enqueue_file
from producer.feeds.product import FeedPicture, FeedProduct
from producer.reprocess.failures import (
    FailedRow,
    Written,
    csv_writer,
    failed_products,
    json_writer,
    write_failures,
)
from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.ledger.reopening import Failures
from shared.settings import get_settings
from shared.spreadsheet_cells import bare_cell
from tests.support.catalogue.stored import jobs, pictures, product, url
from tests.support.rows import NAVY, result

EVERY = Failures()


@pytest.fixture
def ledger(engine: Engine, database_url: str) -> Ledger:
    return Ledger(engine, get_settings(database_url=database_url))


def work(ledger: Ledger, failing: dict[str, Code]) -> None:
    while claims := ledger.claim():
        for claim in claims:
            if claim.url in failing:
                error = StageError(Stage.FETCH, failing[claim.url], 'so\nslow, "really"')
                ledger.fail(claim, error)
            else:
                assert ledger.finish(claim, result(NAVY))


def write(engine: Engine, path: Path, wanted: Failures = EVERY) -> Written:
    as_text = path.suffix == ".csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv_writer(file) if as_text else json_writer(file)
        return write_failures(failed_products(engine, wanted), writer, as_text=as_text)


def test_a_product_is_written_with_all_its_pictures(engine: Engine, ledger: Ledger) -> None:
    pair = FeedProduct(1, "A", pictures=[FeedPicture(url(1), "front"), FeedPicture(url(2), "back")])
    enqueue(engine, [pair, product("B", 3), product("C", 4)], Order("shop"))
    work(ledger, {url(2): Code.FETCH_DENIED, url(4): Code.NOT_AN_IMAGE})

    found = list(failed_products(engine, EVERY))

    message = 'so slow, "really"'
    assert [[tuple(row)[:-1] for row in rows] for rows in found] == [
        [
            ("A", url(1), 0, "front", None, None, None, None),
            ("A", url(2), 1, "back", "fetch_denied", "fetch", message, 1),
        ],
        [("C", url(4), 0, None, "not_an_image", "fetch", message, 1)],
    ]
    assert [row.failed_at is None for rows in found for row in rows] == [True, False, False]
    of_one = failed_products(engine, Failures(codes=(Code.NOT_AN_IMAGE,)))
    assert [rows[0].sku for rows in of_one] == ["C"]


@pytest.mark.parametrize("name", ["failed.csv", "failed.jsonl"])
def test_given_in_again(engine: Engine, ledger: Ledger, tmp_path: Path, name: str) -> None:
    feed = [product("A", 1, 2, title="Dress"), product("B", 3), product("C", 4)]
    enqueue(engine, feed, Order("shop"))
    work(ledger, {url(2): Code.FETCH_DENIED, url(4): Code.NOT_AN_IMAGE})
    path = tmp_path / name
    assert write(engine, path) == Written(pictures=2, products=2)
    before = pictures(engine)

    # As it is: a feed that names what is there already.
    done = enqueue_file(engine, FeedFile(str(path)), Order("shop"))
    assert (done.rejected, done.pictures, done.jobs, done.removed_pictures) == (0, 3, 0, 0)
    assert pictures(engine) == before

    # With --retry-failed: just what failed.
    done = enqueue_file(engine, FeedFile(str(path)), Order("shop", again=Again.FAILED))
    assert (done.jobs, done.removed_pictures) == (2, 0)
    open_jobs = [row[0] for row in jobs(engine) if row[2] is JobState.PENDING]
    assert open_jobs == [url(2), url(4)]
    work(ledger, {url(4): Code.NOT_AN_IMAGE})

    # Mended: the picture that has another URL now.
    assert write(engine, path) == Written(pictures=1, products=1)
    path.write_text(path.read_text().replace(url(4), url("4-new")))
    done = enqueue_file(engine, FeedFile(str(path)), Order("shop"))
    assert (done.jobs, done.replaced_pictures) == (1, 1)
    work(ledger, {})
    assert write(engine, path) == Written()
    assert pictures(engine) == {"A": ["1@1", "2@2"], "B": ["3@1"], "C": ["4-new@3"]}


def test_what_is_put_back_has_failed_no_more(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1)], Order("shop"))
    work(ledger, {url(1): Code.FETCH_DENIED})
    enqueue(engine, [product("A", 2)], Order("shop"))
    assert list(failed_products(engine, EVERY)) == []


def test_a_url_that_text_would_split_goes_into_json_alone(
    engine: Engine, ledger: Ledger, tmp_path: Path
) -> None:
    odd = "https://a.example/1.jpg?then=1,https://a.example/2.jpg"
    enqueue(engine, [FeedProduct(1, "A", pictures=[FeedPicture(odd)])], Order("shop"))
    work(ledger, {odd: Code.FETCH_DENIED})
    assert write(engine, tmp_path / "failed.csv") == Written(left_out=1)
    assert write(engine, tmp_path / "failed.jsonl") == Written(pictures=1, products=1)
    done = enqueue_file(engine, FeedFile(str(tmp_path / "failed.jsonl")), Order("shop"))
    assert (done.rejected, done.jobs, done.pictures) == (0, 0, 1)


texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=30)


@given(st.lists(st.tuples(texts, texts, st.sampled_from(["a.jpg", "b c.jpg"])), max_size=5))
def test_whatever_stands_in_a_row_comes_back(rows: list[tuple[str, str, str]]) -> None:
    written = [
        FailedRow(f"s{sku}e", url(name), 0, None, "fetch_denied", "fetch", message, 1, None)
        for sku, message, name in rows
    ]
    text, lines = io.StringIO(newline=""), io.StringIO()
    write_failures([[row] for row in written], csv_writer(text), as_text=True)
    write_failures([[row] for row in written], json_writer(lines), as_text=False)
    text.seek(0)
    rows_read = [
        {name: bare_cell(cell) for name, cell in row.items()} for row in csv.DictReader(text)
    ]
    read = [(row["sku"], row["message"], row["image_link"]) for row in rows_read]
    assert read == [(row.sku, row.message or "", row.image_link) for row in written]
    again = [json.loads(line) for line in lines.getvalue().split("\n")[:-1]]
    assert [(row["sku"], row["image_link"]) for row in again] == [
        (row.sku, [row.image_link]) for row in written
    ]
