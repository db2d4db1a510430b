"""What clients of `colourway serve` may hold, and for how long: real sockets, real processes."""

import json
import re
import socket
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import create_engine, text

from tests.support.catalogue.uploading import message, record
from tests.support.programs import deadline
from tests.support.web_hook import (
    MOST_BYTES,
    SHOWN,
    TOKEN,
    Hook,
    environment_of,
    serving,
    signed,
)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

HALF_OPEN = 2000
TIMEOUT_S = 1.0
HEAD = b"POST /events/s3 HTTP/1.1\r\nHost: x\r\n"
LET_IN = HEAD + f"Authorization: Bearer {TOKEN}\r\n".encode()

Serve = Callable[..., Hook]


@pytest.fixture
def serve(database_url: str, redis_url: str, tmp_path: Path) -> Generator[Serve]:
    """Start a web hook with more settings; ``open_files`` bounds its file descriptors."""
    with ExitStack() as stack:

        def start(open_files: int | None = None, **settings: object) -> Hook:
            more = {
                f"COLOURWAY_EVENTS_{name.upper()}": str(value) for name, value in settings.items()
            }
            environment = environment_of(database_url, redis_url) | more
            log = tmp_path / "serve.log"
            return stack.enter_context(serving(environment, log, open_files=open_files))

        yield start


@contextmanager
def half_open(hook: Hook, number: int) -> Generator[list[socket.socket]]:
    """Hold connections whose requests do not end."""
    with ExitStack() as stack:
        yield [stack.enter_context(hook.connect(HEAD)) for _ in range(number)]


def seconds_until_closed(connection: socket.socket, trickle: bytes = b"") -> float:
    """Return after how long the other end hangs up, sending a byte now and then meanwhile."""
    began = time.monotonic()
    all_that_is_said(connection, trickle)
    return time.monotonic() - began


def all_that_is_said(connection: socket.socket, trickle: bytes = b"") -> bytes:
    """Return what comes until the other end hangs up, sending a byte now and then meanwhile."""
    said = b""
    connection.settimeout(0.1)
    for _ in deadline_in(30):
        try:
            connection.sendall(trickle)
            if not (piece := connection.recv(65536)):
                break
        except TimeoutError:
            continue
        except OSError:
            break
        said, trickle = said + piece, b""  # more might cost us the rest of the answer
    return said


def deadline_in(seconds: float) -> Generator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
    pytest.fail(f"still open after {seconds:g} s")


@on_sqlite
@pytest.mark.parametrize("open_files", [None, 1024])
def test_two_thousand_half_open_connections(serve: Serve, open_files: int | None) -> None:
    hook = serve(open_files, timeout_s=60)
    with half_open(hook, HALF_OPEN) as connections:
        took: list[float] = []
        for _ in range(9):
            began = time.monotonic()
            assert hook.ask("GET", "/healthz") == (200, {"status": "alive"})
            took.append(time.monotonic() - began)
        # One answer may wait for a busy machine; most of them not.
        assert median(took) < 1
        assert hook.ask("GET", "/readyz")[0] == 200
        assert hook.send(message(record("A/1.jpg", "01")))[1]["effects"] == {"enqueued": 1}
        # The oldest were dropped, the newest are held.
        assert seconds_until_closed(connections[0]) < 1
        connections[-1].settimeout(0.1)
        with pytest.raises(TimeoutError):
            connections[-1].recv(1)
    assert hook.program.terminate() == 0
    assert len(hook.program.said) < 100_000
    dropped = hook.program.records("clients were dropped")
    counts = [line["reasons"]["another needs its place"] for line in dropped]
    assert HALF_OPEN - 1000 <= sum(counts) <= HALF_OPEN
    assert "out of system resource" not in hook.program.said


