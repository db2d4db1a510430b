"""The process that does the work: how its parent holds it, and what ends it.

A worker is two processes. The parent is Celery's: it listens to the broker and holds neither
networks nor pictures. The child, which it forks, loads the networks once and works on what
notifications name. Whatever a picture does to the child, the parent starts another.
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

    When that end is closed, the child stops: it finishes the pictures it has begun, releases its
    other claims, and exits. A parent closes it when it is asked to end; the system does where the
    parent was killed, so no child outlives its parent for long.
    """

    def __init__(self) -> None:
        self.stopping = Event()
        """Set once the child is to stop."""
        self._parent: int | None = None
        self._reader: int | None = None
        self._writer: int | None = None
        self._parent_ended = False
        self._got_sigterm = False

    def arm(self) -> None:
        """In the parent, before it forks: open the pipe."""
        self._parent = os.getpid()
        self._reader, self._writer = os.pipe()

    def stop_child(self) -> None:
        """In the parent: close its end, so that the child stops. Again, it does nothing."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def watch_parent(self) -> None:
        """In a child, when it begins: set ``stopping`` once the parent closes its end."""
        if self._reader is None or not self._is_child:
            return  # a pool that does not fork
        self.stop_child()  # its own copy of the writing end, or it would never see the pipe end
        Thread(target=self._watch, args=(self._reader,), daemon=True, name="lifeline").start()

    @contextmanager
    def graceful_sigterm(self) -> Generator[None]:
        """Within the block, have SIGTERM set ``stopping`` instead of killing this child.

        Outside the block SIGTERM ends the child at once: it is working on nothing then. A child
        that got SIGTERM while its parent goes on exits after the block; one that runs out of memory
        exits within it. The parent then returns the notification to the broker and starts another
        child.
        """
        if not self._is_child:
            yield
            return
        before = signal.signal(signal.SIGTERM, self._on_sigterm)
        try:
            yield
        except MemoryError:
            log.critical("out of memory; this process stops and its parent starts another")
            # At once: Celery would take a MemoryError for one of the parent's own, and end that.
            os._exit(1)
        finally:
            self.kill_after(None)
            signal.signal(signal.SIGTERM, before)
        if self._got_sigterm and self._parent == os.getppid() and not self._parent_ended:
            raise SystemExit(0)

    def kill_after(self, seconds: float | None) -> None:
        """Have the kernel kill this child after so long; None cancels that.

        Works where nothing else does: in a decoder that never returns and lets no other thread run,
        and in a child whose parent is dead.
        """
        if self._is_child:
            signal.setitimer(signal.ITIMER_REAL, seconds or 0.0)

    def end_child(self) -> None:
        """End this child at once, from any thread; its notification goes back to the broker."""
        if self._is_child:
            os._exit(1)

    def stop_worker(self) -> None:
        """In a child: stop parent and child, with exit code 1."""
        if self._is_child and self._parent is not None and os.getppid() == self._parent:
            os.kill(self._parent, signal.SIGINT)  # SIGTERM would be an end like any other: code 0

    @property
    def _is_child(self) -> bool:
        return self._parent is not None and self._parent != os.getpid()

    def _watch(self, reader: int) -> None:
        os.read(reader, 1)  # nothing is ever written: this returns at the end of the pipe
        self._parent_ended = True
        self.stopping.set()

    def _on_sigterm(self, signum: int, frame: FrameType | None) -> None:
        self._got_sigterm = True
        self.stopping.set()


def harden_child(max_memory_bytes: int | None) -> None:
    """Make sure that a new child can be lost without harm.

    Where the machine runs out of memory, the kernel is to take the child rather than its parent or
    a neighbour. With ``max_memory_bytes`` it is refused more than that much: the picture that asks
    for it fails, or takes the child with it. When its parent dies, the lifeline ends the child in
    order; Celery's signal, which would kill it at once, is turned off.
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
