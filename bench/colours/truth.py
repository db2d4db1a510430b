"""Truth known: rendered garments, the cloth's own colour against what ours and the peers find."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.colours import peers
from bench.colours.photos import families
from bench.colours.renders import KINDS, LIGHTS, Render, render
from bench.colours.scope import Scope, shown
from shared.cielab import Lab, delta_e2000, rgb_to_lab
from shared.naming import Naming
from worker.imaging.dominant import Dominant, dominant
from worker.imaging.regions import BACKGROUND, CLOTHES, Mask, Pixels
from worker.imaging.sample import working_picture
from worker.stages.colours import shade_of

Floats = npt.NDArray[np.float64]
OURS: Final = "Colourway"
# The renders that are measured have the seeds from 0; those by which each peer's setting is chosen
# start here, and those that ours was developed on lie further on still.
CHOOSING_FROM: Final = 50_000
CHOOSING: Final = 60
CLOSE: Final = 3.0

NOTHING: Final = np.zeros((0, 0, 3), np.uint8)


@dataclass
class Tally:
    """What one program found of each render, CIELAB (N, 3)."""

    labs: list[npt.NDArray[np.float32]] = field(default_factory=list)

    def errors(self, renders: list[Render]) -> Floats:
        """ΔE2000 to the truth."""
        return delta_e2000(np.array(self.labs), np.array([drawn.truth for drawn in renders]))


def table(scope: Scope) -> None:
    """Print errors by kind and light for ours, and by light for the peers."""
    chosen = [best for best, _, _ in choose().values()]
    tallies = {name: Tally() for name in (OURS, *chosen)}
    renders: list[Render] = []
    with peers.running(chosen) as asked:
        for seed in shown(range(scope.renders), "garments"):
            drawn = render(seed)
            tallies[OURS].labs.append(primary_lab(drawn.pixels, drawn.mask))
            for name, found in asked.ask(drawn.pixels, drawn.mask).items():
                tallies[name].labs.append(rgb_to_lab(np.array(found.rgb, np.uint8)))
            renders.append(replace(drawn, pixels=NOTHING, mask=NOTHING.astype(bool)))
    print(f"{len(renders)} rendered garments. Ours, against the cloth's own colour:")
    print_ours(renders, tallies[OURS])
    print("\nAll programs, ΔE2000; each peer at the setting that was best on other renders:")
    print(f"{'':28}" + "".join(f"{light + ', median':>17}{'p95':>7}" for light in LIGHTS))
    for name, tally in tallies.items():
        errors = tally.errors(renders)
        by_light = [errors[[drawn.light == light for drawn in renders]] for light in LIGHTS]
        print(
            f"{name:28}"
            + "".join(f"{np.median(e):17.2f}{np.percentile(e, 95):7.2f}" for e in by_light)
        )


@cache
def choosing() -> list[Render]:
    """The renders, under neutral light, by which each peer's setting is chosen."""
    seeds = range(CHOOSING_FROM, CHOOSING_FROM + CHOOSING * len(LIGHTS))
    return [drawn for drawn in map(render, seeds) if drawn.light == "neutral"]


def our_errors() -> Floats:
    """ΔE2000 of ours on those."""
    return Tally([primary_lab(drawn.pixels, drawn.mask) for drawn in choosing()]).errors(choosing())


@cache
def choose() -> dict[str, tuple[str, float, dict[str, float]]]:
    """Of each peer its best setting under neutral light, its median error, and that of them all."""
    renders = choosing()
    by_peer = peers.settings()
    tallies = {name: Tally() for names in by_peer.values() for name in names}
    with peers.running([]) as asked:
        for drawn in shown(renders, "garments to choose settings by"):
            for name, found in asked.ask(drawn.pixels, drawn.mask).items():
                tallies[name].labs.append(rgb_to_lab(np.array(found.rgb, np.uint8)))
    medians = {name: float(np.median(tally.errors(renders))) for name, tally in tallies.items()}
    best = {peer: min(names, key=medians.__getitem__) for peer, names in by_peer.items()}
    return {
        peer: (best[peer], medians[best[peer]], {name: medians[name] for name in names})
        for peer, names in by_peer.items()
    }


def primary_lab(pixels: Pixels, mask: Mask) -> Lab:
    """Ours: the first of the clothes' colours, CIELAB (3,)."""
    labels = np.where(mask, CLOTHES, BACKGROUND).astype(np.uint8)
    sample = working_picture(pixels, labels, None).sample(CLOTHES)
    return np.array(dominant(sample.rgb, sample.weights)[0].lab, np.float32)


def print_ours(renders: list[Render], tally: Tally) -> None:
    """Within ΔE2000 3, the right family, strictly and abstaining, median and 95 %."""
    naming = Naming.load()
    errors = tally.errors(renders)
    truths = [shade_of(Dominant(to_triple(drawn.truth), 1.0), naming) for drawn in renders]
    shades = [shade_of(Dominant(to_triple(lab), 1.0), naming) for lab in tally.labs]
    strict = np.array([one.family == two.family for one, two in zip(truths, shades, strict=True)])
    clear = np.array([one.family_second is None for one in truths])
    either = np.array(
        [one.family in families(two) for one, two in zip(truths, shades, strict=True)]
    )
    print(
        "Family: the same as the cloth's, strictly. Clear: the same, of cloths that lie between no"
    )
    print(
        "two families. Abstaining: a colour that is named with two families may be right by either."
    )
    words = ("number", "≤ 3", "family", "clear", "abst.", "median", "p95")
    print(f"{'':26}" + "".join(f"{word:>8}" for word in words))
    groups = {
        **{f"{light} light": [drawn.light == light for drawn in renders] for light in LIGHTS},
        **{
            f"neutral light, {kind}": [
                (drawn.light, drawn.kind) == ("neutral", kind) for drawn in renders
            ]
            for kind in KINDS
        },
    }
    for name, chosen in groups.items():
        e, sure = errors[chosen], np.array(chosen) & clear
        right = (strict[chosen].mean(), strict[sure].mean(), either[chosen].mean())
        print(
            f"{name:26}{len(e):8}{(e <= CLOSE).mean():8.1%}"
            + "".join(f"{share:8.1%}" for share in right)
            + f"{np.median(e):8.2f}{np.percentile(e, 95):8.2f}"
        )


def to_triple(lab: Lab) -> tuple[float, float, float]:
    """Three plain numbers."""
    lightness, a, b = (float(value) for value in lab)
    return lightness, a, b