@on_sqlite
def test_a_head_has_a_deadline_that_bytes_do_not_put_off(serve: Serve) -> None:
    hook = serve(timeout_s=TIMEOUT_S)
    silent, trickling = hook.connect(), hook.connect(HEAD + b"X: ")
    # A second request on a connection has a deadline of its own.
    again = hook.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert again.recv(65536).startswith(b"HTTP/1.1 200 ")
    again.sendall(b"GET /healthz HTTP")
    with silent, trickling, again, ThreadPoolExecutor() as threads:
        waits = [
            threads.submit(seconds_until_closed, silent),
            threads.submit(seconds_until_closed, trickling, b"x"),
            threads.submit(seconds_until_closed, again, b"x"),
        ]
        assert all(TIMEOUT_S / 2 < wait.result() < 10 for wait in waits)


@on_sqlite
def test_a_body_has_a_deadline_that_bytes_do_not_put_off(serve: Serve) -> None:
    hook = serve(timeout_s=TIMEOUT_S)
    with hook.connect(LET_IN + b"Content-Length: 1000\r\n\r\n") as connection:
        said = all_that_is_said(connection, trickle=b"x")
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b'"the body took more than 1 s"' in said
    # Also where nobody reads it.
    unread = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    with hook.connect(unread) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert seconds_until_closed(connection, b"x") < 10


@on_sqlite
def test_an_answer_that_is_not_taken(serve: Serve) -> None:
    hook = serve(timeout_s=TIMEOUT_S)
    asked = 20_000
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", hook.port))
        connection.settimeout(0.5)
        with pytest.raises(OSError):
            # Neither end can write any more, until the server has enough of it.
            for _ in deadline_in(60):
                try:
                    connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * asked)
                except TimeoutError:
                    continue
    (told,) = wait_for_records(hook, "clients were dropped")
    assert told["reasons"] == {"taking the answer took more than 1 s": 1}


def wait_for_records(hook: Hook, event: str) -> list[dict[str, object]]:
    for _ in deadline():
        if found := hook.program.records(event):
            return found
    raise AssertionError


@on_sqlite
def test_a_body_is_asked_for_only_where_its_signature_may_be_right(serve: Serve) -> None:
    hook, body = serve(), "x" * 100
    old, wrong = signed(body, age_s=301), signed(body, "another-secret-of-some-length")
    for headers, is_read in (
        (old, False),
        ({}, False),
        ({"X-Colourway-Signature": "x"}, False),
        (wrong, True),
    ):
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = HEAD + f"{lines}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode()
        with hook.connect(head) as connection:
            said = connection.recv(65536)
            assert said.startswith(b"HTTP/1.1 100 " if is_read else b"HTTP/1.1 401 ")
            if is_read:
                connection.sendall(body.encode())
                assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")


@on_sqlite
def test_bodies_are_held_up_to_a_bound(serve: Serve) -> None:
    """64 of the greatest size: whoever signs with a made-up key holds no more."""
    hook, body = serve(timeout_s=60), "x" * (MOST_BYTES - 1)
    made_up = signed(body, "made-up-key-of-some-length")["X-Colourway-Signature"]
    head = (
        HEAD + f"X-Colourway-Signature: {made_up}\r\nContent-Length: {MOST_BYTES}\r\n\r\n".encode()
    )
    with ExitStack() as stack:
        for _ in range(65):
            stack.enter_context(hook.connect(head + body.encode()))
        for _ in deadline():
            status, headers, said = hook.answer("POST", "/events/s3", body)
            if status == 503:
                break
        assert headers["Retry-After"] == "10"
        assert said == {"detail": "too many messages at once"}
        assert hook.program.records("there is no room for another body")
        assert hook.send('{"Event": "s3:TestEvent"}')[0] == 200  # small ones find room
    for _ in deadline():
        if hook.send(body)[0] == 400:  # read, and found to be no JSON
            break


