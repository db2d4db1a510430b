"""`backfill`, `retry`, `quarantine release` and `status --watch` as a shell calls them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from colourway.jobs import due_jobs
from producer.enqueue.enqueue import Order, enqueue
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine
from shared.database.models import Job
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.ended import ENDINGS, shop, states
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.stored import batches, jobs, pictures, product
from tests.support.rows import NAVY, result

__all__ = ["shop"]  # a fixture

WRITING = [
    ["backfill", "--missing"],
    ["backfill", "--where", "pipeline-version<8"],
    ["backfill", "--all", "--catalogue", "shop"],
    ["retry", "--code", "fetch_timeout"],
    ["retry", "--batch", 1],
    ["quarantine", "release", "--all"],
    ["quarantine", "release", 2],
]


@pytest.mark.parametrize("words", WRITING)
def test_a_dry_run_says_the_same_as_the_run_and_changes_nothing(
    shop: Shell, engine: Engine, words: list[Any]
) -> None:
    before = (jobs(engine), pictures(engine), batches(engine))
    planned = shop.answer(*words, "--dry-run")
    assert planned["dry_run"] is True
    assert planned["jobs"] > 0
    assert (jobs(engine), pictures(engine), batches(engine)) == before
    done = shop.answer(*words)
    assert (done["dry_run"], done["jobs"]) == (False, planned["jobs"])
    assert states(engine).count("pending") == done["jobs"]


@pytest.mark.parametrize("words", WRITING[:-1])
def test_run_twice_it_adds_nothing(shop: Shell, engine: Engine, words: list[Any]) -> None:
    shop.answer(*words)
    before = jobs(engine)
    again = shop.answer(*words)
    assert again["jobs"] == 0
    assert jobs(engine) == before


def test_backfill_prints_what_it_did_and_dispatches(
    shop: Shell, engine: Engine, redis_url: str
) -> None:
    shop.set(CELERY_BROKER_URL=redis_url)
    said = shop.call("backfill", "--missing", "--where", "pipeline-version<8")
    assert said.exit_code == 0
    assert said.out.splitlines() == [
        "jobs added: 3 (2 without a result, 1 to be replaced, batch 2)",
        "time: no estimate yet, too few pictures have been processed",
        "dispatched 3 jobs to the workers; `colourway status --watch` shows how far they are",
    ]
    with engine.connect() as connection:
        assert (
            connection.scalar(select(Job.id).where(Job.dispatched_at.is_(None), Job.id > 4)) is None
        )
    status = shop.answer("status", "--batch", 2)["batches"][0]
    assert (status["trigger"], status["source"], status["left"]) == (
        "backfill",
        "--missing --where pipeline-version<8",
        3,
    )
    printed = shop.call("backfill", "--all").out
    assert "jobs added: 1 (0 without" in printed
    assert "pictures with an open job already: 3" in printed


def test_backfill_estimates_from_what_was_done_lately(
    shell: Shell, engine: Engine, database_url: str
) -> None:
    shell.set(DATABASE_URL=database_url)
    enqueue(engine, [product(f"P{number}", number) for number in range(30)], Order("shop"))
    ledger = Ledger(engine, get_settings())
    for claim in ledger.claim():
        ledger.finish(claim, result(NAVY))
    answer = shell.answer("backfill", "--all", "--dry-run")
    pace = answer["pace"]
    assert (answer["jobs"], pace["measured_on"]) == (30, 29)
    assert answer["estimated_s"] == pytest.approx(30 / pace["pictures_per_s"], abs=0.1)
    assert (
        "pictures a second, the pace of the last 29, which ended 20"
        in shell.call("backfill", "--all", "--dry-run").out
    )


def test_retry_reopens_what_failed_with_a_code(shop: Shell, engine: Engine) -> None:
    said = shop.call("retry", "--code", "fetch_timeout", "--code", "fetch_denied")
    assert said.out.splitlines() == [
        "jobs reopened: 1",
        "  1 fetch_timeout",
        "their pictures are tried again, in the batches they came in",
    ]
    assert "the broker cannot be reached" in said.err
    assert "s3cret" not in said.err
    assert states(engine) == ["done", "pending", "failed", "no_person"]


def test_in_embedded_mode_nothing_is_dispatched_and_run_processes_the_jobs(
    shell: Shell, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.set(DATABASE_URL=sqlite_url, COLOURWAY_MAX_ATTEMPTS=1)
    monkeypatch.delenv("CELERY_BROKER_URL")
    engine = open_engine(sqlite_url)
    enqueue(engine, [product("A", 1)], Order("shop"))
    ledger = Ledger(engine, get_settings())
    for claim in ledger.claim():
        ledger.fail(claim, StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "slow", retry=True))
    assert due_jobs(engine, "shop", 10) == []

    said = shell.call("quarantine", "release", "--all")

    assert (said.exit_code, said.err) == (0, "")
    assert said.out.endswith("`colourway run FEED` with the same catalogue processes them\n")
    assert due_jobs(engine, "shop", 10) == [1]
    engine.dispose()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["backfill"], "choose the pictures: --missing, --where CONDITION, or --all"),
        (["backfill", "--category", "shoes"], "choose the pictures"),
        (["backfill", "--all", "--missing"], "--all cannot be combined with"),
        (["backfill", "--where", "x<2"], "--where 'x<2': there is no 'x'"),
        (["backfill", "--all", "--catalogue", "s"], "no such catalogue; there are: shop"),
        (["backfill", "--all", "--limit", 0], "--limit"),
        (["retry"], "choose the jobs with --code, --batch or --catalogue"),
        (["retry", "--code", "oops"], "oops"),
        (["retry", "--code", "no_person"], "colourway backfill --where code=no_person"),
        (["retry", "--batch", 77], "--batch 77: there is no such batch; there are: 1"),
        (["status", "--batch", 77], "--batch 77: there is no such batch; there are: 1"),
        (["status", "--batch", 77, "--watch"], "--batch 77: there is no such batch; there are: 1"),
        (["export", "--out", "a.csv", "--where", "family=navvy"], "did you mean 'navy'?"),
        (["export", "--out", "a.csv", "--where", "name=navvy"], "did you mean 'navy'?"),
        (["audit", "--where", "warning=low_confidense"], "did you mean 'low_confidence'?"),
        (["audit", "--where", "piece=topp"], "did you mean 'top'?"),
        (["backfill", "--where", "code=no_persn"], "did you mean 'no_person'?"),
        (["backfill", "--all", "--catalogue", "shopp"], "did you mean 'shop'? There are: shop"),
        (["forget-people"], "There is no terminal to ask at: give --yes"),
        (["quarantine", "release"], "give job numbers, or --all"),
        (["quarantine", "release", 2, "--all"], "give job numbers, or --all"),
        (["quarantine", "release", 2**70], "JOB"),
        (["retry", "--batch", 2**70], "--batch"),
        (["retry", "--batch", 1, "--limit", 2**70], "--limit"),
        (["status", "--batch", 2**70], "--batch"),
        (["failures", "--out", "failed.xlsx"], "name a file that ends in .csv, .jsonl"),
        (["failures", "--out", "-", "--json"], "both write to standard output"),
        (["failures", "--out", "f.csv"], "'default': there is no such catalogue; there are: shop"),
        (["failures"], "--out"),
        (["status", "--watch", "--every", 0], "--every"),
    ],
)
def test_wrong_usage(shop: Shell, engine: Engine, words: list[Any], complaint: str) -> None:
    before = jobs(engine)
    said = shop.call(*words)
    assert said.exit_code == 2
    assert complaint in said.err
    assert jobs(engine) == before


def test_watching_to_the_end(shop: Shell) -> None:
    assert shop.call("status", "--watch").out == "nothing is left to be done\n"


def test_watching_until_an_interrupt(shop: Shell, database_url: str) -> None:
    shop.answer("retry", "--code", "fetch_timeout")
    with subprocess.Popen(
        [
            *(sys.executable, "-c", "from colourway.cli import main; main()"),
            *("status", "--watch", "--every", "0.2", "--json"),
        ],
        env=os.environ | {"DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        try:
            assert watching.stdout is not None
            looks = [json.loads(watching.stdout.readline()) for _ in range(2)]
            watching.send_signal(signal.SIGINT)
            assert watching.wait(60) == 130
        finally:
            watching.kill()
    assert [look["left"] for look in looks] == [1, 1]
    assert [look["batches"][0]["pictures_per_s"] for look in looks] == [None, 0.0]


def test_where_nothing_is_reopened_it_says_why(shop: Shell) -> None:
    said = shop.call("retry", "--code", "image_corrupt")
    assert said.out == (
        "jobs reopened: 0\nnothing that was chosen has failed; `colourway status` shows what has\n"
    )
    shop.call("quarantine", "release", "--all")
    said = shop.call("quarantine", "release", "--all")
    assert said.out == "jobs reopened: 0\nnothing that was chosen is in quarantine\n"


def test_what_is_reopened_says_what_comes_next(
    shop: Shell, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    shop.set(CELERY_BROKER_URL=redis_url)
    assert shop.call("retry", "--code", "fetch_not_found", "--dry-run").out.endswith(
        "nothing was changed; without --dry-run they are tried again\n"
    )
    assert shop.call("quarantine", "release", "--all").out.splitlines()[2:] == [
        "their pictures are tried again, each alone, in the batches they came in",
        "dispatched 1 jobs to the workers; `colourway status --watch` shows how far they are",
    ]


def test_embedded_mode_is_told_of_its_own_command(
    shell: Shell, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shell.set(DATABASE_URL=sqlite_url)
    monkeypatch.delenv("CELERY_BROKER_URL")
    assert "begin with `colourway run FEED`" in shell.call("status").out
    engine = open_engine(sqlite_url)
    enqueue(engine, [product("P1", 1)], Order("shop"))
    ledger = Ledger(engine, get_settings())
    ledger.fail(ledger.claim()[0], ENDINGS[3])
    out = tmp_path / "f.csv"
    said = shell.call("failures", "--out", out, "--catalogue", "shop")
    assert said.err.splitlines()[-1] == (
        f"next: correct {out}, then `colourway run {out} --catalogue shop`, with --retry-failed "
        "where the URLs stay"
    )
    assert shell.call("retry", "--catalogue", "shop").out.splitlines()[-1] == (
        "next: `colourway run FEED` with the same catalogue processes them"
    )
