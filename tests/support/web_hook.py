"""`colourway serve` as a process, spoken to over HTTP, and by bytes where HTTP is too polite."""

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

from tests.support.programs import BIN, Environment, Running, deadline, running
from tests.support.services import free_port

TOKEN: Final = "a-token-of-some-length"
SECRET: Final = "a-secret-of-some-length"
SHOWN: Final = {"Authorization": f"Bearer {TOKEN}"}
MOST_BYTES: Final = 10_000


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
