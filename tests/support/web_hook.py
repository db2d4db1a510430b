"""`colourway serve` as a process, spoken to over HTTP, and by bytes where HTTP is too polite."""

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.programs import BIN, Environment, Running, deadline, running
from tests.support.services import free_port

TOKEN: Final = "a-token-of-some-length"
SECRET: Final = "a-secret-of-some-length"
SHOWN: Final = {"Authorization": f"Bearer {TOKEN}"}
MOST_BYTES: Final = 10_000
HEAD: Final = b"POST /events/s3 HTTP/1.1\r\nHost: x\r\n"
LET_IN: Final = HEAD + f"Authorization: Bearer {TOKEN}\r\n".encode()


class Hook:
    """The web hook of one process."""

    def __init__(self, port: int, program: Running) -> None:
        self.port = port
        self.program = program

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = SHOWN
    ) -> tuple[int, Any]:
        status, _, said = self.answer(method, path, body, headers)
        return status, said

    def answer(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = SHOWN
    ) -> tuple[int, Mapping[str, str], Any]:
        """Return the status, the headers and the body, read as JSON where it is."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))  # type: ignore[arg-type]
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        is_json = (answer.headers["Content-Type"] or "").startswith("application/json")
        return answer.status, answer.headers, json.loads(said) if is_json else said.decode()

    def send(self, body: object, headers: Mapping[str, str] = SHOWN) -> tuple[int, Any]:
        return self.ask("POST", "/events/s3", body, headers)

    def connect(self, begins: bytes = b"") -> socket.socket:
        """Return a connection on which these bytes were sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(begins)
        return connection

    def wait(self) -> None:
        """Wait until it answers."""
        for _ in deadline():
            self.program.check_alive()
            try:
                self.ask("GET", "/healthz")
            except OSError:
                continue
            break


@contextmanager
def serving(
    environment: Environment, log: Path, *, open_files: int | None = None
) -> Generator[Hook]:
    """Keep a web hook running until the block ends.

    ``open_files`` is the most file descriptors that it can have.
    """
    port = free_port()
    command = ["colourway", "serve", "--port", str(port)]
    if open_files is not None:
        script = f'ulimit -n {open_files} && exec "$0" "$@"'
        command = ["/bin/sh", "-c", script, str(BIN / command[0]), *command[1:]]
    with running(environment, log, *command) as program:
        hook = Hook(port, program)
        hook.wait()
        yield hook


def environment_of(database_url: str, broker_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "CELERY_BROKER_URL": broker_url,
        "COLOURWAY_UPLOAD_KEYS": "{sku}/{number}.jpg",
        "COLOURWAY_ALLOWED_BUCKETS": "*",
        "COLOURWAY_EVENTS_TOKEN": TOKEN,
        "COLOURWAY_EVENTS_SECRET": SECRET,
        "COLOURWAY_MAX_EVENT_BYTES": str(MOST_BYTES),
        "COLOURWAY_LOG_FORMAT": "json",
    }


def signed(body: str, secret: str = SECRET, age_s: float = 0) -> dict[str, str]:
    """Return the header of a signature that was made so long ago."""
    stamp = str(round(time.time() - age_s))
    made = hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Colourway-Signature": f"t={stamp},sha256={made}"}


def signed_without_time(body: str, secret: str = SECRET) -> dict[str, str]:
    made = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return {"X-Colourway-Signature": f"sha256={made}"}


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
