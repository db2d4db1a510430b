"""How steady the primary clothes colour is when the region or the picture is disturbed a little."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from shared.cielab import delta_e2000
from shared.contracts import Region, Shade
from shared.naming import Naming
from worker.imaging.ccp import LabelledFolder
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Pixels
from worker.stages.colours import colours

DATASET = Path("../shared/ccp")
EVERY: Final = 4
JPEG_QUALITY: Final = 70
BRIGHTNESS: Final = 0.05
NEIGHBOURHOOD: Final = np.ones((5, 5), np.uint8)
# Two shades further apart than this are of two garments; nearer ones only of two families.
ANOTHER: Final = 10.0


def main() -> None:
    """Print, for every fourth training photo, how often family and colour stay what they were."""
    if not DATASET.is_dir():
        print(f"Skipped: {DATASET} is missing, the labelled photos of Clothing Co-Parsing.")
        return
    folder = LabelledFolder(DATASET)
    held_out = folder.held_out()
    ids = [photo_id for photo_id in folder.ids() if photo_id not in held_out][::EVERY]
    naming = Naming.load()
    pairs: dict[str, list[tuple[Shade, Shade]]] = {}
    for photo_id in ids:
        pixels, labels = folder.photo(photo_id), folder.labels(photo_id)
        before = primary(pixels, labels, naming)
        if before is None:
            continue
        for name, disturbed, region in disturbances(pixels, labels):
            after = primary(disturbed, region, naming)
            if after is not None:
                pairs.setdefault(name, []).append((before, after))
    print(f"{len(ids)} training photos, their labelled clothes")
    print(f"{'disturbed by':24}{'family':>8}{'another':>9}{'median':>8}{'p95':>7}")
    everything = [pair for those in pairs.values() for pair in those]
    for name, those in [*pairs.items(), ("all of them", everything)]:
        print(row(name, those))


def primary(pixels: Pixels, labels: LabelMap, naming: Naming) -> Shade | None:
    """The first of the clothes' shades; None without clothes."""
    shades = colours(pixels, labels, None, naming)[Region.CLOTHES]
    return shades[0] if shades else None


def disturbances(pixels: Pixels, labels: LabelMap) -> Iterator[tuple[str, Pixels, LabelMap]]:
    """Name, picture and labels of each disturbance."""
    clothes = (labels == CLOTHES).astype(np.uint8)
    less, more = labels.copy(), labels.copy()
    less[(labels == CLOTHES) & (cv2.erode(clothes, NEIGHBOURHOOD) == 0)] = BACKGROUND
    more[(labels == BACKGROUND) & (cv2.dilate(clothes, NEIGHBOURHOOD) > 0)] = CLOTHES
    yield "two pixels less", pixels, less
    yield "two pixels more", pixels, more
    half = (labels.shape[1] // 2, labels.shape[0] // 2)
    small = cv2.resize(pixels, half, interpolation=cv2.INTER_AREA)
    coded = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    again = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB), np.uint8)
    nearby = cv2.resize(labels, half, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    yield f"half size, JPEG {JPEG_QUALITY}", again, nearby
    for sign, name in ((1, "brighter"), (-1, "darker")):
        lit = np.clip(pixels * (1 + sign * BRIGHTNESS), 0, 255).astype(np.uint8)
        yield f"{BRIGHTNESS:.0%} {name}", lit, labels


def row(name: str, pairs: list[tuple[Shade, Shade]]) -> str:
    """Share of the same family, of another garment's colour; ΔE2000 in the median and at 95 %."""
    before, after = (np.array([pair[i].lab for pair in pairs], np.float32) for i in (0, 1))
    moved = delta_e2000(before, after)
    same = np.mean([one.family == two.family for one, two in pairs])
    return (
        f"{name:24}{same:8.1%}{(moved > ANOTHER).mean():9.1%}{np.median(moved):8.2f}"
        f"{np.percentile(moved, 95):7.2f}"
    )


if __name__ == "__main__":
    main()
