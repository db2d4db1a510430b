"""Proportions: so many of so many, and how sure one can be of the part that they are."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

Z_95: Final = NormalDist().inv_cdf(0.975)
"""How many standard deviations lie on either side of the middle of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """``hits`` of ``of``; without any there is neither a value nor an interval."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The part, 0..1."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends of the 95 % score interval, within 0..1.

        Source: Wilson, Journal of the American Statistical Association 22 (1927), p. 209.
        """
        if not self.of:
            return None
        part, doubt = self.hits / self.of, Z_95**2 / self.of
        middle = (part + doubt / 2) / (1 + doubt)
        half = sqrt(doubt * part * (1 - part) + doubt**2 / 4) / (1 + doubt)
        # Rounding would move the ends that are exactly 0 or 1 out of the range.
        low = 0.0 if self.hits == 0 else middle - half
        high = 1.0 if self.hits == self.of else middle + half
        return low, high

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values, rounded to 4 digits."""
        ends = self.interval
        return {
            "hits": self.hits,
            "of": self.of,
            "share": None if self.value is None else round(self.value, 4),
            "interval_95": None if ends is None else [round(end, 4) for end in ends],
        }
