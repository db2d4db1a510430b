"""Backdrops and passers-by."""

import numpy as np

from worker.training.data.scenes import Person, behind, on_backdrop


def person(level: int, columns: slice) -> Person:
    alpha = np.zeros((60, 40), np.float32)
    alpha[10:50, columns] = 1.0
    return Person(np.full((60, 40, 3), level, np.uint8), alpha)


def test_a_backdrop_replaces_all_but_the_person() -> None:
    subject = person(90, slice(15, 25))
    subject.pixels[subject.alpha == 0] = np.random.default_rng(0).integers(0, 256, (2000, 3))
    for seed in range(8):
        picture = on_backdrop(subject, np.random.default_rng(seed))
        assert (picture[14:46, 18:22] == 90).all()
        assert picture[:, 30:].reshape(-1, 3).std(axis=0).max() < 25


def test_half_of_the_backdrops_have_the_clothes_own_colour() -> None:
    subject = person(90, slice(15, 25))
    pictures = [on_backdrop(subject, np.random.default_rng(seed)) for seed in range(60)]
    like = [abs(float(np.median(p[:, 30:])) - 90) < 25 for p in pictures]
    assert 15 < sum(like) < 45


def test_a_passer_by_stands_behind() -> None:
    subject, other = person(90, slice(10, 22)), person(200, slice(18, 34))
    picture = behind(subject, other)
    assert (picture[15:45, 12:18] == 90).all()
    assert (picture[15:45, 26:32] == 200).all()
    assert (picture[:, 38:] == 90).all()
