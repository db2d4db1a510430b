"""Real photos: does the primary colour stay when pixels or region are disturbed a little?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast

import cv2
import numpy as np

from bench.colours.scope import Scope, shown
from shared.colour.cielab import delta_e2000
from shared.colour.naming import Naming
from shared.contracts.results import Region, Shade
from worker.imaging.colours.sample import working_picture
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Pixels
from worker.lookbook.light import jpeg_round_trip
from worker.stages.colours import colours

JPEG_QUALITY: Final = 70
BRIGHTNESS: Final = 0.05
NEIGHBOURHOOD: Final = np.ones((5, 5), np.uint8)
# Two shades further apart than this are of two garments; nearer ones only of two families.
ANOTHER: Final = 10.0

Disturbed = tuple[str, Pixels, LabelMap]


@dataclass
class Pairs:
    """A photo's primary colour before and after, for each disturbance."""

    pixels: dict[str, list[tuple[Shade, Shade]]] = field(default_factory=dict)
    region: dict[str, list[tuple[Shade, Shade]]] = field(default_factory=dict)


def table(scope: Scope) -> None:
    """Print how often family and colour stay what they were, on the labelled clothes."""
    photos = scope.photos()
    if photos is None:
        return
    folder, ids = photos
    naming, pairs = Naming.load(), Pairs()
    for photo_id in shown(ids, "photos"):
        pixels, labels = folder.photo(photo_id), folder.labels(photo_id)
        before = primary(pixels, labels, naming)
        if before is None:
            continue
        for heap, disturbances in (
            (pairs.pixels, disturbed_pixels(pixels, labels)),
            (pairs.region, disturbed_regions(pixels, labels)),
        ):
            for name, disturbed, region in disturbances:
                after = primary(disturbed, region, naming)
                if after is not None:
                    heap.setdefault(name, []).append((before, after))
    print(f"{len(ids)} photos ({scope.which}), their labelled clothes. Strict: the same family.")
    print("Clear: the same, of colours that lie between no two families. Abstaining: a colour that")
    print("is named with two families may agree by either.")
    words = ("strict", "clear", "abst.", "another", "median", "p95")
    print(f"{'disturbed by':26}" + "".join(f"{word:>8}" for word in words))
    together = [pair for those in pairs.pixels.values() for pair in those]
    rows = [*pairs.pixels.items(), ("pixels, all of the above", together), *pairs.region.items()]
    for name, those in rows:
        print(row(name, those))


def primary(pixels: Pixels, labels: LabelMap, naming: Naming) -> Shade | None:
    """The first of the clothes' shades; None without clothes."""
    shades = colours(working_picture(pixels, labels), naming)[Region.CLOTHES]
    return shades[0] if shades else None


def disturbed_pixels(pixels: Pixels, labels: LabelMap) -> Iterator[Disturbed]:
    """Name, picture and labels of each disturbance that leaves the region as it is."""
    half = (labels.shape[1] // 2, labels.shape[0] // 2)
    small = cast("Pixels", cv2.resize(pixels, half, interpolation=cv2.INTER_AREA))
    nearby = cast("LabelMap", cv2.resize(labels, half, interpolation=cv2.INTER_NEAREST))
    yield "half the size", small, nearby
    yield f"JPEG {JPEG_QUALITY}", jpeg_round_trip(pixels, JPEG_QUALITY), labels
    for sign, word in ((1, "brighter"), (-1, "darker")):
        yield f"{BRIGHTNESS:.0%} {word}", brightened(pixels, sign), labels
    for sign, word in ((1, "brighter"), (-1, "darker")):
        coded = jpeg_round_trip(brightened(small, sign), JPEG_QUALITY)
        yield f"half, JPEG, {word}", coded, nearby


def disturbed_regions(pixels: Pixels, labels: LabelMap) -> Iterator[Disturbed]:
    """Name, picture and labels of each disturbance of the region's edge."""
    clothes = (labels == CLOTHES).astype(np.uint8)
    less, more = labels.copy(), labels.copy()
    less[(labels == CLOTHES) & (cv2.erode(clothes, NEIGHBOURHOOD) == 0)] = BACKGROUND
    more[(labels == BACKGROUND) & (cv2.dilate(clothes, NEIGHBOURHOOD) > 0)] = CLOTHES
    yield "region: two pixels less", pixels, less
    yield "region: two pixels more", pixels, more


def brightened(pixels: Pixels, sign: int) -> Pixels:
    """The bytes times 1.05 or 0.95: about 11 % of the light."""
    return np.clip(np.rint(pixels * (1 + sign * BRIGHTNESS)), 0, 255).astype(np.uint8)


def agrees(one: Shade, other: Shade) -> bool:
    """Whether two shades share a family, where either may lie between two."""
    return bool(families(one) & families(other))


def families(shade: Shade) -> set[str]:
    """The family, and the second one where the naming abstains."""
    return {family for family in (shade.family, shade.family_second) if family}


def row(name: str, pairs: list[tuple[Shade, Shade]]) -> str:
    """Share of the same family, of another garment's colour; ΔE2000 in the median and at 95 %."""
    before, after = (np.array([pair[i].lab for pair in pairs], np.float32) for i in (0, 1))
    moved = delta_e2000(before, after)
    strict = np.mean([one.family == two.family for one, two in pairs])
    clear = np.mean([one.family == two.family for one, two in pairs if not one.family_second])
    either = np.mean([agrees(one, two) for one, two in pairs])
    return (
        f"{name:26}{strict:8.1%}{clear:8.1%}{either:8.1%}{(moved > ANOTHER).mean():8.1%}"
        f"{np.median(moved):8.2f}{np.percentile(moved, 95):8.2f}"
    )
