"""The short form of ``make mutated-pictures``: every kind of file, all bombs, all bodies."""

from tests import mutated_pictures
from tests.mutated_pictures import run
from tests.support.endless_server import EndlessServer
from tests.support.hostile_pictures import bombs, mutated, seeds
from worker.stages.decode import decode_with_alpha


def test_no_worker_dies_and_no_neighbour_comes_to_harm() -> None:
    done = run(pictures=600, seconds=240.0, seed=7)
    assert done.deaths == []
    assert done.harmed == []
    assert done.pictures == 600 + len(list(bombs()))
    assert done.neighbours == 60 + mutated_pictures.THREADS * len(list(bombs()))
    assert done.outcomes["internal_error"] == done.outcomes["decoder_died"] == 0
    assert done.outcomes["decoded"] > 50  # some live through it
    fetched = {code: count for code, count in done.outcomes.items() if code.startswith("fetch")}
    assert sum(fetched.values()) == len(EndlessServer.NAMES)
    assert done.decoders_mb < 2_000
    # By the clock, with the turns of others on a busy machine between.
    assert done.slowest_s < 60
    assert done.slowest_body_s < 20


def test_pictures_are_the_same_of_one_seed_and_good_before_they_are_mutated() -> None:
    files = list(seeds().values())
    for content in files:
        assert decode_with_alpha(content, 10**6).pixels.size
    assert [mutated(n, 3, files) for n in range(40)] == [mutated(n, 3, files) for n in range(40)]
    assert [mutated(n, 3, files) for n in range(40)] != [mutated(n, 4, files) for n in range(40)]
