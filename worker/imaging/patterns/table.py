"""The table of patterns: what each feature says for and against each pattern, as readable numbers.

``weights.csv`` has one row a feature: its mean and spread over the cloths that it was learned from,
and its weight for every pattern. A pattern's score is the sum of weight times (value - mean) /
spread, plus the row ``always``; probabilities follow from scores as in any logistic regression.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from shared.contracts.results import Pattern

Floats = npt.NDArray[np.float64]

WEIGHTS_FILE: Final = Path(__file__).with_name("weights.csv")
ALWAYS: Final = "always"
"""The row that counts whatever the features are."""

FAR: Final = 3.0
"""A feature further from its mean than so many spreads says no more."""

KINDS: Final = (Pattern.PLAIN, *(each for each in Pattern if each.is_woven_or_printed))
"""What the table tells apart, in the order of its columns."""


@dataclass(frozen=True)
class PatternTable:
    """Features by name with mean and spread, (N,), and weights (N + 1, patterns); last: always."""

    features: tuple[str, ...]
    mean: Floats
    spread: Floats
    weights: Floats

    @classmethod
    @cache
    def load(cls, path: Path = WEIGHTS_FILE) -> Self:
        """Read the table.

        Raises:
            ValueError: it lacks a pattern, or the row ``always``.
        """
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows or rows[-1]["feature"] != ALWAYS or not {*KINDS} <= {*rows[0]}:
            raise ValueError(f"{path}: needs a column for each pattern, and {ALWAYS} as last row")
        weights = np.array([[float(row[kind]) for kind in KINDS] for row in rows])
        of_features = rows[:-1]
        mean, spread = (
            np.array([float(row[name]) for row in of_features]) for name in ("mean", "spread")
        )
        return cls(tuple(row["feature"] for row in of_features), mean, spread, weights)

    def inputs(self, many: Floats) -> Floats:
        """Features (M, N) in units of their spread, a last column of ones beside them."""
        scaled = np.clip((many - self.mean) / self.spread, -FAR, FAR)
        return np.column_stack([scaled, np.ones(len(many))])

    def probabilities(self, many: Floats) -> Floats:
        """How probable each pattern is, (M, patterns), of features (M, N)."""
        scores = self.inputs(many) @ self.weights
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def __call__(self, features: Mapping[str, float]) -> dict[Pattern, float]:
        """How probable each pattern is.

        Raises:
            KeyError: a feature of the table is missing.
        """
        row = np.array([[features[name] for name in self.features]])
        return dict(zip(KINDS, map(float, self.probabilities(row)[0]), strict=True))


SURE: Final = 0.8
"""So probable must patterns together be: a false one costs a shop more than a missed one."""


def decided(probabilities: Mapping[Pattern, float], sure: float = SURE) -> Pattern:
    """Plain unless it is sure enough that there is a pattern; then the most probable one."""
    if 1 - probabilities[Pattern.PLAIN] < sure:
        return Pattern.PLAIN
    others = {kind: value for kind, value in probabilities.items() if kind is not Pattern.PLAIN}
    return max(others, key=others.__getitem__)
