"""Clients of `colourway serve` that take their time, or leave: real sockets, real processes."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.programs import deadline
from tests.support.web_hook import (
    HEAD,
    LET_IN,
    Hook,
    Serve,
    all_that_is_said,
    deadline_in,
    signed,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TIMEOUT_S = 1.0


def seconds_until_closed(began: float, connection: socket.socket, trickle: bytes = b"") -> float:
    """Return how long after that the other end hangs up, sending a byte now and then meanwhile."""
    all_that_is_said(connection, trickle)
    return time.monotonic() - began


def wait_for_records(hook: Hook, event: str) -> list[dict[str, object]]:
    for _ in deadline():
        if found := hook.program.records(event):
            return found
    raise AssertionError


def test_a_head_has_a_deadline_that_bytes_do_not_put_off(serve: Serve) -> None:
    hook = serve(timeout_s=TIMEOUT_S)
    began = time.monotonic()
    silent, trickling = hook.connect(), hook.connect(HEAD + b"X: ")
    # A second request on a connection has a deadline of its own.
    again = hook.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert again.recv(65536).startswith(b"HTTP/1.1 200 ")
    again.sendall(b"GET /healthz HTTP")
    with silent, trickling, again, ThreadPoolExecutor() as threads:
        waits = [
            threads.submit(seconds_until_closed, began, silent),
            threads.submit(seconds_until_closed, began, trickling, b"x"),
            threads.submit(seconds_until_closed, began, again, b"x"),
        ]
        assert all(TIMEOUT_S / 2 < wait.result() < 10 for wait in waits)


def test_a_body_has_a_deadline_that_bytes_do_not_put_off(serve: Serve) -> None:
    hook = serve(timeout_s=TIMEOUT_S)
    with hook.connect(LET_IN + b"Content-Length: 1000\r\n\r\n") as connection:
        said = all_that_is_said(connection, trickle=b"x")
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b'"the body took more than 1 s"' in said
    # Also where nobody reads it.
    unread = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    began = time.monotonic()
    with hook.connect(unread) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert seconds_until_closed(began, connection, b"x") < 10


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
