"""The likelihood of words that people gave to colours, and its gradient, to be made the most of.

A word may mean several families, and a product has several shades: what is likely is that *some*
shade, by its share, is of *some* family that the word means. A part of the products is measured on
wrong pixels, or named by chance; that part is taken for noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from bench.fitting.samples import Sample
from shared.colour.cielab import Floats, delta_e2000
from shared.colour.families.lattice import Lattice
from shared.colour.families.table import COLOUR_LATTICE, LIGHTING_LATTICE
from shared.colour.naming import Naming

LIGHTINGS: Final = ("person", "packshot")
UNIT: Final = np.array([10.0, 10 / 3, 10 / 3])
"""Points of a lattice so far apart, in percent of OKLab, are held together with a strength of 1."""

Sparse = Any


@dataclass(frozen=True)
class Strengths:
    """How strongly the tables are held to the table of centres, to each other, and to be smooth.

    Attributes:
        temperature: of the centres: a family twice as many ΔE2000 further away is e times rarer.
        smooth: how strongly neighbouring points are held together.
        small: how strongly what is learned is held to nothing.
        kinds: the same for kinds of products.
        lights: the same for lightings, as a multiple of ``smooth`` and ``small``.
        noise: the part of the products whose words say nothing of the colour measured.
        balance: how far rare families are weighed up: 0 is not at all, 1 is all alike.
        survey: what a name of the survey counts, beside 1 for a product.
    """

    temperature: float = 3.0
    smooth: float = 0.1
    small: float = 0.1
    kinds: float = 10.0
    lights: float = 0.5
    noise: float = 0.15
    balance: float = 0.4
    survey: float = 1.0


class Parameters(NamedTuple):
    """What is learned, natural logarithms of factors.

    ``colour`` (P, K) beside the centres', ``lighting`` (2, Q, K) and ``kind`` (kinds, K).
    """

    colour: Floats
    lighting: Floats
    kind: Floats


@dataclass
class Likelihood:
    """The objective for some samples; ``families`` and ``kinds`` give the order of the tables."""

    samples: Sequence[Sample]
    naming: Naming
    kinds: tuple[str, ...]
    strengths: Strengths
    _smooth: dict[int, Sparse] = field(default_factory=dict[int, Sparse])

    def __post_init__(self) -> None:
        families = self.naming.families
        self.own = np.repeat(np.arange(len(self.samples)), [len(s.shares) for s in self.samples])
        labs = np.concatenate([sample.labs for sample in self.samples])
        self.share = np.concatenate([sample.shares for sample in self.samples])
        self.meant = np.array([[f in s.families for f in families] for s in self.samples], float)
        shown = [sample.shown for sample in self.samples]
        self.is_shop = np.array([each.lighting is not None for each in shown])
        self.colours = _matrix(COLOUR_LATTICE, labs)
        lit = _matrix(LIGHTING_LATTICE, labs)
        is_light = [np.array([s.lighting == each for s in shown])[self.own] for each in LIGHTINGS]
        self.lit = [diags(each.astype(float)) @ lit for each in is_light]
        of_kind = np.array([[s.kind == each for each in self.kinds] for s in shown], float)
        self.of_kind = of_kind.reshape(len(shown), -1)[self.own]
        self.weights = self._weights()
        usual = (self.meant / self.meant.sum(1, keepdims=True)).T @ self.weights
        self.by_chance = self.meant @ (usual / usual.sum())
        self.before = centres_log_odds(self.naming, self.strengths.temperature)
        self.pulls = [_pull(each, self.strengths) for each in (COLOUR_LATTICE, LIGHTING_LATTICE)]

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the parameters."""
        families = len(self.naming.families)
        return (
            (COLOUR_LATTICE.size, families),
            (len(LIGHTINGS), LIGHTING_LATTICE.size, families),
            (len(self.kinds), families),
        )

    def unpack(self, flat: Floats) -> Parameters:
        """Cut one long vector into the parameters."""
        sizes = [int(np.prod(shape)) for shape in self.shapes]
        parts = np.split(flat, np.cumsum(sizes)[:-1])
        return Parameters(*(p.reshape(s) for p, s in zip(parts, self.shapes, strict=True)))

    def __call__(self, flat: Floats) -> tuple[float, Floats]:
        """Return what is to be made small, and its gradient."""
        learned = self.unpack(flat)
        odds = self.colours @ (self.before + learned.colour) + self.of_kind @ learned.kind
        for lit, factors in zip(self.lit, learned.lighting, strict=True):
            odds = odds + lit @ factors
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        probable = odds / odds.sum(axis=1, keepdims=True)
        meant = self.meant[self.own]
        of_shade = (probable * meant).sum(axis=1)
        right = np.bincount(self.own, self.share * of_shade, len(self.samples))
        noise = self.strengths.noise * self.is_shop + 0.02
        likely = (1 - noise) * right + noise * self.by_chance
        slope = ((1 - noise) * self.weights / likely)[self.own] * self.share
        by_odds = -slope[:, None] * probable * (meant - of_shade[:, None])
        cost = -float(self.weights @ np.log(likely))
        gradients = [self.colours.T @ by_odds, *(lit.T @ by_odds for lit in self.lit)]
        for place, factors in enumerate((learned.colour, *learned.lighting)):
            pull = self.pulls[min(place, 1)] @ factors
            pull = pull * (self.strengths.lights if place else 1)
            cost += float((factors * pull).sum()) / 2
            gradients[place] = gradients[place] + pull
        cost += self.strengths.kinds * float((learned.kind**2).sum()) / 2
        gradients.append(self.of_kind.T @ by_odds + self.strengths.kinds * learned.kind)
        return cost, np.concatenate([np.asarray(each).ravel() for each in gradients])

    def _weights(self) -> Floats:
        """What each sample counts: rare families more than they are frequent."""
        spread = self.meant / self.meant.sum(1, keepdims=True)
        shop = self.is_shop.astype(float)
        frequency = np.maximum(shop @ spread / max(shop.sum(), 1), 0.004)
        weights = spread @ (1 / len(frequency) / frequency) ** self.strengths.balance
        weights *= shop.sum() / max(float(weights @ shop), 1e-9)
        return np.where(self.is_shop, weights, self.strengths.survey)


