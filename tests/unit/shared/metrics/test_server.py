"""The server of metrics and health: what it answers, how much it bears, and what forks inherit."""

import json
import os
import socket
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass

import pytest

from shared.errors import SettingsError
from shared.metrics import forking
from shared.metrics.readiness import ReadyChecks
from shared.metrics.server import MOST_AT_ONCE, MetricsServer
from tests.support.scraped import ask


@dataclass
class Database:
    """Something that may be away, and counts how often it was asked."""

    away: bool = False
    asked: int = 0

    def check(self) -> None:
        self.asked += 1
        if self.away:
            raise ConnectionError("postgresql://shop:s3cret@db/x does not answer\nand more")


def render(accept: str | None) -> tuple[bytes, str]:
    return b"one 1\n", "text/plain"


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def server(database: Database) -> Generator[MetricsServer]:
    readiness = ReadyChecks({"database": database.check}, every_s=0.0)
    serving = MetricsServer(("127.0.0.1", 0), render, readiness)
    yield serving
    serving.close()


def test_three_pages_and_no_other(server: MetricsServer, database: Database) -> None:
    assert ask(server.port, "/metrics") == (200, "one 1\n")
    assert ask(server.port, "/metrics?name=x") == (200, "one 1\n")
    assert ask(server.port, "/healthz") == (200, "ok\n")
    assert ask(server.port, "/")[0] == 404
    assert ask(server.port, "/readyz") == (200, '{"database": "ok"}\n')

    database.away = True
    status, body = ask(server.port, "/readyz")
    assert (status, json.loads(body)) == (503, {"database": "away"})  # and no word of why
    assert ask(server.port, "/healthz")[0] == 200

    database.away = False
    assert ask(server.port, "/readyz")[0] == 200


def test_an_answer_stands_for_a_while(database: Database) -> None:
    readiness = ReadyChecks({"database": database.check}, every_s=60.0)
    assert [readiness.answers() for _ in range(5)] == [{"database": "ok"}] * 5
    assert database.asked == 1


def test_half_open_connections_are_bounded_and_leave_room_again(server: MetricsServer) -> None:
    address = ("127.0.0.1", server.port)
    idle = [socket.create_connection(address, timeout=30) for _ in range(MOST_AT_ONCE)]
    try:
        for connection in idle:
            connection.sendall(b"GET /metrics HTTP/1.1\r\n")
        time.sleep(0.2)
        with pytest.raises(OSError):
            ask(server.port, "/healthz")
        before = threading.active_count()
        further = [socket.create_connection(address, timeout=30) for _ in range(100)]
        assert all(connection.recv(1) == b"" for connection in further)  # closed at once
        assert threading.active_count() <= before + 1
        for connection in further:
            connection.close()
    finally:
        for connection in idle:
            connection.close()
    deadline = time.monotonic() + 30
    while True:
        try:
            assert ask(server.port, "/healthz") == (200, "ok\n")
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_port_that_is_taken_is_told_with_the_setting(server: MetricsServer) -> None:
    with pytest.raises(SettingsError, match=rf"127.0.0.1:{server.port}: .*COLOURWAY_METRICS_PORT"):
        MetricsServer(("127.0.0.1", server.port), render, ReadyChecks({}))


def test_a_child_does_not_hold_the_port(database: Database) -> None:
    serving = MetricsServer(("127.0.0.1", 0), render, ReadyChecks({}))
    reader, writer = os.pipe()
    begun, beginning = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(beginning, b"x")
        os.close(writer)
        os.read(reader, 1)  # it outlives the server
        os._exit(0)
    os.read(begun, 1)  # on a busy machine it begins late, and until then holds what its parent held
    serving.close()
    try:
        MetricsServer(("127.0.0.1", serving.port), render, ReadyChecks({})).close()
        with pytest.raises(OSError):
            ask(serving.port, "/healthz")
    finally:
        os.close(writer)
        os.waitpid(child, 0)
        for end in (reader, begun, beginning):
            os.close(end)


def test_a_fork_waits_until_no_answer_is_being_made() -> None:
    begun, finish = threading.Event(), threading.Event()
    order: list[str] = []

    def slow(accept: str | None) -> tuple[bytes, str]:
        begun.set()
        finish.wait(30)
        order.append("answered")
        return b"", "text/plain"

    serving = MetricsServer(("127.0.0.1", 0), slow, ReadyChecks({}))
    asking = threading.Thread(target=ask, args=(serving.port, "/metrics"))
    asking.start()
    begun.wait(30)
    threading.Timer(0.3, finish.set).start()
    child = os.fork()
    if child == 0:
        with forking.no_fork():  # the lock is free in the child
            os._exit(0 if order == ["answered"] else 1)
    assert os.waitpid(child, 0)[1] == 0
    asking.join()
    serving.close()