@on_sqlite
def test_a_client_that_leaves_gives_one_line_and_no_traceback(serve: Serve) -> None:
    hook = serve()
    for begins in (
        b"",
        HEAD,
        LET_IN + b"Content-Length: 1000\r\n\r\nhalf of",
        b"\x16\x03\x01\x00\r\n",
    ):
        hook.connect(begins).close()
    (line,) = wait_for_records(hook, "a client left before the end of its message")
    assert line["client"] == "127.0.0.1"
    assert hook.program.terminate() == 0
    assert "Traceback" not in hook.program.said
    assert not [
        line for line in map(json.loads, hook.program.said.splitlines()) if "exception" in line
    ]


@on_sqlite
def test_lines_that_strangers_cause_are_bounded(serve: Serve) -> None:
    hook = serve(per_second=0)
    for _ in range(100):
        assert hook.send("{}", {})[0] == 401
        assert hook.send("{}")[0] == 400
        with hook.connect(b"no HTTP\r\n\r\n") as connection:
            assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")
    for event in (
        "a sender is refused",
        "a message that is no upload event",
        "Invalid HTTP request received.",
    ):
        assert len(hook.program.records(event)) == 10, event


@on_sqlite
def test_an_address_may_send_so_much(serve: Serve) -> None:
    hook = serve(per_second=0.5)  # so five at once
    one, other = ({**SHOWN, "X-Forwarded-For": f"192.0.2.{number}"} for number in (1, 2))
    event = '{"Event": "s3:TestEvent"}'
    answers = [hook.answer("POST", "/events/s3", event, one) for _ in range(7)]
    assert [status for status, *_ in answers].count(200) == 5
    status, headers, said = answers[-1]
    assert (status, said) == (429, {"detail": "too many messages from this address"})
    assert 1 <= int(headers["Retry-After"]) <= 4
    assert hook.send(event, other)[0] == 200
    assert [hook.ask("GET", path, None, one)[0] for path in ("/healthz", "/readyz")] == [200, 200]


@on_postgres
def test_a_database_that_hangs_keeps_health_in_reach(serve: Serve, database_url: str) -> None:
    """Ten messages are at work and ten wait; whoever comes then may come again."""
    hook, body = serve(connections=40), message(record("A/1.jpg", "01"))
    engine = create_engine(database_url)
    with ThreadPoolExecutor(35) as senders:
        with engine.begin() as connection:
            connection.execute(text("LOCK TABLE uploads IN ACCESS EXCLUSIVE MODE"))
            asked = [senders.submit(hook.answer, "POST", "/events/s3", body) for _ in range(35)]
            for _ in deadline():
                early = [answer.result() for answer in asked if answer.done()]
                if len(early) == 15:
                    break
            assert {(status, said["detail"]) for status, _, said in early} == {
                (503, "too many messages at once")
            }
            assert hook.ask("GET", "/healthz")[0] == 200
        statuses = [answer.result()[0] for answer in asked]
    engine.dispose()
    # Those whose turn did not come within 20 s are told to come again as well.
    assert set(statuses) == {200, 503}
    assert statuses.count(200) >= 10


@on_sqlite
def test_a_head_is_bounded_in_bytes(serve: Serve) -> None:
    hook = serve()
    assert hook.ask("GET", "/healthz", headers={"X": "x" * 15_000})[0] == 200
    for line in (b"X: " + b"x" * 20_000, b"X: x\r\n" * 5000):
        with hook.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n") as connection:
            connection.sendall(line)
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


@on_sqlite
def test_without_file_descriptors_it_says_what_it_has(serve: Serve) -> None:
    hook = serve(open_files=600)
    (line,) = hook.program.records(
        "the limit of open files is too low for COLOURWAY_EVENTS_CONNECTIONS"
    )
    assert (line["open_files"], line["connections"]) == (600, 200)
    with half_open(hook, 500):
        assert hook.ask("GET", "/healthz")[0] == 200
    assert not re.search("Traceback|out of system resource", hook.program.said)
