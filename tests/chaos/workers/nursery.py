"""The nursery: a process that has imported what all programs of the suite need, and forks them.

Celery, SQLAlchemy, OpenCV and the rest take two seconds of a processor to import; with a worker
killed every second that would be most of what the machine does. So they are imported once, here,
and every worker is a fork of this process. The project's own modules are not: each fork imports
those afresh, with its own settings in the environment, as a new process would.

It reads orders from standard input, one JSON object to a line, and answers on standard output with
the ids of what started and the exit codes of what ended. When its input ends, so do its children.
"""

import importlib
import itertools
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tests.support import ROOT

LIBRARIES: Final = (
    *("alembic.command", "alembic.config", "boto3", "celery.app.amqp", "celery.app.control"),
    *("celery.apps.beat", "celery.apps.worker", "celery.bin.beat", "celery.bin.celery"),
    *("celery.concurrency.prefork", "celery.fixups.django", "celery.worker.components"),
    *("celery.worker.consumer", "cv2", "httpcore2", "httpx2", "kombu.transport.pyamqp"),
    *("kombu.transport.redis", "numpy.typing", "PIL.AvifImagePlugin", "PIL.BmpImagePlugin"),
    *("PIL.GifImagePlugin", "PIL.ImageCms", "PIL.MpoImagePlugin", "PIL.TiffImagePlugin"),
    *("PIL.WebPImagePlugin", "psycopg", "pydantic_settings", "redis", "rich.console"),
    *("sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite", "sqlalchemy.orm"),
    *("stamina", "structlog", "truststore", "typer"),
)


@dataclass(frozen=True)
class Order:
    """A program to start: ``entry`` is ``module:function``, as of a console script."""

    number: int
    entry: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    output: str
    errors: str | None


class Child:
    """A process that the nursery started; it has what is used of ``subprocess.Popen``."""

    def __init__(self, pid: int, ended: Mapping[int, int]) -> None:
        self.pid = pid
        self._ended = ended

    def poll(self) -> int | None:
        """Return the exit code (minus the signal's number where it was killed), or None."""
        return self._ended.get(self.pid)

    def wait(self, timeout_s: float) -> int:
        """Return the exit code; raise subprocess.TimeoutExpired where it does not end."""
        deadline = time.monotonic() + timeout_s
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout_s)
            time.sleep(0.01)
        return code

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal; nothing happens where it has ended."""
        with suppress(ProcessLookupError):
            if self.poll() is None:
                os.kill(self.pid, how)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The suite's side: starts the nursery, and programs in it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._started: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        self._heard = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.workers.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=_bare(os.environ) | {"OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is for the suite, which then ends it in order
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(
        self,
        entry: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> Child:
        """Start a program in a session of its own; its output is appended to these files."""
        number = next(self._numbers)
        order = Order(
            number, entry, arguments, environment, str(output), str(errors) if errors else None
        )
        with self._heard:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
            self._process.stdin.flush()
            if not self._heard.wait_for(lambda: number in self._started, timeout=120):
                raise TimeoutError("the nursery does not answer")
            return Child(self._started.pop(number), self._ended)

    def close(self) -> None:
        """End the nursery, and whatever still runs in it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._listener.join()
        self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            with self._heard:
                if "started" in told:
                    self._ended.pop(told["started"], None)  # a number that is used again
                    self._started[told["number"]] = told["started"]
                else:
                    self._ended[told["ended"]] = told["code"]
                self._heard.notify_all()


def _bare(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out the settings of whoever runs the suite."""
    theirs = ("COLOURWAY_", "AWS_", "DATABASE_URL", "CELERY_", "CHAOS_")
    return {name: value for name, value in environment.items() if not name.startswith(theirs)}


# The nursery's own side


def _serve() -> Order | None:
    """Fork what is ordered. Returns the order in each child, and None here, at the end."""
    children: set[int] = set()
    heard = b""
    while True:
        _reap(children)
        if not select.select([0], [], [], 0.02)[0]:
            continue
        if not (piece := os.read(0, 1 << 16)):
            break
        *lines, heard = (heard + piece).split(b"\n")
        for line in lines:
            order = Order(**json.loads(line))
            if (pid := os.fork()) == 0:
                return order
            children.add(pid)
            _tell(number=order.number, started=pid)
    for pid in children:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    return None


def _reap(children: set[int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        children.discard(pid)
        _tell(ended=pid, code=os.waitstatus_to_exitcode(status))


def _tell(**values: int) -> None:
    os.write(1, json.dumps(values).encode() + b"\n")


def _become(order: Order, compiled: str) -> Any:
    """Turn a fork into the program that was ordered, and return the function to call."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    random.seed()  # or all of them would roll the same dice
    for number, place in ((0, os.devnull), (1, order.output), (2, order.errors or order.output)):
        opened = os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    if sys.dont_write_bytecode:  # or every fork would compile the project anew
        sys.dont_write_bytecode, sys.pycache_prefix = False, compiled
    os.environ.update(order.environment)
    module, _, function = order.entry.partition(":")
    sys.argv = [module, *order.arguments]
    return getattr(importlib.import_module(module), function)


def main() -> None:
    """Import the libraries, serve, and in each fork run what was ordered."""
    for library in LIBRARIES:
        with suppress(ImportError):  # what it is for will say so
            importlib.import_module(library)
    compiled = tempfile.mkdtemp(prefix="colourway-chaos-compiled-")
    if (order := _serve()) is not None:
        _become(order, compiled)()
        return
    shutil.rmtree(compiled, ignore_errors=True)


if __name__ == "__main__":
    main()
