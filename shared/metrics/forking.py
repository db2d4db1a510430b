"""Threads beside a process that forks: none is in the middle of something while it does.

A child inherits every lock as it was at the fork, and none of the threads that would release it.
So a fork waits a moment for the threads that answer requests, and they wait for the fork.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from threading import Condition, Lock
from typing import Final
from weakref import WeakSet

LONGEST_WAIT_S: Final = 5.0
"""How long a fork waits. A child that never begins would be worse than the small risk."""


class Closable:
    """Something that a child must not keep open, such as a socket on which its parent listens."""

    def close_in_child(self) -> None:
        """Close it, in the child alone."""
        raise NotImplementedError


_idle: Final = Condition(Lock())
_busy: set[object] = set()
_closed_in_children: Final[WeakSet[Closable]] = WeakSet()


@contextmanager
def no_fork() -> Generator[None]:
    """Within the block, in any thread, no fork begins."""
    mark = object()
    with _idle:
        _busy.add(mark)
    try:
        yield
    finally:
        with _idle:
            _busy.discard(mark)
            _idle.notify_all()


def close_in_children(thing: Closable) -> None:
    """Have every child that is forked from now on close a thing."""
    _closed_in_children.add(thing)


def _before() -> None:
    _idle.acquire()
    _idle.wait_for(lambda: not _busy, LONGEST_WAIT_S)


def _in_child() -> None:
    _busy.clear()
    _idle.release()
    for thing in list(_closed_in_children):
        thing.close_in_child()


os.register_at_fork(before=_before, after_in_parent=_idle.release, after_in_child=_in_child)
