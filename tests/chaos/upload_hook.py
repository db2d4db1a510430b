"""`colourway serve` as a process of the suite, and upload events as a bucket would send them."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from http.client import HTTPConnection
from typing import Any, Final, Self
from urllib.parse import quote_plus

from tests.chaos.installation import CATALOGUE, Stuck
from tests.chaos.rig import Rig
from tests.support.programs import Running, running
from tests.support.services import free_port

TOKEN: Final = "a-token-of-the-fault-suite"
START_TIMEOUT_S: Final = 60.0

Event = dict[str, Any]


def upload(bucket: str, key: str, sequencer: str, *, removed: bool = False) -> Event:
    """Return the event of an object that was put, or went, in Amazon's form."""
    thing = {"key": quote_plus(key), "sequencer": sequencer}
    return {
        "eventSource": "aws:s3",
        "eventTime": "2026-03-29T01:30:00.000Z",
        "eventName": "ObjectRemoved:Delete" if removed else "ObjectCreated:Put",
        "s3": {
            "bucket": {"name": bucket},
            "object": thing if removed else thing | {"eTag": f"e{sequencer}"},
        },
    }


class UploadHook:
    """The web hook at work until the block ends; threads may share one."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._port = free_port()
        self._stack = ExitStack()
        rig.environment |= {
            "COLOURWAY_EVENTS_TOKEN": TOKEN,
            "COLOURWAY_UPLOAD_KEYS": "pictures/{sku}.png",
            "COLOURWAY_ALLOWED_BUCKETS": "*",
            "COLOURWAY_UPLOAD_CATALOGUE": CATALOGUE,
        }

    def __enter__(self) -> Self:
        words = ("colourway", "serve", "--port", str(self._port))
        log = self._rig.folder / "serve.log"
        program = self._stack.enter_context(running(self._rig.environment, log, *words))
        self._wait(program)
        self._stack.callback(self._end, program)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def send(self, events: Sequence[Event]) -> None:
        """Post a message with these events; what is not taken raises Stuck."""
        self.post(json.dumps({"Records": events}).encode())

    def post(self, body: bytes) -> None:
        """Post a message as it is; what is not taken raises Stuck."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            head = {"Authorization": f"Bearer {TOKEN}"}
            connection.request("POST", "/events/s3", body, head)
            answer = connection.getresponse()
            if answer.status != 200:
                raise Stuck(f"POST /events/s3 was answered {answer.status}: {answer.read()!r}")
            answer.read()
        finally:
            connection.close()

    def _wait(self, program: Running) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            connection = HTTPConnection("127.0.0.1", self._port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                connection.getresponse().read()
            except OSError:
                if time.monotonic() > deadline:
                    raise Stuck(f"colourway serve does not answer: {program.said}") from None
                time.sleep(0.05)
            else:
                return
            finally:
                connection.close()

    def _end(self, program: Running) -> None:
        if code := program.terminate():
            self._rig.problems.append(f"colourway serve ended with {code}: {program.said[-1000:]}")
