"""The servers that the other tests lean on: each test gets an empty one, or a plain word."""

import boto3
import psycopg
import pytest
import redis

from tests.support.services import tell_absent
from tests.support.services.postgres import Lasting, Postgres, connect, schema
from tests.support.services.s3 import Bucket


@pytest.mark.parametrize("round_", [1, 2])
def test_every_test_gets_an_empty_redis_database(redis_url: str, round_: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == [b"colourway-test-lock"]
        client.set("left behind", round_)


@pytest.mark.parametrize("round_", [1, 2])
def test_every_test_gets_an_empty_database(postgres_url: str, round_: int) -> None:
    with connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*) FROM catalogues").fetchone() == (0,)
        connection.execute("INSERT INTO catalogues (name, created_at) VALUES ('shop', now())")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = '9999'",
        "ALTER TABLE jobs ADD COLUMN more INTEGER",
        "DROP INDEX ix_jobs_batch_id",
        "DROP TABLE jobs",
        "DROP TABLE alembic_version",
    ],
)
def test_no_test_meets_the_schema_that_another_changed(postgres: Postgres, change: str) -> None:
    lasting = Lasting(postgres)
    try:
        before = lasting.url
        with connect(before) as connection:
            was = schema(connection)
            connection.execute(change)
            assert schema(connection) != was
        lasting.empty()
        with connect(lasting.url) as connection:
            assert schema(connection) == was
        assert lasting.url != before
    finally:
        postgres.drop(lasting.url)


def test_two_databases_are_two(postgres_url: str, empty_postgres_url: str) -> None:
    assert postgres_url != empty_postgres_url
    with connect(empty_postgres_url) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM catalogues")


@pytest.mark.parametrize("round_", [1, 2])
def test_every_test_gets_an_empty_bucket(bucket: Bucket, round_: int) -> None:
    s3 = boto3.session.Session().client("s3")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket.name)
    s3.put_object(Bucket=bucket.name, Key="left-behind", Body=b"x")


def test_a_missing_service_skips_on_a_desk_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no Redis: nothing on port 6379; .* set URL"):
        tell_absent("Redis", "URL", "nothing on port 6379")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no Redis: nothing on port 6379"):
        tell_absent("Redis", "URL", "nothing on port 6379")
    with pytest.raises(pytest.skip.Exception, match="no rclone"):
        tell_absent("rclone", None, "not installed")
