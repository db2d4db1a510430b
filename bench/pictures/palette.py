"""How wide the margins of the palette's HSV ranges are, beside palettes that were considered."""

from collections.abc import Iterable
from itertools import combinations
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.palette import PALETTE, THRESHOLDS, HsvRange, threshold
from worker.imaging.regions import LABEL_NAMES

Paint = tuple[int, int, int]

PRIMARIES: Final[tuple[Paint, ...]] = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
CONSIDERED: Final[dict[str, tuple[Paint, ...]]] = {
    "black, red, green, blue": ((0, 0, 0), *PRIMARIES),
    "white, red, green, blue": ((255, 255, 255), *PRIMARIES),
    "grey, red, green, blue": ((128, 128, 128), *PRIMARIES),
    "black, yellow, cyan, magenta": ((0, 0, 0), (255, 255, 0), (0, 255, 255), (255, 0, 255)),
    "black, red, yellow, blue": ((0, 0, 0), (255, 0, 0), (255, 255, 0), (0, 0, 255)),
    "black, white, red, blue": ((0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 0, 255)),
}
HUES: Final = 180
STEPS: Final = 1001
WIDTHS: Final = (5, 6, 7, 6, 10, 12)


def main() -> None:
    """Print both tables."""
    print("To the nearest border of a paint's own range (hue 0..179, saturation and value 0..255),")
    print("to the nearest range of another hue, and the share of the paint in a mixture, down to")
    print("which it is still read: with black, and with another primary.")
    print(f"{'':12}{'hue':>5}{'sat.':>6}{'value':>7}{'next':>6}{'in black':>10}{'in primary':>12}")
    for label, name in enumerate(LABEL_NAMES):
        cells = zip(row(label), WIDTHS, strict=True)
        print(f"{name:12}" + "".join(f"{cell:>{width}}" for cell, width in cells))
    print("\nSmallest distance of two hues, and of two paints in RGB; and how many of the even")
    print("mixtures of two paints, and of all their mixtures, are nearest to a third.")
    for name, paints in CONSIDERED.items():
        even, mixed = third_paints(paints)
        hue, rgb = smallest_hue_distance(paints), smallest_rgb_distance(paints)
        print(f"{name:30}{hue:>6}{rgb:>6.0f}{even:>8.0%}{mixed:>8.1%}")


def row(label: int) -> list[str]:
    """The cells of one paint; ``–`` where a range has no border, or a paint no such rival."""
    hue, saturation, value = hsv(PALETTE[label])
    own = THRESHOLDS[label]
    if label == 0:
        return ["–", "–", str(own[0].high[2] - value), "–", "–", f"{least_share(0, 1):.2f}"]
    primaries = [other for other in range(1, 4) if other != label]
    inner = [edge for edge in borders(own) if edge not in (0, HUES - 1)]
    outer = [edge for other in primaries for edge in borders(THRESHOLDS[other])]
    return [
        str(nearest(hue, inner)),
        str(saturation - max(each.low[1] for each in own)),
        str(value - max(each.low[2] for each in own)),
        str(nearest(hue, outer)),
        f"{least_share(label, 0):.2f}",
        f"{max(least_share(label, other) for other in primaries):.2f}",
    ]


def borders(ranges: Iterable[HsvRange]) -> list[int]:
    """Both hues at which each range ends."""
    return [edge for each in ranges for edge in (each.low[0], each.high[0])]


def nearest(hue: int, edges: Iterable[int]) -> int:
    """Distance of a hue to the nearest of some."""
    return min(around(hue, edge) for edge in edges)


def around(one: int, other: int) -> int:
    """Distance of two hues on their circle."""
    apart = abs(one - other) % HUES
    return min(apart, HUES - apart)


def hsv(paint: Paint) -> tuple[int, int, int]:
    """A paint in OpenCV's units."""
    hue, saturation, value = cv2.cvtColor(np.array([[paint]], np.uint8), cv2.COLOR_RGB2HSV)[0, 0]
    return int(hue), int(saturation), int(value)


def mixtures(one: Paint, other: Paint) -> npt.NDArray[np.float64]:
    """From the other paint to the one in even steps, (STEPS, 3)."""
    share = np.linspace(0, 1, STEPS)[:, None]
    return share * np.array(one) + (1 - share) * np.array(other)


def least_share(label: int, other: int) -> float:
    """The smallest share of a paint in a mixture with another that the thresholds read as it."""
    mixed = np.rint(mixtures(PALETTE[label], PALETTE[other])).astype(np.uint8)
    read = threshold(mixed[None])[0] == label
    return float(np.flatnonzero(read)[0]) / (STEPS - 1)


def smallest_hue_distance(paints: tuple[Paint, ...]) -> int:
    """Between any two paints that have a hue."""
    hues = [hsv(paint)[0] for paint in paints if hsv(paint)[1]]
    return min(around(one, other) for one, other in combinations(hues, 2))


def smallest_rgb_distance(paints: tuple[Paint, ...]) -> float:
    """Between any two paints."""
    return min(float(np.linalg.norm(np.subtract(*pair))) for pair in combinations(paints, 2))


def third_paints(paints: tuple[Paint, ...]) -> tuple[float, float]:
    """Of the pairs' even mixtures, and of all their mixtures, the share nearest to a third."""
    even: list[bool] = []
    mixed: list[float] = []
    for one, other in combinations(range(len(paints)), 2):
        colours = mixtures(paints[one], paints[other])
        squares = np.square(colours[:, None] - np.array(paints)[None]).sum(axis=2)
        own = np.minimum(squares[:, one], squares[:, other])
        squares[:, [one, other]] = np.inf
        third = squares.min(axis=1) < own
        even.append(bool(third[STEPS // 2]))
        mixed.append(float(third.mean()))
    return float(np.mean(even)), float(np.mean(mixed))


if __name__ == "__main__":
    main()
