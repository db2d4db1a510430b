"""`colourway run` as a person types it: a real process, real HTTP, faults, kill -9, the demo."""

import csv
import json
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select

from colourway.picture_report import Outcome, read_outcomes, summarise
from shared.contracts.jobs import JobState
from shared.contracts.results import PictureKeys, Region
from shared.contracts.stages import Code
from shared.database.engine import open_engine
from shared.database.models import Product
from tests.support.picture_server import Fault, PictureServer
from tests.support.pictures import encode
from tests.support.programs import (
    PATIENCE_S,
    Environment,
    ask,
    run,
    running,
    try_to_run,
)
from worker.lookbook import render

SETTINGS = {
    "COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8",
    "COLOURWAY_FETCH_TIMEOUT_S": "3",
    "COLOURWAY_MAX_IMAGE_BYTES": "5000000",
    "COLOURWAY_MAX_ATTEMPTS": "2",
    "COLOURWAY_BACKOFF_S": "0.3",
    "COLOURWAY_CHUNK_SIZE": "4",
}
RETRIED = {Fault.TRUNCATED, Fault.SLOW}
"""Faults that may pass: the picture is asked for twice before it is given up."""


pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def lookbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lookbook")
    for seed in range(12):
        look = render(seed, "packshot" if seed % 3 == 2 else "figure", (480, 320), "studio")
        (folder / f"look-{seed:02d}.jpg").write_bytes(encode(look.pixels, "JPEG", quality=92))
    return folder


@pytest.fixture
def server(lookbook: Path) -> Generator[PictureServer]:
    with PictureServer(lookbook, broken_share=0.42) as serving:
        assert {served.fault for served in serving.pictures()} == {None, *Fault}
        yield serving


@pytest.fixture
def feed(server: PictureServer, tmp_path: Path) -> Path:
    path = tmp_path / "spring.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sku", "image_url", "colour"])
        rows.writerows([p.name, p.url, "Stormy sea"] for p in server.pictures())
        rows.writerow(["no-picture", "", ""])
    return path


@pytest.fixture
def home(tmp_path: Path) -> Environment:
    return {**SETTINGS, "COLOURWAY_HOME": str(tmp_path / "home")}


def outcomes(home: Environment) -> dict[str, Outcome]:
    engine = open_engine(f"sqlite:///{home['COLOURWAY_HOME']}/colourway.db")
    try:
        return {outcome.sku: outcome for outcome in read_outcomes(engine, "default")}
    finally:
        engine.dispose()


def wait_for_outcomes(home: Environment, wanted: int) -> None:
    """Return once a run at work has brought so many pictures to an end."""
    database = Path(home["COLOURWAY_HOME"]) / "colourway.db"
    engine = open_engine(f"sqlite:///{database}")
    until = time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < until:
            if database.exists() and _has_tables(engine):
                summary = summarise(engine, "default")
                if summary.pictures - summary.unfinished >= wanted:
                    return
            time.sleep(0.05)
    finally:
        engine.dispose()
    pytest.fail(f"{wanted} pictures never came to an end")


def _has_tables(engine: Engine) -> bool:
    return "jobs" in inspect(engine).get_table_names()


def test_every_row_ends_with_its_own_code_and_a_second_run_does_nothing(
    server: PictureServer, feed: Path, home: Environment, tmp_path: Path
) -> None:
    report = tmp_path / "out" / "report.html"
    ended = ask(home, "run", str(feed), "--report", str(report))
    assert (ended["pictures"], ended["unfinished"], ended["interrupted"]) == (12, 0, False)
    assert ended["enqueued"]["rejected"] == 1
    found = outcomes(home)
    for served in server.pictures():
        outcome = found[served.name]
        assert outcome.code == served.expected, served
        if served.fault is None:
            assert outcome.state is JobState.DONE
            assert outcome.shades[Region.CLOTHES]
        else:
            given_up = served.fault in RETRIED
            assert outcome.state is (JobState.QUARANTINED if given_up else JobState.FAILED)
            assert outcome.attempts == (2 if given_up else 1)

    check_products(server, home)

    html = report.read_text("utf-8")
    assert html.count("<article") == 12
    assert html.count('class="cutout"') == sum(p.fault is None for p in server.pictures())
    assert all(code in html for code in ("fetch_not_found", "fetch_timeout", "not_an_image"))

    hits = dict(server.hits)
    again = ask(home, "run", str(feed))
    assert (again["processed"], again["enqueued"]["jobs"]) == (0, 0)
    assert dict(server.hits) == hits
    assert again["states"] == ended["states"]

    asked = ask(home, "run", str(feed), "--recheck")
    good = sum(served.fault is None for served in server.pictures())
    assert (asked["rechecks"], asked["processed"]) == (good, good)
    assert sum(server.hits.values()) == sum(hits.values()) + good
    assert asked["states"] == ended["states"]
    assert asked["codes"]["unchanged"] == good


