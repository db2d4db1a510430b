"""Accuracy by group of photos: where the networks are weaker.

Groups are made by the skin tone and the hair colour that were measured in each photo's labelled
regions (:mod:`shared.colour.tones`). Many groups are small, so each figure comes with an
interval
that says how far it may be off by the choice of photos. For IoU it covers 95 of 100 redraws of the
same photos (percentile bootstrap: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
chapter 13); for a share of photos it is the 95 % score interval (Wilson, Journal of the American
Statistical Association 22, 1927).
"""

from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest  # pyright: ignore[reportUnknownVariableType]  # scipy has no stubs

from shared.colour.tones import HAIR_COLOURS, SKIN_TONES
from worker.evaluation.photo_figures import AGREEMENT, RATIOS, PhotoFigures

UNLABELLED: Final = "none labelled"
REDRAWS: Final = 2000
# Of fewer photos, redraws say nothing.
FEWEST: Final = 10

Interval = tuple[float, float]


def group_figures(photos: Sequence[PhotoFigures]) -> dict[str, dict[str, dict[str, Any]]]:
    """Figures of all photos, of each skin tone and of each hair colour that occurs.

    Returns:
        ``{"all": {"all": …}, "skin_tone": {"light": …}, "hair_colour": {"black": …}}``; each group
        has ``photos``, the pooled ``RATIOS`` in 0..1 (None where nothing of it was labelled or
        found), and ``interval_95`` with both ends of each (None where too few photos speak).
    """
    tones = [photo.skin_tone or UNLABELLED for photo in photos]
    hair = [photo.hair_colour or UNLABELLED for photo in photos]
    return {
        "all": _by_name(photos, ["all"] * len(photos), ["all"]),
        "skin_tone": _by_name(photos, tones, [*(name for name, _ in SKIN_TONES), UNLABELLED]),
        "hair_colour": _by_name(photos, hair, [*HAIR_COLOURS, UNLABELLED]),
    }


def _by_name(
    photos: Sequence[PhotoFigures], names: Sequence[str], order: Sequence[str]
) -> dict[str, dict[str, Any]]:
    members = {
        name: [photo for photo, own in zip(photos, names, strict=True) if own == name]
        for name in order
    }
    return {name: _figures(chosen) for name, chosen in members.items() if chosen}


def _figures(photos: Sequence[PhotoFigures]) -> dict[str, Any]:
    parts = np.stack([photo.parts() for photo in photos])
    values = _divide(parts.sum(axis=0))
    return {"photos": len(photos), **_named(values), "interval_95": intervals(parts)}


def intervals(parts: npt.NDArray[np.int64]) -> dict[str, Interval | None]:
    """Both ends of each ratio's interval; the same for the same photos.

    Args:
        parts: int64 (photos, ratios, 2), numerators and denominators.

    Returns:
        One interval a ratio, within 0..1; None where too few photos speak.
    """
    count = len(parts)
    rng = np.random.default_rng(0)
    times = rng.multinomial(count, np.full(count, 1 / count), size=REDRAWS)
    redrawn = _divide(np.tensordot(times, parts, axes=1))
    ends: dict[str, Interval | None] = {}
    for index, name in enumerate(RATIOS):
        drawn = redrawn[:, index]
        speaking = int((parts[:, index, 1] > 0).sum())
        if name == AGREEMENT:
            ends[name] = _wilson(int(parts[:, index, 0].sum()), speaking) if speaking else None
        elif speaking < FEWEST:
            ends[name] = None
        else:
            low, high = np.nanpercentile(drawn, (2.5, 97.5)).tolist()
            ends[name] = (low, high)
    return ends


def _wilson(agreeing: int, of: int) -> Interval:
    """Interval of a share of photos; a redraw of photos that all agree would tell nothing."""
    found = cast("Any", binomtest(agreeing, of).proportion_ci(method="wilson"))
    return float(found.low), float(found.high)


def _divide(parts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Ratios of (..., 2); not a number where the denominator is 0."""
    below = parts[..., 1].astype(np.float64)
    return np.divide(parts[..., 0], below, out=np.full_like(below, np.nan), where=below > 0)


def _named(values: npt.NDArray[np.float64]) -> dict[str, float | None]:
    return {
        name: None if np.isnan(value) else float(value)
        for name, value in zip(RATIOS, values, strict=True)
    }
