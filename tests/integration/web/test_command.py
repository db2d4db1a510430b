"""`colourway web` as anybody starts it, and what its server does with clients that misbehave."""

import socket
from pathlib import Path

import httpx2
import pytest

from tests.support.programs import try_to_run
from tests.support.services import free_port
from tests.support.web_program import page_opened


def environment_of(database_url: str, home: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "COLOURWAY_HOME": str(home),
        "COLOURWAY_LOG_FORMAT": "json",
        "COLOURWAY_WEB_TIMEOUT_S": "1",
    }


def test_it_opens_without_signing_in_on_this_machine_and_ends_when_told(
    sqlite_url: str, tmp_path: Path
) -> None:
    port = str(free_port())
    environment = environment_of(sqlite_url, tmp_path) | {"COLOURWAY_METRICS_PORT": port}
    with page_opened(environment, tmp_path / "log") as (program, url):
        assert httpx2.get(f"{url}/readyz").json() == {"database": "ok"}
        assert "The ledger is empty" in httpx2.get(f"{url}/operations").text
        assert "colourway run FEED" in httpx2.get(f"{url}/operations").text
        counted = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
        asked = 'request_duration_seconds_count{part="operations",status="2xx"} 2.0'
        assert f"colourway_web_{asked}" in counted
        assert program.terminate() == 0


def test_on_postgresql_people_sign_in(postgres_url: str, tmp_path: Path) -> None:
    with page_opened(environment_of(postgres_url, tmp_path), tmp_path / "log") as (program, url):
        assert "nobody may sign in yet: `colourway web-user add" in program.said
        assert httpx2.get(f"{url}/operations").status_code == 303


@pytest.mark.parametrize(
    ("sign_in", "told"),
    [("none", "others reach 0.0.0.0"), ("proxy", "COLOURWAY_WEB_TRUSTED_PROXIES")],
)
def test_it_does_not_start_where_everybody_would_be_let_in(
    sign_in: str, told: str, sqlite_url: str, tmp_path: Path
) -> None:
    environment = {**environment_of(sqlite_url, tmp_path), "COLOURWAY_WEB_SIGN_IN": sign_in}
    said = try_to_run(environment, "colourway", "web", "--host", "0.0.0.0", "--port", "0")
    assert said.returncode == 2
    assert told in said.stderr


def test_the_shop_of_the_demo_is_shown(sqlite_url: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "demo").mkdir(parents=True)
    (tmp_path / "colourway.db").rename(home / "demo/colourway.db")
    environment = environment_of("sqlite:////nowhere/at/all.db", home)
    with page_opened(environment, tmp_path / "log", "--demo") as (_, url):
        assert httpx2.get(f"{url}/operations").status_code == 200


def test_slow_and_greedy_clients_are_dropped(sqlite_url: str, tmp_path: Path) -> None:
    with page_opened(environment_of(sqlite_url, tmp_path), tmp_path / "log") as (_, url):
        port = httpx2.URL(url).port
        assert port is not None
        head = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n"
        for begun in (b"GET / HT", head, head + b"\r\nname="):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                client.sendall(begun)
                said = client.recv(4096)
                assert said == b"" or b" 408 " in said
        large = httpx2.post(f"{url}/sign-in", content=b"x" * 300_000)
        assert large.status_code == 413
        assert httpx2.get(f"{url}/healthz").status_code == 200
