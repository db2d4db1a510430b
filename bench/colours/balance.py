"""White balance: what each way of it gives and costs, on renders and on real photos."""

from typing import Final

import numpy as np

from bench.colours.peers import CHOOSING_FROM
from bench.colours.photos import primary
from bench.colours.renders import LIGHTS, render
from bench.colours.scope import Scope, shown
from bench.colours.truth import primary_lab
from shared.colour.cielab import delta_e2000
from shared.colour.naming import Naming
from shared.contracts.results import WhiteBalance
from worker.imaging.colours.balance import balanced, light_gains
from worker.imaging.regions import BACKGROUND, CLOTHES

WAYS: Final[tuple[WhiteBalance, ...]] = ("off", "backdrop", "grey-world")
RENDERS: Final = 360


def table(scope: Scope) -> None:
    """Print errors on renders by light, and how far real photos are moved."""
    errors: dict[tuple[WhiteBalance, str], list[float]] = {}
    for seed in shown(range(CHOOSING_FROM, CHOOSING_FROM + RENDERS), "garments"):
        drawn = render(seed)
        labels = np.where(drawn.mask, CLOTHES, BACKGROUND).astype(np.uint8)
        for way in WAYS:
            found = primary_lab(balanced(drawn.pixels, labels, way), drawn.mask)
            errors.setdefault((way, drawn.light), []).append(float(delta_e2000(found, drawn.truth)))
    print(f"{RENDERS} renders, two in three before a studio's paper. ΔE2000 to the truth.")
    print(f"{'':12}" + "".join(f"{light + ', median':>17}{'p95':>7}" for light in LIGHTS))
    for way in WAYS:
        cells = [errors[way, light] for light in LIGHTS]
        print(
            f"{way:12}" + "".join(f"{np.median(e):17.2f}{np.percentile(e, 95):7.2f}" for e in cells)
        )
    print_photos(scope)


def print_photos(scope: Scope) -> None:
    """How many photos a way touches, and how far it moves their primary colour."""
    photos = scope.photos()
    if photos is None:
        return
    folder, ids = photos
    naming = Naming.load()
    moved: dict[WhiteBalance, list[float]] = {way: [] for way in WAYS[1:]}
    for photo_id in shown(ids, "photos"):
        pixels, labels = folder.photo(photo_id), folder.labels(photo_id)
        before = primary(pixels, labels, naming)
        for way, distances in moved.items():
            if before is None or light_gains(pixels, labels, way) is None:
                continue
            after = primary(balanced(pixels, labels, way), labels, naming)
            if after is not None:
                distances.append(float(delta_e2000(before.lab, after.lab)))
    print(f"\n{len(ids)} photos ({scope.which}): how many are touched, how far the colour moves")
    for way, distances in moved.items():
        middle = f"{np.median(distances):.2f}" if distances else "–"
        print(f"{way:12}{len(distances):6} photos, ΔE2000 {middle} in the median")
