from collections.abc import Iterator
from itertools import count
from threading import active_count

import pytest

from producer.feeds.ahead import MAX_QUEUE_DEPTH, ROWS_AT_ONCE, reading_ahead


@pytest.mark.parametrize("rows", [0, 1, ROWS_AT_ONCE, 3 * ROWS_AT_ONCE, 2345])
def test_rows_come_in_their_order_each_once(rows: int) -> None:
    with reading_ahead(iter(range(rows))) as ahead:
        assert list(ahead) == list(range(rows))


@pytest.mark.parametrize("good", [0, 7, ROWS_AT_ONCE, ROWS_AT_ONCE + 1])
def test_an_error_comes_behind_what_was_read_before(good: int) -> None:
    def damaged() -> Iterator[int]:
        yield from range(good)
        raise OSError("damaged")

    seen: list[int] = []
    with pytest.raises(OSError, match="damaged"), reading_ahead(damaged()) as ahead:
        seen.extend(ahead)
    assert seen == list(range(good))


def test_the_thread_ends_with_the_block_and_has_read_no_further_than_it_may() -> None:
    threads, read = active_count(), count()
    with reading_ahead(read) as ahead:
        assert next(ahead) == 0
    assert active_count() == threads
    # What waits, what came out, what was in hand before a full queue, and once more at the end.
    assert next(read) <= (MAX_QUEUE_DEPTH + 3) * ROWS_AT_ONCE


def test_an_error_in_the_block_ends_the_thread_too() -> None:
    threads = active_count()
    with pytest.raises(KeyError), reading_ahead(count()) as ahead:
        raise KeyError(next(ahead))
    assert active_count() == threads