def check_products(server: PictureServer, home: Environment) -> None:
    """The products' rows hold the answer where there is one, and the crops are there."""
    pictures = Path(home["COLOURWAY_HOME"]) / "pictures"
    engine = open_engine(f"sqlite:///{home['COLOURWAY_HOME']}/colourway.db")
    with engine.connect() as connection:
        rows = {row.sku: row for row in connection.execute(select(*Product.__table__.columns))}
    engine.dispose()
    for served in server.pictures():
        row = rows[served.name]
        assert row.merchant_colour == "Stormy sea"
        if served.fault is not None:
            assert (row.colour_hex, row.enriched_at) == (None, None)
            continue
        assert row.colour_hex == row.colours[0]["hex"]
        assert row.colour_family == row.colours[0]["family"]
        assert 0 < row.confidence <= 1
        assert row.enriched_at is not None
        assert row.provenance["weights"].keys() == {
            "mask_rcnn",
            "pix2pix",
            "worn_piece",
        }
        assert (row.crop_key, row.thumbnail_key) == (None, None)
        keys = PictureKeys.of(row._mapping)
        for key in filter(None, (keys.cutout, keys.outfit)):
            assert (pictures / key).stat().st_size > 0


def test_a_run_that_is_killed_and_one_that_is_stopped_are_finished_by_the_next(
    lookbook: Path, tmp_path: Path, home: Environment
) -> None:
    with PictureServer(lookbook) as server:
        feed = tmp_path / "spring.csv"
        rows = "".join(f"{p.name},{p.url}\n" for p in server.pictures())
        feed.write_text("sku,image_url\n" + rows)
        one_by_one = {**home, "COLOURWAY_FETCH_THREADS": "1"}

        with running(one_by_one, tmp_path / "killed.log", "colourway", "run", str(feed)):
            wait_for_outcomes(home, 2)  # leaving the block is kill -9
        killed = outcomes(home)
        assert 2 <= sum(o.state is JobState.DONE for o in killed.values()) < 12

        with running(one_by_one, tmp_path / "asked.log", "colourway", "run", str(feed)) as second:
            wait_for_outcomes(home, 5)
            assert second.terminate() == 130
        stopped = outcomes(home)
        assert 5 <= sum(o.state is JobState.DONE for o in stopped.values()) < 12
        held = {o.url for o in killed.values() if o.state is JobState.LEASED}
        # Suspects come last: what the killed run held waits, and nothing else is leased.
        assert {o.url for o in stopped.values() if o.state is JobState.LEASED} <= held

        ended = ask(home, "run", str(feed))
        assert (ended["states"], ended["unfinished"]) == ({"done": 12}, 0)
        # Only what the killed run held may have been asked for twice.
        for served in server.pictures():
            assert server.hits[f"/pictures/{served.name}"] <= (2 if served.url in held else 1)


def test_a_dry_run_changes_nothing_and_local_pictures_are_read_up_to_a_limit(
    lookbook: Path, tmp_path: Path, home: Environment
) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (shop / name).write_bytes((lookbook / "look-02.jpg").read_bytes())
    (tmp_path / "secret.jpg").write_bytes((lookbook / "look-05.jpg").read_bytes())
    feed = shop / "feed.csv"
    feed.write_text("sku,image\noutside,../secret.jpg\nfirst,a.jpg\nsecond,b.jpg\n")

    foreseen = ask(home, "run", str(feed), "--dry-run")
    assert (foreseen["enqueued"]["jobs"], foreseen["enqueued"]["rejected"]) == (2, 1)
    assert (foreseen["pictures"], foreseen["processed"]) == (0, 0)

    begun = ask(home, "run", str(feed), "--limit", "1")
    assert (begun["states"], begun["processed"], begun["unfinished"]) == ({"done": 1}, 1, 0)


def test_a_feed_without_a_usable_row_fails(tmp_path: Path, home: Environment) -> None:
    feed = tmp_path / "bad.csv"
    feed.write_text("sku,image_url\nA-1,gopher://shop.test/a.jpg\n")
    ended = try_to_run(home, "colourway", "run", str(feed))
    assert ended.returncode == 1
    assert "line 2" in ended.stderr


def test_the_demo_tells_expected_beside_found(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    home = {"COLOURWAY_HOME": str(tmp_path / "home")}
    shown = run(home, "colourway", "demo", "--json", "--report", str(report))
    told = json.loads(shown)
    assert told["surprises"] == {}
    assert told["codes"] == {
        "ok": 18,
        "no_person": 1,
        "fetch_not_found": 1,
        "not_an_image": 1,
        "image_truncated": 1,
        "fetch_server_error": 1,
    }
    verdicts = {verdict["region"]: verdict for verdict in told["verdicts"]}
    assert verdicts[Region.CLOTHES]["compared"] == 18
    assert verdicts[Region.CLOTHES]["family_agreement"] >= 0.8
    assert verdicts[Region.CLOTHES]["delta_e2000_median"] < 4
    assert verdicts[Region.SKIN]["family_agreement"] >= 0.6
    assert verdicts[Region.HAIR]["family_agreement"] >= 0.5
    assert "Expected beside found" in report.read_text("utf-8")
    assert told["codes"][Code.OK] == len(told["expected"])

    demo = {"DATABASE_URL": f"sqlite:///{tmp_path / 'home' / 'demo' / 'colourway.db'}"}
    merchant = tmp_path / "merchant.tsv"
    run(demo, "colourway", "export", "--out", str(merchant))
    checked = json.loads(run(demo, "colourway", "validate-feed", str(merchant), "--json"))
    assert (checked["items"], checked["violations"]) == (18, 0)
    audited = json.loads(run(demo, "colourway", "audit", "--json"))
    assert (audited["products"], audited["counts"]["name"]) == (18, 0)
