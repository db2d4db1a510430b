"""The gatherer with real threads: what is run together, and what each caller gets."""

import gc
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from worker.networks.gatherer import Gatherer

SOON_S = 20.0
"""What is to happen has happened by then, on however busy a machine."""


@dataclass
class Doubler:
    """Doubles numbers; may be held, and fails as it is told.

    ``bad`` fails a batch by an item in it; ``holds`` is the size from which on there is no memory.
    """

    bad: dict[int, BaseException] = field(default_factory=dict)
    holds: int = 1000
    batches: list[list[int]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    open: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.threads.add(threading.get_ident())
        self.began.set()
        assert self.open.wait(SOON_S)
        if len(items) > self.holds:
            raise MemoryError(f"no memory for {len(items)}")
        for item in items:
            if item in self.bad:
                raise self.bad[item]
        return [2 * item for item in items]


class Callers:
    """Calls a gatherer from a thread for each item; the first holds it until the others are in."""

    def __init__(self, gatherer: Gatherer[int, int], network: Doubler) -> None:
        self.gatherer, self.network = gatherer, network

    def call(self, items: Sequence[int], first: int = 0) -> dict[int, Future[int]]:
        """Have ``first`` run alone, and ``items`` wait meanwhile, in their order."""
        self.network.open.clear()
        self.network.began.clear()
        answers: dict[int, Future[int]] = {}
        with ThreadPoolExecutor(len(items) + 1) as pool:
            answers[first] = pool.submit(self.gatherer, first)
            assert self.network.began.wait(SOON_S)
            for count, item in enumerate(items, 1):
                answers[item] = pool.submit(self.gatherer, item)
                self.until_waiting(count)
            self.network.open.set()
            assert not wait_for(answers.values(), SOON_S).not_done
        return answers

    def until_waiting(self, count: int) -> None:
        end = time.monotonic() + SOON_S
        while len(self.gatherer._waiting) < count:
            assert time.monotonic() < end
            time.sleep(0.001)


def test_a_lone_call_gets_its_answer_at_once() -> None:
    network = Doubler()
    gatherer = Gatherer(network, limit=8, wait_s=SOON_S)
    began = time.monotonic()
    assert [gatherer(item) for item in (3, 4, 5)] == [6, 8, 10]
    assert time.monotonic() - began < SOON_S  # nobody else calls, so it waits for nobody
    assert network.batches == [[3], [4], [5]]


def test_what_comes_while_a_batch_runs_makes_the_next_ones_in_order() -> None:
    network = Doubler()
    answers = Callers(Gatherer(network, limit=4), network).call(range(1, 11))
    assert network.batches == [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert {item: answer.result() for item, answer in answers.items()} == {
        item: 2 * item for item in range(11)
    }
    assert len(network.threads) == 1


def test_a_batch_waits_for_more_where_others_are_about_and_no_longer_than_it_may() -> None:
    network = Doubler()
    gatherer = Gatherer(network, limit=4, wait_s=0.3)
    Callers(gatherer, network).call([1, 2])  # the last batch held two
    began = time.monotonic()
    assert gatherer(3) == 6
    assert 0.3 <= time.monotonic() - began < SOON_S
    began = time.monotonic()
    assert gatherer(4) == 8
    assert time.monotonic() - began < 0.3  # the last batch held one
    assert network.batches == [[0], [1, 2], [3], [4]]


def test_a_batch_that_is_full_waits_no_longer() -> None:
    network = Doubler()
    gatherer = Gatherer(network, limit=3, wait_s=SOON_S)
    began = time.monotonic()
    Callers(gatherer, network).call([1, 2, 3])  # full before it could wait
    with ThreadPoolExecutor(3) as pool:  # full while it waits
        first = pool.submit(gatherer, 4)
        time.sleep(0.2)
        assert not first.done()
        others = [pool.submit(gatherer, item) for item in (5, 6)]
        assert [each.result() for each in (first, *others)] == [8, 10, 12]
    assert time.monotonic() - began < SOON_S
    assert [sorted(batch) for batch in network.batches] == [[0], [1, 2, 3], [4, 5, 6]]


def test_an_item_that_fails_costs_no_other_its_answer() -> None:
    network = Doubler(bad={3: ValueError("three is odd"), 5: ValueError("five is, too")})
    answers = Callers(Gatherer(network, limit=8), network).call(range(1, 7))
    assert {n: a.result() for n, a in answers.items() if n not in network.bad} == {
        0: 0, 1: 2, 2: 4, 4: 8, 6: 12,
    }  # fmt: skip
    assert [answers[item].exception() for item in (3, 5)] == [network.bad[3], network.bad[5]]
    assert network.batches == [[0], [1, 2, 3, 4, 5, 6], [1], [2], [3], [4], [5], [6]]


def test_a_batch_after_one_that_failed_is_a_batch_again() -> None:
    network = Doubler(bad={2: ValueError("two")})
    callers = Callers(Gatherer(network, limit=8), network)
    callers.call([1, 2])
    callers.call([3, 4, 5])
    assert network.batches[-1] == [3, 4, 5]


def test_want_of_memory_halves_the_batch_for_good_and_says_so_once() -> None:
    network = Doubler(holds=4)
    gatherer = Gatherer(network, limit=8)
    callers = Callers(gatherer, network)
    with capture_logs() as logs:
        answers = callers.call(range(1, 9))
        callers.call(range(11, 20))
    assert [answers[item].result() for item in range(1, 9)] == list(range(2, 18, 2))
    assert [len(batch) for batch in network.batches] == [1, 8, 4, 4, 1, 4, 4, 1]
    assert gatherer.limit == 4
    assert [(entry["log_level"], entry["pictures"]) for entry in logs] == [("warning", 4)]


def test_want_of_memory_for_one_is_that_callers_own() -> None:
    network = Doubler(holds=0)
    gatherer = Gatherer(network, limit=4)
    answers = Callers(gatherer, network).call([1, 2, 3])
    assert all(isinstance(answer.exception(), MemoryError) for answer in answers.values())
    assert gatherer.limit == 1
    assert [len(batch) for batch in network.batches] == [1, 3, 1, 1, 1]


def test_each_halving_is_told_once() -> None:
    network = Doubler(holds=1)
    with capture_logs() as logs:
        Callers(Gatherer(network, limit=8), network).call(range(1, 9))
    assert [len(batch) for batch in network.batches] == [1, 8, 4, 2, *[1] * 8]
    assert [entry["pictures"] for entry in logs] == [4, 2, 1]


def test_an_error_that_others_call_want_of_memory_counts_as_such() -> None:
    network = Doubler(bad={2: ValueError("device is full")})
    gatherer = Gatherer(network, 8, out_of_memory=lambda error: "full" in str(error))
    answers = Callers(gatherer, network).call([1, 2, 3, 4])
    assert [answers[item].result() for item in (1, 3, 4)] == [2, 6, 8]
    assert (answers[2].exception(), gatherer.limit) == (network.bad[2], 1)


def test_what_is_to_end_the_process_reaches_every_caller() -> None:
    network = Doubler(bad={2: SystemExit(3)})
    gatherer = Gatherer(network, limit=4)
    answers = Callers(gatherer, network).call([1, 2, 3])
    assert [answers[item].exception() for item in (1, 2, 3)] == [network.bad[2]] * 3
    assert network.batches == [[0], [1, 2, 3]]  # it is not tried again
    assert gatherer(4) == 8  # nor does the thread end


def test_too_few_answers_leave_nobody_waiting() -> None:
    gatherer: Gatherer[int, int] = Gatherer(lambda items: [0], limit=4)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(gatherer, item) for item in range(64)]
        assert [answer.result(SOON_S) for answer in answers] == [0] * 64
    nothing: Gatherer[int, int] = Gatherer(lambda items: [], limit=4)
    with pytest.raises(ValueError, match="shorter"):
        nothing(1)


def test_many_threads_get_their_own_answers_and_no_batch_is_too_large() -> None:
    network = Doubler()
    gatherer = Gatherer(network, limit=5, wait_s=0.001)
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(gatherer, range(600))) == [2 * item for item in range(600)]
    assert max(len(batch) for batch in network.batches) <= 5
    assert sorted(item for batch in network.batches for item in batch) == list(range(600))


def test_its_thread_starts_with_the_first_call_and_ends_with_it() -> None:
    before = set(threading.enumerate())
    gatherer = Gatherer(Doubler(), limit=4)
    assert set(threading.enumerate()) <= before
    gatherer(1)
    (thread,) = set(threading.enumerate()) - before
    del gatherer
    gc.collect()
    thread.join(SOON_S)
    assert not thread.is_alive()
