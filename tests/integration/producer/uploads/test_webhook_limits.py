"""How much clients of `colourway serve` may hold: real sockets, real processes."""

import re
import socket
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from statistics import median

import pytest
from sqlalchemy import create_engine, text

from tests.support.catalogue.uploading import message, record
from tests.support.programs import deadline
from tests.support.web_hook import HEAD, MOST_BYTES, SHOWN, Hook, Serve, all_that_is_said, signed

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

HALF_OPEN = 2000


@contextmanager
def half_open(hook: Hook, number: int) -> Generator[list[socket.socket]]:
    """Hold connections whose requests do not end."""
    with ExitStack() as stack:
        yield [stack.enter_context(hook.connect(HEAD)) for _ in range(number)]


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
        assert all_that_is_said(connections[0]) == b""
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