def centres_log_odds(naming: Naming, temperature: float) -> Floats:
    """What the table of centres alone says at the points of the lattice, (P, K)."""
    of_family = np.array([naming.families.index(row.family) for row in naming.rows])
    apart = np.concatenate(
        [delta_e2000(some[:, None], naming.centres) for some in np.split(COLOUR_LATTICE.labs, 14)]
    )
    nearest = [apart[:, of_family == place].min(axis=1) for place in range(len(naming.families))]
    return -np.stack(nearest, axis=1) / temperature


def _matrix(lattice: Lattice, labs: Floats) -> Sparse:
    numbers, weights = lattice.around(labs)
    rows = np.repeat(np.arange(len(labs)), numbers.shape[1])
    return csr_matrix((weights.ravel(), (rows, numbers.ravel())), (len(labs), lattice.size))


def _pull(lattice: Lattice, strengths: Strengths) -> Sparse:
    """The matrix that pulls points to their neighbours, the near ones more, and to nothing."""
    one, other = lattice.neighbours()
    apart = np.linalg.norm((lattice.oklabs[one] - lattice.oklabs[other]) / UNIT, axis=1)
    strength = np.clip(1 / np.maximum(apart, 1e-6), 0.1, 10.0)
    edges: npt.NDArray[np.intp] = np.arange(len(one))
    ends = csr_matrix(
        (
            np.concatenate([np.ones(len(one)), -np.ones(len(one))]),
            (np.tile(edges, 2), np.concatenate([one, other])),
        ),
        (len(one), lattice.size),
    )
    smooth = cast("Sparse", ends.T @ diags(strength) @ ends)
    return (strengths.smooth * smooth + strengths.small * diags(np.ones(lattice.size))).tocsr()
