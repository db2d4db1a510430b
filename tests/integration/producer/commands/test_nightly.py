"""`nightly` as a shell calls it, against a real web server, on SQLite and PostgreSQL."""

from pathlib import Path

import boto3
import pytest
from sqlalchemy import Engine

from producer.nightly.catalogue_lock import catalogue_lock
from shared.contracts.jobs import Trigger
from tests.support.catalogue.nightly import Shop, shop
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.stored import batches
from tests.support.services.s3 import Bucket

__all__ = ["shop"]  # a fixture


@pytest.fixture
def command(shop: Shop, shell: Shell, database_url: str) -> Shell:
    shell.set(
        DATABASE_URL=database_url,
        COLOURWAY_NIGHTLY_CATALOGUE="shop",
        COLOURWAY_NIGHTLY_FEED=f" {shop.feed}, ",
    )
    return shell


def test_the_command_does_a_night_by_the_settings(
    shop: Shop, command: Shell, redis_url: str
) -> None:
    command.set(CELERY_BROKER_URL=redis_url)
    foreseen = command.answer("nightly", "--dry-run")
    assert (foreseen["dry_run"], foreseen["jobs"], foreseen["dispatched"]) == (True, 5, 0)
    assert shop.states() == {}

    told = command.call("nightly")
    assert told.exit_code == 0
    assert told.out.splitlines() == [
        f"{shop.feed}: 5 products; rows rejected: 0; pictures: 5 new, 0 replaced, 0 removed",
        "jobs added: 5; rechecks added: 0",
        "time: no estimate yet, too few jobs of these kinds have been done",
        "dispatched 5 jobs to the workers; `colourway status --watch` shows how far they are",
    ]
    shop.work()  # in March, by the shop's clock

    done = command.answer("nightly")
    assert (done["catalogue"], done["jobs"], done["rechecks"], done["dispatched"]) == (
        "shop",
        0,
        5,
        5,
    )
    assert done["feeds"][0]["source"] == str(shop.feed)
    assert done["feeds"][0]["products"] == 5


def test_other_feeds_another_catalogue_and_columns_of_their_own(
    command: Shell, tmp_path: Path, engine: Engine
) -> None:
    feed = tmp_path / "own.csv"
    feed.write_text("Artikel;Bild\nA;https://a.example/1.jpg\n")
    words = ["nightly", feed, "--catalogue", "own", "--recheck-after", "0"]
    columns = ["--sku-column", "Artikel", "--picture-column", "Bild"]

    done = command.answer(*words, *columns)
    assert (done["catalogue"], done["jobs"], done["rechecks"]) == ("own", 1, 0)
    assert batches(engine) == [("own", Trigger.NIGHTLY, str(feed))]


def test_a_missing_feed_and_a_missing_catalogue_are_told(command: Shell, shop: Shop) -> None:
    said = command.call("nightly", "none.csv", shop.feed)
    assert said.exit_code == 1
    assert "none.csv: there is no such file" in said.err
    assert "jobs added: 5" in said.out

    command.set(COLOURWAY_NIGHTLY_FEED="")
    said = command.call("nightly", "--catalogue", "winter")
    assert said.exit_code == 2
    assert "--catalogue 'winter': there is no such catalogue; there are: shop" in said.err


def test_a_run_beside_another_is_refused(command: Shell, engine: Engine) -> None:
    with catalogue_lock(engine, "shop"):
        said = command.call("nightly")
    assert said.exit_code == 1
    assert "another nightly run of catalogue 'shop' is in progress" in said.err


def test_a_feed_in_an_object_store(
    moto_bucket: Bucket, command: Shell, shop: Shop, engine: Engine
) -> None:
    command.set(**moto_bucket.environment)
    client = boto3.session.Session().client("s3")
    client.upload_file(str(shop.feed), moto_bucket.name, "feeds/spring.csv")
    url = f"s3://{moto_bucket.name}/feeds/spring.csv"

    done = command.answer("nightly", url)
    assert (done["jobs"], done["feeds"][0]["failure"]) == (5, None)
    assert batches(engine) == [("shop", Trigger.NIGHTLY, url)]

    said = command.call("nightly", f"{url}x")
    assert said.exit_code == 1
    assert f"{url}x: nothing is stored under" in said.err
