"""Periodic lines: how far long work is, where no terminal shows it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from time import monotonic
from typing import Final

LINE_EVERY_S: Final = 10.0
"""Seconds between two lines; work that takes less prints none."""


@contextmanager
def periodic_lines(say: Callable[[str], None], text: Callable[[], str]) -> Generator[None]:
    """Say every ten seconds what ``text`` returns then, and for how long the block has lasted.

    From a thread, so that a step which takes minutes is seen to go on.
    """
    ended = Event()
    started = monotonic()

    def speak() -> None:
        while not ended.wait(LINE_EVERY_S):
            say(f"{text()} ({timedelta(seconds=round(monotonic() - started))} so far)")

    thread = Thread(target=speak, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
