"""TLS to PostgreSQL, Redis and RabbitMQ: real servers that take nothing else.

The right authority and name are let in; another authority, another name and no TLS at all are
refused, each in one line that says which setting to look at.
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from shared.errors import SettingsError
from shared.queue.broker_tls import split_tls
from tests.support.catalogue.shell import Shell, shell
from tests.support.services.tls import (
    Authority,
    make_authority,
    tls_postgres,
    tls_rabbitmq,
    tls_redis,
)

__all__ = ["shell"]  # a fixture

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return make_authority(tmp_path / "ours")


@pytest.fixture
def theirs(tmp_path: Path) -> Authority:
    return make_authority(tmp_path / "theirs")


@pytest.fixture
def database(tmp_path: Path, ours: Authority) -> Generator[Callable[[str, str], str]]:
    """Return the URL of a database by host and query."""
    with tls_postgres(tmp_path / "postgres", ours) as port:
        yield lambda host, query: f"postgresql://postgres@{host}:{port}/postgres?{query}"


Broker = Callable[[bool, str, str], str]


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    ours: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> Generator[Broker]:
    """Return the URL of a broker by whether TLS is used, host and query."""
    with ExitStack() as stack:
        folder = tmp_path / "broker"
        if request.param == "redis":
            port = stack.enter_context(tls_redis(folder, ours))
            schemes, user, path = ("redis", "rediss"), "", "0"
        else:
            port = stack.enter_context(tls_rabbitmq(folder, ours, monkeypatch))
            schemes, user, path = ("amqp", "amqps"), "guest:guest@", "/"
        yield lambda tls, host, query: f"{schemes[tls]}://{user}{host}:{port}/{path}?{query}"


def refused(shell: Shell, command: str, setting: str) -> str:
    """Run a command that must end with one line about a setting; return the line."""
    said = shell.call(*command.split())
    assert said.exit_code == 1, said.out
    (line,) = said.err.strip().splitlines()
    assert line.startswith("colourway: ")
    assert line.endswith(f"check {setting}"), line
    return line


def test_a_database_is_asked_for_its_certificate_and_its_name(
    database: Callable[[str, str], str], ours: Authority, theirs: Authority, shell: Shell
) -> None:
    full = f"sslmode=verify-full&sslrootcert={ours.ca}"
    shell.set(DATABASE_URL=database("localhost", full))
    assert shell.call("db", "upgrade").exit_code == 0
    assert shell.call("status").exit_code == 0

    other = f"sslmode=verify-full&sslrootcert={theirs.ca}"
    shell.set(DATABASE_URL=database("localhost", other))
    assert "certificate verify failed" in refused(shell, "status", "DATABASE_URL")
    shell.set(DATABASE_URL=database("127.0.0.1", full))
    assert 'does not match host name "127.0.0.1"' in refused(shell, "status", "DATABASE_URL")
    shell.set(DATABASE_URL=database("localhost", "sslmode=disable"))
    assert "no encryption" in refused(shell, "status", "DATABASE_URL")


def test_a_broker_is_asked_for_its_certificate_and_its_name(
    broker: Broker,
    postgres_url: str,
    ours: Authority,
    theirs: Authority,
    shell: Shell,
) -> None:
    shell.set(DATABASE_URL=postgres_url)
    right = f"ssl_ca_certs={ours.ca}"
    shell.set(CELERY_BROKER_URL=broker(True, "localhost", right))
    said = shell.call("dispatch")
    assert said.exit_code == 0, said.err

    for url, reason in (
        (broker(True, "localhost", f"ssl_ca_certs={theirs.ca}"), "CERTIFICATE_VERIFY_FAILED"),
        (broker(True, "localhost", ""), "CERTIFICATE_VERIFY_FAILED"),  # the system's authorities
        (broker(True, "127.0.0.1", right), "IP address mismatch"),
        (broker(False, "localhost", ""), ""),
    ):
        shell.set(CELERY_BROKER_URL=url)
        line = refused(shell, "dispatch", "CELERY_BROKER_URL")
        assert reason in line, line
    shell.set(CELERY_BROKER_URL=broker(True, "127.0.0.1", "ssl_cert_reqs=none"))
    assert shell.call("dispatch").exit_code == 0


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("ssl_ca_certs=/nowhere/ca.pem", "ssl_ca_certs: cannot read /nowhere/ca.pem"),
        ("ssl_ca=/etc/ca.pem", "there is no option 'ssl_ca'; there are ssl_ca_certs"),
    ],
)
def test_options_that_make_no_sense_are_named(query: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        split_tls(f"rediss://broker:6379/0?{query}")
    assert str(caught.value).startswith("CELERY_BROKER_URL: ")
    assert says in str(caught.value)


def test_urls_without_tls_stay_as_they_are() -> None:
    for url in ("redis://:p%40ss@a/0", "amqp://u:p@a//;amqp://u:p@b//", "redis://a/0?db=1"):
        assert split_tls(url) == (url, None)
