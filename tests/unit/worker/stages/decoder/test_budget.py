"""The memory of pictures, shared out: never more than there is, and nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

from worker.stages.decoder.budget import MemoryBudget

WAIT_S = 30.0


def test_who_wants_more_than_there_is_gets_all_of_it() -> None:
    budget = MemoryBudget(100)
    with budget.share(250) as share:
        assert (share.bytes, budget.free) == (100, 0)
        share.exchange(30)
        assert (share.bytes, budget.free) == (30, 70)
    assert budget.free == 100


def test_two_that_hold_a_part_and_want_all_are_served_one_after_the_other() -> None:
    budget, both_hold, order = MemoryBudget(100), Event(), list[str]()
    lock, holding = Lock(), list[str]()

    def take_all(name: str) -> None:
        with budget.share(50) as share:
            with lock:
                holding.append(name)
                if len(holding) == 2:
                    both_hold.set()
            assert both_hold.wait(WAIT_S)
            share.exchange(100)
            order.append(f"{name} has {share.bytes} of {budget.free + share.bytes}")

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(take_all, name) for name in "ab"]:
            done.result(WAIT_S)
    assert sorted(order) == ["a has 100 of 100", "b has 100 of 100"]
    assert budget.free == 100


def test_one_who_waits_for_much_is_not_overtaken_by_those_who_want_little() -> None:
    budget, order = MemoryBudget(100), list[str]()
    queued = Event()

    def large() -> None:
        queued.set()
        with budget.share(100):
            order.append("large")

    def small() -> None:
        with budget.share(10):
            order.append("small")

    with ThreadPoolExecutor(2) as threads, budget.share(50) as first:
        done = [threads.submit(large)]
        assert queued.wait(WAIT_S)
        while budget.waiting == 0:
            pass
        done.append(threads.submit(small))
        while budget.waiting == 1:
            pass
        assert order == []
        first.exchange(0)
        for each in done:
            each.result(WAIT_S)
    assert order == ["large", "small"]


def test_threads_never_hold_more_than_there_is() -> None:
    budget, lock = MemoryBudget(100), Lock()
    held, most = 0, 0

    def hold(wanted: int) -> None:
        nonlocal held, most
        for _ in range(200):
            with budget.share(wanted) as share:
                with lock:
                    held += share.bytes
                    most = max(most, held)
                with lock:
                    held -= share.bytes

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(hold, wanted) for wanted in (10, 40, 70, 100)]:
            done.result(WAIT_S)
    assert most <= 100
    assert budget.free == 100
