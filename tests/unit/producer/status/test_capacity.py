"""A night's arithmetic, checked by hand."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from colourway.cli import app
from producer.status.capacity import Costs, Prices, Workload, plan
from tests.support import ROOT

COSTS = Costs(
    pictures_per_s=5,
    picture_bytes=300_000,
    stored_bytes=100_000,
    enqueued_per_s=10_000,
    database_ms=2,
    row_bytes=2000,
    notification_bytes=500,
)
NIGHT = Workload(pictures=1_440_000, hours=8, spare=0.2, chunk_size=32)
PRICES = Prices(worker_hour=0.5, thousand_puts=0.01, stored_gb_month=0.02)
DOCUMENT = ROOT / "docs" / "capacity.md"


def say(*words: str) -> str:
    said = CliRunner().invoke(app, ["capacity", *words])
    assert said.exit_code == 0
    return said.stdout


def test_a_night_worked_out_by_hand() -> None:
    found = plan(NIGHT, COSTS, PRICES, max_queue_depth=10_000)
    assert found.pictures_per_s == 50
    assert found.workers == 13  # 50 a second, 4 of them from each: 12.5
    assert found.worker_hours == pytest.approx(80)
    assert found.enqueue_s == 144
    assert (found.notifications, found.notifications_per_s) == (45_000, 50 / 32)
    assert found.broker_bytes == 10_000 * 500
    assert found.database_cores == pytest.approx(0.1)
    assert found.database_bytes == 2_880_000_000
    assert found.fetched_bytes_per_s == 15_000_000
    assert found.puts_per_s == 100
    assert found.stored_bytes == 144_000_000_000
    assert found.price_of_workers == pytest.approx(13 * 8 * 0.5)
    assert found.price_of_puts == pytest.approx(28.8)
    assert found.price_of_storage_a_month == pytest.approx(2.88)
    assert found.price == pytest.approx(80.8)


def test_few_notifications_fill_no_queue() -> None:
    found = plan(replace(NIGHT, pictures=33), COSTS, PRICES, max_queue_depth=10_000)
    assert (found.notifications, found.broker_bytes, found.workers) == (2, 1000, 1)


def test_the_document_says_what_the_command_says() -> None:
    assert say() in DOCUMENT.read_text(encoding="utf-8")


def test_json_holds_what_was_put_in_and_what_comes_out() -> None:
    said = json.loads(say("--pictures", "100", "--json"))
    assert said["night"]["pictures"] == 100
    assert said["takes"]["workers"] == 1
