"""What is done once a minute: again and again, whatever fails, and once more at the end."""

import time
from threading import Event

import pytest

from worker.runtime.minutely import Minutely


def test_chores_are_done_again_and_again_and_at_the_end() -> None:
    done: list[float] = []
    chores = Minutely([lambda: done.append(time.monotonic())], every_s=0.05)
    chores.start()
    while len(done) < 3:
        time.sleep(0.01)
    before = len(done)
    chores.end()
    assert len(done) > before
    ended = len(done)
    chores.end()
    time.sleep(0.1)
    assert len(done) == ended


def test_one_that_fails_keeps_no_other_from_being_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done = Event()

    def fail() -> None:
        raise RuntimeError("the database is away")

    chores = Minutely([fail, done.set], every_s=60)
    chores.start()
    chores.end()
    assert done.is_set()
