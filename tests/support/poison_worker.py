"""A worker whose pictures do to it what their URLs say, for tests of what becomes of it.

Each fault is a real one: the process stands still in C code and lets no thread run, is killed by a
wrong address, or asks for more memory than it may have.
"""

import ctypes
from typing import Any, Final

from shared.contracts.jobs import Claim
from tests.support.queue_worker import ShortPipeline, app
from worker.runtime import tasks

__all__ = ["app"]

MOST_MEMORY: Final = 2_000_000_000


class Poisoned(ShortPipeline):
    def load(self, claim: Claim) -> Any:
        match claim.url.rpartition("?")[2]:
            case "stand-still":
                ctypes.PyDLL(None).sleep(3600)  # PyDLL keeps the interpreter's lock
            case "crash":
                ctypes.string_at(0)
            case "take-memory":
                bytearray(2 * MOST_MEMORY)
            case _:
                pass
        return super().load(claim)


build: Any = Poisoned
tasks.workplace.build = build
