"""The families as a picture, over hue and lightness, and how far any colour is from its name.

usage: python -m bench.naming.families [PICTURE]

The picture is docs/images/families.png unless another is named; a folder that is not there is no
error, for then only the figures are printed.
"""

import sys
from pathlib import Path
from typing import Any, Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import delta_e2000, lab_to_rgb, rgb_to_lab
from shared.colour.naming import Naming

PICTURE: Final = Path("docs/images/families.png")
CHROMAS: Final = (10, 25, 45, 70)
HUES: Final = np.arange(0, 360, 0.75)
LIGHTNESSES: Final = np.arange(100, -0.25, -0.5)
CUBE_STEP: Final = 8

PAPER: Final = 250
INK: Final = (40, 40, 40)
MARGIN: Final = 34
FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
LEAST_AREA: Final = 350
"""A part of a family of fewer pixels has no label on it."""

Picture = npt.NDArray[np.uint8]


def main(path: Path) -> None:
    """Print the figures, and draw the picture."""
    naming = Naming.load()
    print_gaps(naming)
    if path.parent.is_dir():
        panels = [panel(naming, chroma) for chroma in CHROMAS]
        picture = np.vstack([np.hstack(panels[:2]), np.hstack(panels[2:])])
        # 64 colours a channel are enough to the eye, and pack better.
        cv2.imwrite(str(path), (picture & 0xFC)[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
        print(f"{path}: {path.stat().st_size / 1000:.0f} KB")


def print_gaps(naming: Naming) -> None:
    """Print how far the colours of sRGB are from the centres of their names, and each family."""
    channel = np.arange(0, 256, CUBE_STEP, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(channel, channel, channel, indexing="ij"), axis=-1).reshape(-1, 3)
    labs = rgb_to_lab(rgb).astype(np.float64)
    named = naming.name_many(labs)
    first = {row.name: place for place, row in reversed(list(enumerate(naming.rows)))}
    centres = naming.centres[[first[each.name] for each in named]]
    distance = delta_e2000(labs, centres)
    middle, most = np.percentile(distance, (50, 99))
    print(f"{len(naming.rows)} names of {len(naming.families)} families")
    print(f"{len(rgb):,} colours of sRGB are, by ΔE2000, from the centre of their name")
    print(f"{middle:.1f} in the median, {most:.1f} at 99 %, and {distance.max():.1f} at most")
    between = np.mean([each.family_second is not None for each in named])
    print(f"between two families: {between:.1%}")
    for family in naming.families:
        share = np.mean([each.family == family for each in named])
        names = sum(row.family == family for row in naming.rows)
        print(f"  {family:10} {names:3} names {share:7.2%}")


def panel(naming: Naming, chroma: int) -> Picture:
    """Draw the families at one chroma: hue from left to right, lightness from the bottom up."""
    lightness, hue = np.meshgrid(LIGHTNESSES, np.radians(HUES), indexing="ij")
    labs = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1)
    rgb = lab_to_rgb(labs)
    seen = np.abs(rgb_to_lab(rgb) - labs).max(axis=-1) < 2.0  # what sRGB can show
    number = {family: place for place, family in enumerate(naming.families)}
    named = naming.name_many(labs.reshape(-1, 3))
    family = np.array([number[each.family] for each in named]).reshape(seen.shape)
    family[~seen] = -1
    rgb[~seen] = PAPER
    edge = np.zeros(seen.shape, np.bool_)
    edge[:, 1:] |= family[:, 1:] != family[:, :-1]
    edge[1:] |= family[1:] != family[:-1]
    rgb[edge & seen] = np.where(lightness[edge & seen, None] > 50, 0, 255)
    for name, place in number.items():
        _label(rgb, (family == place).astype(np.uint8), name, lightness)
    framed = np.full((rgb.shape[0] + 2 * MARGIN, rgb.shape[1] + MARGIN, 3), PAPER, np.uint8)
    framed[MARGIN:-MARGIN, MARGIN // 2 : MARGIN // 2 + rgb.shape[1]] = rgb
    title = f"chroma {chroma}: hue 0 to 360 across, lightness 0 to 100 up"
    cv2.putText(framed, title, (MARGIN // 2, MARGIN - 10), FONT, 0.45, INK, 1, cv2.LINE_AA)
    return framed


def _label(rgb: Picture, mask: Picture, name: str, lightness: npt.NDArray[Any]) -> None:
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    for part in range(1, count):
        if stats[part, cv2.CC_STAT_AREA] < LEAST_AREA:
            continue
        # Where most room is: the point that is furthest from the part's edge.
        whole = (parts == part).astype(np.uint8)
        room = cast("npt.NDArray[Any]", cv2.distanceTransform(whole, cv2.DIST_L2, 3))
        y, x = np.unravel_index(int(room.argmax()), room.shape)
        (width, height), _ = cv2.getTextSize(name, FONT, 0.4, 1)
        at = (max(0, int(x) - width // 2), int(y) + height // 2)
        ink = (0, 0, 0) if lightness[y, x] > 50 else (255, 255, 255)
        cv2.putText(rgb, name, at, FONT, 0.4, ink, 1, cv2.LINE_AA)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
