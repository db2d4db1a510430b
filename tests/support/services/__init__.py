"""Real servers for tests: PostgreSQL, Redis and three S3 servers, found or started.

Each is looked for by environment variable, then on its usual local port, then as an installed
program that is started privately and stopped at the end. Where none is found the test is skipped
and says so; with ``CI=true`` a missing PostgreSQL, Redis or SeaweedFS fails instead. RabbitMQ is
used where one runs on its usual port and ``rabbitmqctl`` may give it a virtual host.

======================================  =========================================================
``COLOURWAY_TEST_DATABASE_URL``         a PostgreSQL whose user may create databases
``COLOURWAY_TEST_REDIS_URL``            a Redis or Valkey with at least one empty database
======================================  =========================================================

The word ``private`` in either asks for a server of the tests' own, whatever else is running.
Every test gets a database, a Redis database number or a bucket of its own, empty, and leaves none.
The processes of one run share one server of each kind.
"""

import fcntl
import os
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Final, NoReturn

import pytest

PRIVATE = "private"
START_TIMEOUT_S = 120.0  # a busy machine is slow, not wrong
STARTED: Final = pytest.StashKey[ExitStack]()


class Absent(Exception):
    """A service was not found, and why."""


def tell_absent(
    service: str, variable: str | None, reason: object, *, is_pinned: bool = False
) -> NoReturn:
    """Skip the test in plain words, or fail it where everything should be there.

    ``is_pinned`` says that the service comes with the project's own environment.
    """
    message = f"no {service}: {reason}"
    if variable is not None:
        message += f"; start one on its usual port, install it, or set {variable}"
    elif not is_pinned:
        pytest.skip(message)
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different ports: one that is asked for alone may be the same as the one before."""
    with ExitStack() as probes:
        found = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in found:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in found]


def wait_until(
    ready: Callable[[], object],
    process: subprocess.Popen[bytes],
    log: Path,
    timeout_s: float = START_TIMEOUT_S,
) -> None:
    """Return when ``ready`` stops raising; raise Absent when the process ends or takes too long."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            ready()
        except Exception as error:  # noqa: BLE001 (each service has its own)
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-500:]
                raise Absent(
                    f"{process.args!r} does not answer: {error}; it said: {tail}"
                ) from None
            time.sleep(0.05)
        else:
            return


@contextmanager
def program(
    args: list[str],
    folder: Path,
    ready: Callable[[], object],
    user: str | None = None,
    stop_timeout_s: float = 10,
) -> Generator[None]:
    """Run a server until the block ends; its output stays in the folder.

    After ``stop_timeout_s`` seconds one that is told to end is killed.
    """
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(args, stdout=output, stderr=output, cwd=folder, user=user)
    try:
        wait_until(ready, process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(stop_timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.hookimpl
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop what this process started; here, since it may have to wait long for other processes."""
    session.config.stash.get(STARTED, ExitStack()).close()


def shared(
    name: str, request: pytest.FixtureRequest, start: Callable[[Path], AbstractContextManager[str]]
) -> str:
    """Start a service once for all processes of a run; return what ``start`` yields.

    The first process that asks starts it, and stops it when the last process has ended.
    """
    stack = request.config.stash.setdefault(STARTED, ExitStack())
    temporary: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    base = temporary.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"service-{name}"
    home.mkdir(exist_ok=True)
    return stack.enter_context(_shared(home, start))


@contextmanager
def _shared(home: Path, start: Callable[[Path], AbstractContextManager[str]]) -> Generator[str]:
    """Each process holds a lock on a file for as long as it needs the service."""
    address = home / "address"
    with (home / "asking").open("w") as asking, (home / "using").open("w") as using:
        fcntl.flock(asking, fcntl.LOCK_EX)
        if address.exists():
            fcntl.flock(using, fcntl.LOCK_SH)
            fcntl.flock(asking, fcntl.LOCK_UN)
            yield address.read_text()
            return
        folder = home / str(time.monotonic_ns())
        folder.mkdir()
        with start(folder) as told:
            address.write_text(told)
            fcntl.flock(asking, fcntl.LOCK_UN)
            yield told
            fcntl.flock(asking, fcntl.LOCK_EX)
            address.unlink()  # whoever asks from now on starts another
            fcntl.flock(asking, fcntl.LOCK_UN)
            fcntl.flock(using, fcntl.LOCK_EX)
