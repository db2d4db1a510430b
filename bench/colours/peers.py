"""Beside others: the same rendered garments, ours and other extractors at their best settings."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.colours import peer_process
from bench.colours.renders import LIGHTS, Render, render
from bench.colours.scope import Scope, shown
from bench.colours.truth import primary_lab
from shared.colour.cielab import delta_e2000, rgb_to_lab

Errors = list[float]

OURS: Final = "Colourway"
# Settings are chosen on renders of their own, under neutral light.
CHOOSING_FROM: Final = 50_000
CHOOSING: Final = 60


def table(scope: Scope) -> None:
    """Print median and 95th percentile of the error by light."""
    chosen = list(best_settings().values())
    errors: dict[str, dict[str, Errors]] = {
        name: {light: [] for light in LIGHTS} for name in (OURS, *chosen)
    }
    with peer_process.running(chosen) as asked:
        for seed in shown(range(scope.renders), "garments"):
            drawn = render(seed)
            errors[OURS][drawn.light].append(our_error(drawn))
            for name, found in asked.ask(drawn.pixels, drawn.mask).items():
                errors[name][drawn.light].append(_error(found.rgb, drawn))
    print(f"{scope.renders} rendered garments, ΔE2000 to the cloth's own colour; each peer at the")
    print(f"setting with the least median error on {CHOOSING} others under neutral light.")
    print(f"{'':32}" + "".join(f"{light + ', median':>17}{'p95':>7}" for light in LIGHTS))
    for name, by_light in errors.items():
        cells = [by_light[light] for light in LIGHTS]
        print(
            f"{name:32}"
            + "".join(f"{np.median(e):17.2f}{np.percentile(e, 95):7.2f}" for e in cells)
        )


def best_settings() -> dict[str, str]:
    """Of each peer the setting with the least median error."""
    medians = setting_errors()
    return {
        peer: min(names, key=medians.__getitem__) for peer, names in peer_process.settings().items()
    }


@cache
def setting_errors() -> dict[str, float]:
    """Median errors of all settings, and of ours, on the renders by which settings are chosen."""
    errors: dict[str, Errors] = {}
    with peer_process.running([]) as asked:
        for drawn in shown(_choosing(), "garments to choose settings by"):
            errors.setdefault(OURS, []).append(our_error(drawn))
            for name, found in asked.ask(drawn.pixels, drawn.mask).items():
                errors.setdefault(name, []).append(_error(found.rgb, drawn))
    return {name: float(np.median(those)) for name, those in errors.items()}


def our_error(drawn: Render) -> float:
    """ΔE2000 of ours to the truth."""
    return float(delta_e2000(primary_lab(drawn.pixels, drawn.mask), drawn.truth))


def _error(rgb: tuple[int, int, int], drawn: Render) -> float:
    colour: npt.NDArray[np.uint8] = np.array(rgb, np.uint8)
    return float(delta_e2000(rgb_to_lab(colour), drawn.truth))


def _choosing() -> list[Render]:
    seeds = range(CHOOSING_FROM, CHOOSING_FROM + CHOOSING * len(LIGHTS))
    return [drawn for drawn in map(render, seeds) if drawn.light == "neutral"]
