"""Features: what of a piece tells its pattern, as numbers that have names."""

from typing import Final, NamedTuple, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import delta_e2000
from worker.imaging.patterns.cloth_patch import ClothPatch, Field
from worker.imaging.patterns.colour_layout import ColourLayout
from worker.imaging.patterns.motifs import motifs_of
from worker.imaging.patterns.waves import edges_of, repeats_of
from worker.imaging.regions import Mask

Features = dict[str, float]

BLURS: Final = (1.0, 2.0, 4.0, 8.0)
"""Widths in pixels of the patch between which detail is measured, from fine to coarse."""

STEEP: Final = 6.0
"""An edge of at least so many percent a pixel is seen at once."""


class MainPlane(NamedTuple):
    """The direction in lightness and colour in which a cloth varies most.

    ``plane`` is float32 (h, w), and ``spread`` tells how far it varies: the logarithm of 1 +
    percent. ``features`` are numbers by name.
    """

    plane: Field
    spread: float
    features: Features


def features_of(patch: ClothPatch, layout: ColourLayout, varied: MainPlane) -> Features:
    """Measure a piece.

    Args:
        patch: its pixels.
        layout: its colours and where they lie.
        varied: its main plane.

    Returns:
        Numbers by name, in an order that is always the same; all are finite.
    """
    inside, detail = patch.inside, patch.detail
    main, found = varied.plane, varied.features | _bands(detail, inside)
    edges = edges_of(detail, inside)
    strength = edges.strength[inside]
    percents = (50, 80, 95)
    *_, sharp = heights = np.percentile(strength, percents).tolist()
    found |= {f"edge_{p}": _log(height) for p, height in zip(percents, heights, strict=True)}
    found["edge_steep"] = float((strength > STEEP).mean())
    found["edge_sharp"] = sharp / (float(main[inside].std()) + 2)
    found["edge_one_way"], found["edge_two_ways"] = edges.along_one, edges.along_two
    found["edge_one_way_here"], found["edge_two_ways_here"] = edges.here_one, edges.here_two
    found["edge_upright"] = edges.upright * edges.along_one
    repeats = repeats_of(main, inside, edges.turn)
    found |= {f"repeat_{name}": value for name, value in repeats._asdict().items()}
    found["repeat_pitch"] = _log(repeats.pitch)
    motifs = motifs_of(main, detail, inside)
    found |= {f"motif_{name}": value for name, value in motifs._asdict().items()}
    for name in ("lightness", "colour", "islands", "size", "slim"):
        found[f"motif_{name}"] = _log(found[f"motif_{name}"])
    found |= _of_layout(layout, strength=edges.strength)
    return found | _of_colours(patch)


def _log(value: float) -> float:
    return float(np.log1p(max(value, 0.0)))


def main_plane_of(patch: ClothPatch) -> MainPlane:
    """Find the main plane of a piece."""
    inside, detail = patch.inside, patch.detail
    values = detail[inside].astype(np.float64)
    spread, ways = np.linalg.eigh(np.cov(values.T) + 1e-6 * np.eye(3))
    main = cast("Field", cv2.transform(detail, ways[:, -1:].T.astype(np.float32)))
    along = main[inside]
    off = along - along.mean()
    square = off * off  # NumPy's power takes many times as long
    deviation = float(off.std()) + 1e-6
    varies = _log(float(spread[-1]) ** 0.5)
    return MainPlane(
        main,
        varies,
        {
            "spread_main": varies,
            "spread_second": _log(float(spread[-2]) ** 0.5),
            "spread_in_one": float(spread[-1] / spread.sum()),
            "spread_colourful": float(1 - ways[0, -1] ** 2),
            "skew": abs(float((square * off).mean())) / deviation**3,
            "peaked": _log(float((square * square).mean()) / deviation**4),
        },
    )


def _bands(detail: Field, inside: Mask) -> Features:
    """How strong detail is from fine to coarse, of lightness and of colour."""
    found: Features = {}
    finer = detail
    for blur in BLURS:
        coarser = cast("Field", cv2.GaussianBlur(finer, (0, 0), blur * 0.87))
        band = cv2.subtract(finer, coarser)
        power = cv2.mean(cv2.multiply(band, band), inside.view(np.uint8))
        found[f"lightness_{blur:.0f}"] = _log(float(power[0]) ** 0.5)
        found[f"colour_{blur:.0f}"] = _log(float(power[1] + power[2]) ** 0.5)
        finer = coarser
    return found


def _of_layout(layout: ColourLayout, strength: Field) -> Features:
    shares = sorted(layout.shares, reverse=True)
    second = shares[1] if len(shares) > 1 else 0.0
    heads = np.array([colour[0].lab for colour in layout.colours], np.float32)
    apart = turned = connected = border = 0.0
    if len(heads) > 1:
        order = np.argsort(layout.shares)[::-1][:2]
        one, other = heads[order[0]], heads[order[1]]
        apart = float(delta_e2000(one, other))
        turned = float(np.hypot(*(one - other)[1:]))
        connected = layout.largest[int(order[1])]
        border = _border_strength(layout.numbers, strength)
    return {
        "colours": float(sum(share >= 0.1 for share in shares)),
        "colour_second": second,
        "colour_third": shares[2] if len(shares) > 2 else 0.0,
        "colour_apart": _log(apart * min(1.0, 10 * second)),
        "colour_turned": _log(turned * min(1.0, 10 * second)),
        "colour_connected": connected,
        "colour_block": connected * min(second, 0.3) * max(0.0, 1 - 8 * layout.borders),
        "colour_borders": layout.borders,
        "colour_border_edge": _log(border),
    }


def _border_strength(numbers: npt.NDArray[np.int8], strength: Field) -> float:
    """The median edge where two colours meet: low where a shadow parts them."""
    met = np.zeros(numbers.shape, np.bool_)
    met[1:] |= (numbers[1:] != numbers[:-1]) & (numbers[1:] >= 0) & (numbers[:-1] >= 0)
    met[:, 1:] |= (
        (numbers[:, 1:] != numbers[:, :-1]) & (numbers[:, 1:] >= 0) & (numbers[:, :-1] >= 0)
    )
    at = strength[met]
    return float(np.median(at)) if at.size else 0.0


def _of_colours(patch: ClothPatch) -> Features:
    lightness, a, b = (plane[patch.inside] for plane in cv2.split(patch.lab))
    chroma = np.sqrt(a * a + b * b)
    hue = np.degrees(np.arctan2(b, a)) % 360
    vivid = chroma > 14
    sizes = np.bincount((hue[vivid] / 30).astype(np.intp) % 12, minlength=12) / len(hue)
    rest = 1 - sizes.sum()
    parts = np.array([*sizes, rest])
    parts = parts[parts > 0]
    tan = (chroma > 8) & (chroma < 45) & (hue > 45) & (hue < 95) & (lightness > 30)
    return {
        "hues": float(-(parts * np.log(parts)).sum()),
        "tan": float(tan.mean()),
        "dark": float((lightness < 25).mean()),
        "light": float((lightness > 75).mean()),
        "chroma": _log(float(chroma.mean())),
        "lightness": float(lightness.mean()) / 100,
    }
