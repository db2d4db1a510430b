"""`colourway enqueue` and `colourway status` as a shell calls them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import Engine

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.stored import pictures, url
from tests.support.rows import NAVY, result

FEED = f"sku,title,Bild\nA,Dress,{url(1)}\nB,Shirt,photos/1.jpg\nC,Hat,{url(3)}|{url(4)}\n"
QUEUE = "colourway.2.nightly"


def notifications(broker: str) -> list[Any]:
    with redis.Redis.from_url(broker) as client:
        return [json.loads(raw) for raw in client.lrange(QUEUE, 0, -1)]


def test_from_a_feed_to_notifications_and_status(
    shell: Shell, engine: Engine, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    shell.set(DATABASE_URL=database_url, CELERY_BROKER_URL=redis_url)
    feed, rejects = tmp_path / "feed.csv", tmp_path / "bad.csv"
    feed.write_text(FEED, encoding="utf-8")
    words = ["enqueue", feed, "--picture-column", "Bild", "--catalogue", "shop"]

    planned = shell.answer(*words, "--dry-run")
    assert (planned["jobs"], planned["dispatched"], planned["batch_id"]) == (3, 0, None)
    assert pictures(engine) == {}
    assert notifications(redis_url) == []

    done = shell.answer(*words, "--rejects", rejects)
    assert (done["products"], done["jobs"], done["dispatched"]) == (2, 3, 3)
    assert done["broker_failure"] is None
    assert done["rejected_rows"] == [
        {
            "line": 3,
            "sku": "B",
            "reason": "'photos/1.jpg' is no URL; local pictures are read by `colourway run` alone "
            "(if it is the end of a URL, give its beginning with --picture-base)",
        }
    ]
    assert rejects.read_text(encoding="utf-8").endswith(",B,Shirt,photos/1.jpg\n")
    assert pictures(engine) == {"A": ["1@1"], "C": ["3@1", "4@1"]}
    assert len(notifications(redis_url)) == 2  # three jobs, two to a notification

    again = shell.answer(*words)
    assert (again["jobs"], again["dispatched"]) == (0, 0)
    assert len(notifications(redis_url)) == 2

    ledger = Ledger(engine, get_settings(database_url=database_url))
    first, second, _ = ledger.claim()
    ledger.finish(first, result(NAVY))
    ledger.fail(second, StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "gone"))
    status = shell.answer("status")
    assert (status["jobs"], status["open"]) == (3, 1)
    assert status["states"] == {"done": 1, "failed": 1, "leased": 1}
    assert status["codes"] == {"ok": 1, "fetch_not_found": 1}
    assert status["catalogues"] == [{"name": "shop", "products": 2, "enriched": 1}]
    (batch,) = status["batches"]
    assert (batch["id"], batch["catalogue"], batch["jobs"]) == (done["batch_id"], "shop", 3)
    assert (batch["done"], batch["failed"], batch["left"]) == (1, 1, 1)
    assert status["busy_workers"] == 1

    table = shell.call("status").out
    for word in ("shop", "done", "failed", "fetch_not_found", "3 jobs, 1 of them"):
        assert word in table


def test_standard_input_in_a_process_of_its_own(sqlite_url: str, redis_url: str) -> None:
    lines = "".join(
        json.dumps({"id": sku, "image": url(sku) if sku < "C" else None}) + "\n" for sku in "ABCD"
    )
    done = subprocess.run(
        [sys.executable, "-c", "from colourway.cli import main; main()", "enqueue", "-"],
        env=os.environ | {"DATABASE_URL": sqlite_url, "CELERY_BROKER_URL": redis_url},
        input=lines,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "products: 2 (2 new, 0 changed); rows rejected: 2" in done.stdout
    assert "jobs added: 2 (catalogue 'default', batch " in done.stdout
    assert "dispatched 2 jobs" in done.stdout
    assert done.stderr.splitlines()[:2] == [
        "line 3: 'C' has no picture",
        "line 4: 'D' has no picture",
    ]


def test_without_a_broker_only_the_dispatch_fails(
    shell: Shell, sqlite_url: str, redis_url: str, tmp_path: Path
) -> None:
    shell.set(DATABASE_URL=sqlite_url)
    feed = tmp_path / "feed.csv"
    feed.write_text(f"sku,image\nA,{url(1)}\n", encoding="utf-8")
    said = shell.call("enqueue", feed)
    assert said.exit_code == 0
    assert "jobs added: 1" in said.out
    assert "the broker cannot be reached" in said.err
    assert "s3cret" not in said.err
    shell.set(CELERY_BROKER_URL=redis_url)
    later = shell.answer("enqueue", feed)  # or beat, or dispatch
    assert (later["jobs"], later["dispatched"]) == (0, 1)


@pytest.mark.parametrize(
    ("content", "options", "exit_code", "reason"),
    [
        ("sku,title\nA,b\n", [], 1, "no column for pictures; name one with --picture-column"),
        (None, [], 1, "there is no such file"),
        ("sku,image\nA,b\n", [], 1, "line 2: 'b' is no URL"),
        ("sku,image\nA,b\n", ["--delimiter", "::"], 2, "--delimiter"),
        ("sku,image\nA,b\n", ["--rejects", "FEED"], 1, "is the feed itself"),
    ],
)
def test_a_feed_that_cannot_be_used(
    shell: Shell,
    sqlite_url: str,
    tmp_path: Path,
    content: str | None,
    options: list[str],
    exit_code: int,
    reason: str,
) -> None:
    shell.set(DATABASE_URL=sqlite_url)
    feed = tmp_path / "feed.csv"
    if content is not None:
        feed.write_text(content, encoding="utf-8")
    said = shell.call("enqueue", feed, *(feed if word == "FEED" else word for word in options))
    assert said.exit_code == exit_code
    assert reason in said.err


def test_a_database_without_tables(shell: Shell) -> None:
    for words in (["status"], ["enqueue", os.devnull]):
        said = shell.call(*words)
        assert said.exit_code == 1
        assert "so does `colourway db upgrade`" in said.err


def test_an_empty_ledger(shell: Shell, sqlite_url: str) -> None:
    shell.set(DATABASE_URL=sqlite_url)
    assert "The ledger is empty" in shell.call("status").out
    assert shell.answer("status") == {
        "jobs": 0,
        "open": 0,
        "done": 0,
        "failed": 0,
        "left": 0,
        "busy_workers": 0,
        "states": {},
        "codes": {},
        "catalogues": [],
        "batches": [],
        "workers": [],
    }
