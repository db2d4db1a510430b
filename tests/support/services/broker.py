"""A Redis server, and an empty database number on it for each test; the same of RabbitMQ."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from kombu import Connection

from tests.support.services import PRIVATE, Absent, free_port, program, shared, tell_absent


@contextmanager
def any_redis(folder: Path) -> Generator[str]:
    given = os.environ.get("COLOURWAY_TEST_REDIS_URL")
    url = given if given and given != PRIVATE else "redis://127.0.0.1:6379/0"
    if given != PRIVATE:
        try:
            with redis.Redis.from_url(url, socket_connect_timeout=3) as client:
                client.ping()
        except redis.RedisError as error:
            if given:
                raise Absent(f"{url} does not answer: {error}") from None
        else:
            yield url
            return
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        raise Absent("nothing on port 6379, and neither redis-server nor valkey-server installed")
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    args = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with (
        redis.Redis.from_url(url, socket_connect_timeout=3) as client,
        program(args, folder, client.ping),
    ):
        yield url


@pytest.fixture(scope="session")
def redis_server(request: pytest.FixtureRequest) -> str:
    """The URL of a Redis server; most tests want ``redis_url`` instead."""
    try:
        return shared("redis", request, any_redis)
    except Absent as reason:
        tell_absent("Redis", "COLOURWAY_TEST_REDIS_URL", reason)


@pytest.fixture
def redis_url(redis_server: str) -> Generator[str]:
    """The URL of an empty Redis database, emptied again after the test.

    A lock inside keeps other test runs out of it; a database that holds anything is left alone.
    """
    lock = "colourway-test-lock"
    base = redis_server.rpartition("/")[0] if redis_server.count("/") > 2 else redis_server
    for number in range(15, -1, -1):
        with redis.Redis.from_url(f"{base}/{number}") as client:
            try:
                if client.dbsize() or not client.set(lock, "1", nx=True, ex=3600):
                    continue
            except redis.ResponseError:  # fewer databases than sixteen
                continue
            yield f"{base}/{number}"
            client.flushdb()
            return
    pytest.fail(f"{redis_server}: all sixteen databases are in use; empty one for the tests")


@pytest.fixture
def rabbitmq_url() -> Generator[str]:
    """The URL of a virtual host of RabbitMQ that is made for the test, and removed after it.

    Only from a RabbitMQ on this machine: making one takes ``rabbitmqctl`` and its rights.
    """
    server, name = "amqp://guest:guest@127.0.0.1:5672", f"colourway-test-{uuid4().hex}"
    program = shutil.which("rabbitmqctl")
    if program is None:
        tell_absent("RabbitMQ", None, "rabbitmqctl is not installed")

    def control(*arguments: str) -> None:
        subprocess.run(
            [program, *arguments], check=True, timeout=120, capture_output=True, text=True
        )

    try:
        with Connection(f"{server}//", connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
        control("add_vhost", name)
    except subprocess.CalledProcessError as error:
        tell_absent("RabbitMQ", None, f"rabbitmqctl: {error.stderr.strip()[:200]}")
    except Exception as error:  # noqa: BLE001 (kombu has many)
        tell_absent("RabbitMQ", None, f"127.0.0.1:5672 does not answer: {error}")
    try:
        control("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        yield f"{server}/{name}"
    finally:
        control("delete_vhost", name)
