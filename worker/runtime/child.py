"""The process that does the work: how its parent holds it, and what ends it.

A worker is two processes. The parent is Celery's: it listens to the broker and holds neither
networks nor pictures. The child, which it forks, loads the networks once and answers doorbells.
Whatever a picture does to the child, the parent starts another.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import Final

import structlog

_PR_SET_PDEATHSIG: Final = 1
_KILL_ME_FIRST: Final = "500"

log = structlog.get_logger()


class ParentLifeline:
    """A pipe from parent to child, of which the parent alone holds the writing end.

    When that end is closed, the child is to stop: finish the pictures in hand, give the others
    back, and leave. A parent closes it when it is asked to end; the system does where the parent
    was killed, so no child outlives its parent for long.
    """

    def __init__(self) -> None:
        self.stopping = Event()
        """Set once the child is to stop."""
        self._parent: int | None = None
        self._reader: int | None = None
        self._writer: int | None = None
        self._is_let_go = False
        self._asked = False

    def arm(self) -> None:
        """In the parent, before it forks."""
        self._parent = os.getpid()
        self._reader, self._writer = os.pipe()

    def let_go(self) -> None:
        """In the parent: have its children stop. Calling it again does nothing."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def follow(self) -> None:
        """In a child, when it begins."""
        if self._reader is None or not self._is_child:
            return  # a pool that does not fork
        self.let_go()  # its own copy of the writing end, or it would never see the end
        Thread(target=self._watch, args=(self._reader,), daemon=True, name="lifeline").start()

    @contextmanager
    def at_work(self) -> Generator[None]:
        """Have SIGTERM stop this child softly within the block, as its parent's word would.

        Outside it ends the child at once, which then has nothing in hand. A child that was asked
        by SIGTERM alone leaves after the block, and one that has no memory left within it. The
        parent gives the doorbell back to the broker and starts another child.
        """
        if not self._is_child:
            yield
            return
        before = signal.signal(signal.SIGTERM, self._on_sigterm)
        try:
            yield
        except MemoryError:
            log.critical("no memory left; this process ends")
            # At once: Celery would take a MemoryError for one of the parent's own, and end that.
            os._exit(1)
        finally:
            self.die_after(None)
            signal.signal(signal.SIGTERM, before)
        if self._asked and self._parent == os.getppid() and not self._is_let_go:
            raise SystemExit(0)

    def die_after(self, seconds: float | None) -> None:
        """Have the kernel end this child after so long; None calls it off.

        Works where nothing else does: in a decoder that never returns and lets no other thread run,
        and in a child whose parent is dead.
        """
        if self._is_child:
            signal.setitimer(signal.ITIMER_REAL, seconds or 0.0)

    def end_parent(self) -> None:
        """In a child: have the whole worker end, with exit code 1."""
        if self._is_child and self._parent is not None and os.getppid() == self._parent:
            os.kill(self._parent, signal.SIGINT)  # SIGTERM would be an end like any other: code 0

    @property
    def _is_child(self) -> bool:
        return self._parent is not None and self._parent != os.getpid()

    def _watch(self, reader: int) -> None:
        os.read(reader, 1)  # nothing is ever written: this returns at the end of the pipe
        self._is_let_go = True
        self.stopping.set()

    def _on_sigterm(self, signum: int, frame: FrameType | None) -> None:
        self._asked = True
        self.stopping.set()


def harden_child(max_memory_bytes: int | None) -> None:
    """Make a new child one that can be lost.

    Where the machine runs out of memory, the kernel is to take the child rather than its parent or
    a neighbour. With ``max_memory_bytes`` it is refused more than that much: the picture that asks
    for it fails, or takes the child with it. And a child ends by its leash, in order, not by
    Celery's signal that kills it as soon as its parent is dead.
    """
    with suppress(OSError):  # not Linux, or not allowed
        Path("/proc/self/oom_score_adj").write_text(_KILL_ME_FIRST)
    if max_memory_bytes is not None:
        # Data, not address space: TensorFlow and CUDA reserve far more of that than they ever use.
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (max_memory_bytes, hard))
    _at_parents_death(0)


def die_with_parent() -> None:
    """Have the kernel end this process as soon as its parent is dead (on Linux)."""
    _at_parents_death(signal.SIGKILL)


def _at_parents_death(signum: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signum)
