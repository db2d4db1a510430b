"""How often the family that people mean is found, and whether probabilities are what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.fitting.samples import Sample
from shared.colour.abstention import ABSTAIN
from shared.colour.cielab import Floats
from shared.colour.families.table import FamilyTable

BINS: Final = 10
SURE: Final = 0.9
DRAWS: Final = 1000


@dataclass(frozen=True)
class Figures:
    """Figures of N samples; all but ``count`` are shares, 0..1.

    Attributes:
        strict: the first family is one that the word means.
        either: the first is, or the second where one is given.
        second: a second one is given.
        sure, sure_right: the probability is 0.9 or more, and how many of these are right.
        error: the expected calibration error, over ten bins of probability.
        chance: what it would be in the mean, were each probability exactly right: so many samples
            can show no less.
    """

    count: int
    strict: float
    either: float
    second: float
    sure: float
    sure_right: float
    error: float
    chance: float

    def __str__(self) -> str:
        """One line."""
        return (
            f"{self.count:6,}{self.strict:9.1%}{self.either:9.1%}{self.second:9.1%}"
            f"{self.sure:9.1%}{self.sure_right:11.1%}{self.error:9.3f}"
            f"{self.chance:11.3f}"
        )


HEADER: Final = (
    f"{'n':>6}{'strict':>9}{'either':>9}{'second':>9}{'≥ 0.9':>9}{'≥ 0.9 right':>11}{'error':>9}"
    f"{'of chance':>11}"
)


def named(table: FamilyTable, samples: Sequence[Sample]) -> Floats:
    """Return the probability of each family for each sample, over its shades by their share.

    Of a sample without shades it is 0 for all.
    """
    own = np.repeat(np.arange(len(samples)), [len(each.shares) for each in samples])
    found = table.probabilities(
        np.concatenate([each.labs for each in samples]),
        [each.shown for each in samples for _ in each.shares],
    )
    total = np.zeros((len(samples), found.shape[1]))
    np.add.at(total, own, found * np.concatenate([each.shares for each in samples])[:, None])
    return total


def meant(samples: Sequence[Sample], families: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which families each sample's word may mean, (N, families)."""
    return np.array([[family in each.families for family in families] for each in samples])


def figures(found: Floats, right: npt.NDArray[np.bool_]) -> Figures:
    """Return the figures of probabilities against what is right, both (N, families)."""
    order = np.argsort(-found, axis=1)
    rows = np.arange(len(found))
    first, second = order[:, 0], order[:, 1]
    strict = right[rows, first] & (found[rows, first] > 0)
    gives_second = found[rows, second] >= ABSTAIN
    sure = found[rows, first] >= SURE
    return Figures(
        len(found),
        float(strict.mean()),
        float((strict | (gives_second & right[rows, second])).mean()),
        float(gives_second.mean()),
        float(sure.mean()),
        float(strict[sure].mean()) if sure.any() else float("nan"),
        calibration_error(found[rows, first], strict),
        chance_error(found[rows, first]),
    )


def calibration_error(probable: Floats, right: npt.NDArray[np.bool_]) -> float:
    """Return the mean distance of probability and share of right ones over ten bins."""
    return sum(
        float(abs(share - mean)) * size / len(probable)
        for mean, share, size in reliability(probable, right)
    )


def chance_error(probable: Floats) -> float:
    """Return the mean calibration error of answers that are right exactly as often as they say."""
    rng = np.random.default_rng(0)
    drawn = rng.random((DRAWS, len(probable))) < probable
    return float(np.mean([calibration_error(probable, right) for right in drawn]))


def reliability(probable: Floats, right: npt.NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Return the mean probability, the share of right ones and the number, of each bin in use."""
    bins = np.minimum((probable * BINS).astype(int), BINS - 1)
    return [
        (float(probable[own].mean()), float(right[own].mean()), int(own.sum()))
        for own in (bins == place for place in range(BINS))
        if own.any()
    ]
