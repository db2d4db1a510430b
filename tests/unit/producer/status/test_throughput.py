"""The pace of recent work, and durations in words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.status.durations import spell
from producer.status.throughput import FEWEST, Pace, measure

START = datetime(2026, 11, 24, 22, tzinfo=UTC)


def after(*seconds: float) -> list[datetime]:
    return [START + timedelta(seconds=each) for each in seconds]


def test_pictures_a_second() -> None:
    times = after(*(number / 4 for number in range(41)))
    assert measure(times) == Pace(4.0, 40, times[-1])
    assert measure(reversed(times)) == Pace(4.0, 40, times[-1])
    assert Pace(4.0, 40, START).seconds_for(1000) == 250


def test_a_pause_does_not_count() -> None:
    one_night, the_next = range(20), range(86_400, 86_420)
    pace = measure(after(*one_night, *the_next))
    assert pace is not None
    assert (pace.per_s, pace.pictures) == (1.0, 38)


def test_of_too_few_or_all_at_once_nothing_is_said() -> None:
    assert measure([]) is None
    assert measure(after(*range(FEWEST))) is None
    assert measure(after(*range(FEWEST + 1))) is not None
    assert measure(after(*[0] * 50)) is None
    assert measure(after(*(61 * number for number in range(50)))) is None


@given(st.lists(st.integers(0, 10**6), min_size=12, max_size=60))
def test_more_pauses_change_nothing(seconds: list[int]) -> None:
    pace, later = measure(after(*seconds)), measure(after(*seconds, max(seconds) + 10**4))
    assert (pace is None) is (later is None)
    if pace and later:
        assert (pace.per_s, pace.pictures) == (later.per_s, later.pictures)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (8_040, "2 h 14 min"),
        (86_400 + 3600 * 23 + 60 * 59, "1 d 23 h"),
        (86_400 * 400, "400 d"),
    ],
)
def test_a_duration_in_words(seconds: float, words: str) -> None:
    assert spell(seconds) == words
