"""`backfill --stage`, `diff`, `promote` and `rollback` as a shell calls them."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from colourway.jobs import due_jobs
from producer.enqueue.enqueue import Order, enqueue
from shared.database.engine import open_engine
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from shared.storage.storage import open_storage
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.staged import BLACK, GONE, catalogue, families, work
from tests.support.catalogue.stored import product
from tests.support.rows import NAVY, RED, result

BEFORE = {1: NAVY, 2: NAVY, 3: RED, 4: RED}
AFTER = {1: BLACK, 2: NAVY, 3: GONE, 4: RED}


@pytest.fixture
def ledger(engine: Engine, database_url: str) -> Ledger:
    return Ledger(engine, get_settings(database_url=database_url))


@pytest.fixture
def shop(shell: Shell, engine: Engine, ledger: Ledger, database_url: str) -> Shell:
    """A shop with four products; batch 2 is staged, and its jobs are still pending."""
    shell.set(DATABASE_URL=database_url)
    names = {1: "<b>Coat</b>"}
    feed = [product(f"P{key}", key, title=names.get(key, "Coat")) for key in BEFORE]
    enqueue(engine, feed, Order("shop"))
    work(ledger, BEFORE, "old")
    said = shell.call("backfill", "--where", "pipeline-version<8", "--stage")
    assert (said.exit_code, said.out.splitlines()[-1]) == (
        0,
        "staged: `colourway diff 2` shows what would change",
    )
    return shell


def test_products_are_named_that_are_promoted_or_left_out(
    shop: Shell, engine: Engine, ledger: Ledger
) -> None:
    work(ledger, AFTER, "new")
    said = shop.call("promote", 2, "--except", "P1")
    assert said.exit_code == 0
    assert said.out.splitlines()[:2] == [
        "pictures promoted: 2",
        "products left out, which keep what they have: 1",
    ]
    assert families(engine)["P1"] == "navy"
    dry = shop.answer("promote", 2, "--only", "P1", "--force", "--dry-run")
    assert (dry["pictures"], dry["left_out"]) == (1, 3)
    refused = shop.call("promote", 2, "--only", "P1")
    assert "moves 1 of 3 products to another family" in refused.err
    unknown = shop.call("promote", 2, "--only", "P9")
    assert "batch 2 has no result for a product 'P9'" in unknown.err
    assert shop.call("promote", 2, "--only", "P1", "--force").exit_code == 0
    assert families(engine)["P1"] == "black"


def test_from_stage_to_rollback(shop: Shell, engine: Engine, ledger: Ledger) -> None:
    before = catalogue(engine, times=False)
    assert shop.answer("status", "--batch", 2)["batches"][0]["source"].startswith("--stage --where")
    assert shop.answer("diff", 2)["jobs"]["left"] == 4
    refused = shop.call("promote", 2)
    assert (refused.exit_code, refused.out) == (1, "")
    assert "batch 2 has 4 jobs left; `colourway status --watch --batch 2`" in refused.err
    work(ledger, AFTER, "new")

    shown = shop.call("diff", 2).out
    assert "batch 2 · --stage --where pipeline-version<8 · 20" in shown
    assert "jobs: 3 done, 1 failed, 0 left" in shown
    assert "1 of 3 products leave their family, 33.3 %" in shown
    assert "navy  →  black         1" in shown
    assert "pictures without a result, fetch_not_found: 1" in shown

    refused = shop.call("promote", 2)
    assert refused.exit_code == 1
    assert (
        "1 of 3 products to another family or to none, 33.3 %, and 5 % are allowed" in refused.err
    )
    assert shop.call("promote", 2, "--max-changed", "33%").exit_code == 1
    planned = shop.answer("promote", 2, "--max-changed", "33.4%", "--dry-run")
    assert (planned["pictures"], planned["dry_run"]) == (3, True)
    assert catalogue(engine, times=False) == before

    said = shop.call("promote", 2, "--force")
    assert said.out.splitlines() == [
        "pictures promoted: 3",
        "`colourway rollback 2` restores the earlier results",
    ]
    promoted, ordinary = shop.answer("status")["batches"]
    assert (promoted["staging"], ordinary["staging"]) == ("promoted", None)
    assert "promoted" in shop.call("status").out
    assert families(engine) == {"P1": "black", "P2": "navy", "P3": "red", "P4": "red"}
    assert shop.answer("diff", 2)["hold"] == "promoted"
    assert shop.answer("promote", 2, "--force")["pictures"] == 0
    assert shop.answer("rollback", 2) == {
        "batch": 2,
        "products": 3,
        "pictures": 3,
        "overtaken": 0,
    }
    assert catalogue(engine, times=False) == before
    assert shop.call("rollback", 2).out == "pictures restored: 0, of 0 products\n"


def test_a_part_is_promoted_with_partly_and_the_rest_later(
    shop: Shell, engine: Engine, ledger: Ledger
) -> None:
    claims = ledger.claim()
    ledger.release(claims[1:])
    assert ledger.finish(claims[0], result(BLACK, name="new"))
    shop.set(COLOURWAY_MAX_CHANGED_PERCENT=100)
    said = shop.call("promote", 2, "--partly")
    assert said.out.splitlines()[:2] == [
        "pictures promoted: 1",
        "jobs left: 3; promote again when they are done",
    ]
    assert families(engine) == {"P1": "black", "P2": "navy", "P3": "red", "P4": "red"}
    work(ledger, {2: BLACK, 3: BLACK, 4: BLACK}, "newer")
    assert shop.answer("promote", 2)["pictures"] == 3
    assert set(families(engine).values()) == {"black"}
    assert shop.answer("rollback", 2)["pictures"] == 4
    assert families(engine) == {"P1": "navy", "P2": "navy", "P3": "red", "P4": "red"}


def test_the_diff_as_json_and_as_a_page(
    shop: Shell, engine: Engine, ledger: Ledger, tmp_path: Path
) -> None:
    work(ledger, AFTER, "new")
    storage = open_storage(get_settings())
    for image in (1, 3):
        storage.put(f"old{image}/thumbnail.jpg", b"\xff\xd8\xff\xe0old", "image/jpeg")
    storage.put("new1/thumbnail.jpg", b"\xff\xd8\xff\xe0new", "image/jpeg")
    page = tmp_path / "pages" / "diff.html"

    answer = shop.answer("diff", 2, "--html", page, "--examples", 3)

    assert answer["html"] == str(page)
    assert {name: answer[name] for name in ("products", "family", "failed", "unchanged")} == {
        "products": 4,
        "family": 1,
        "failed": 1,
        "unchanged": 2,
    }
    assert answer["families"] == [
        {"change": "family", "from": "navy", "to": "black", "products": 1}
    ]
    assert [each["sku"] for each in answer["examples"]] == ["P1", "P3"]
    assert answer["examples"][0]["before"]["thumbnail"] == "old1/thumbnail.jpg"
    assert shop.answer("diff", 2)["examples"] == []

    html = page.read_text("utf-8")
    assert html.count("data:image/jpeg;base64,") == 3
    for word in ("What batch 2 changes", "&lt;b&gt;Coat&lt;/b&gt;", "soft black", "ΔE 1", "33.3"):
        assert word in html
    assert "<b>Coat" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert "page: file:///" in shop.call("diff", 2, "--html", page).out


def test_in_embedded_mode_run_processes_staged_jobs(
    shell: Shell, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.set(DATABASE_URL=sqlite_url)
    monkeypatch.delenv("CELERY_BROKER_URL")
    engine = open_engine(sqlite_url)
    ledger = Ledger(engine, get_settings())
    enqueue(engine, [product("P1", 1)], Order("shop"))
    work(ledger, {1: NAVY}, "old")
    said = shell.call("backfill", "--all", "--hold")  # its name until 0.2
    assert said.err == "--hold is now called --stage\n"
    assert said.out.splitlines()[-2:] == [
        "next: `colourway run FEED` with the same catalogue processes them",
        "staged: `colourway diff 2` shows what would change",
    ]
    assert due_jobs(engine, "shop", 9) == [2]
    work(ledger, {1: BLACK}, "new")
    assert families(engine) == {"P1": "navy"}
    assert shell.answer("promote", 2, "--force")["pictures"] == 1
    assert families(engine) == {"P1": "black"}
    engine.dispose()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ["diff", 1],
            "batch 1: it is not staged, its results are in the catalogue already; "
            "staged batches: 2",
        ),
        (["promote", 77], "batch 77: there is no such batch; staged batches: 2"),
        (["rollback", 77], "batch 77: there is no such batch; staged batches: 2"),
        (["promote", 2, "--max-changed", "many"], "--max-changed 'many': write a percentage"),
        (["promote", 2, "--max-changed", "101%"], "--max-changed '101%': write a percentage"),
        (["promote", 2, "--max-changed", "nan"], "--max-changed 'nan': write a percentage"),
        (["diff", 2**70], "BATCH"),
        (["diff"], "BATCH"),
        (["diff", 2, "--examples", -1], "--examples"),
    ],
)
def test_wrong_usage(shop: Shell, words: list[Any], complaint: str) -> None:
    said = shop.call(*words)
    assert said.exit_code == 2
    assert complaint in said.err


def test_what_cannot_be_done(shop: Shell, tmp_path: Path) -> None:
    said = shop.call("rollback", 2)
    assert (said.exit_code, said.err) == (
        1,
        "colourway: batch 2 has not been promoted, so there is nothing to roll back\n",
    )
    said = shop.call("diff", 2, "--html", tmp_path)
    assert said.exit_code == 1
    assert f"cannot write {tmp_path}: Is a directory" in said.err
