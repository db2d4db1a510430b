"""Truth known: rendered garments, the cloth's own colour against what is found."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.colours.photos import families
from bench.colours.renders import KINDS, LIGHTS, Kind, Light, render
from bench.colours.scope import Scope, shown
from shared.colour.cielab import Lab, delta_e2000
from shared.colour.naming import Naming
from shared.contracts.results import Shade
from worker.imaging.colours.dominant import Dominant, dominant
from worker.imaging.colours.sample import working_picture
from worker.imaging.regions import BACKGROUND, CLOTHES, Mask, Pixels
from worker.stages.colours import shades_of

# What counts as the same colour, in ΔE2000.
CLOSE: Final = 3.0


@dataclass(frozen=True)
class Answer:
    """One garment: what it is, its cloth's own colour, and the one found."""

    kind: Kind
    light: Light
    truth: Shade
    found: Shade

    @property
    def error(self) -> float:
        """ΔE2000."""
        return float(delta_e2000(self.found.lab, self.truth.lab))


def table(scope: Scope) -> None:
    """Print errors and families by light, and under neutral light by kind."""
    naming = Naming.load()
    answers: list[Answer] = []
    # The measured seeds begin at 0; extraction was developed on others.
    for seed in shown(range(scope.renders), "garments"):
        drawn = render(seed)
        found = primary_lab(drawn.pixels, drawn.mask)
        answers.append(
            Answer(drawn.kind, drawn.light, _shade(drawn.truth, naming), _shade(found, naming))
        )
    print(f"{len(answers)} rendered garments, against the cloth's own colour. Family: strictly the")
    print("cloth's. Clear: the same, of cloths that lie between no two families. Abstaining: a")
    print("colour that is named with two families may be right by either.")
    words = ("number", "≤ 3", "family", "clear", "abst.", "median", "p95")
    print(f"{'':26}" + "".join(f"{word:>8}" for word in words))
    for light in LIGHTS:
        print(_row(f"{light} light", [answer for answer in answers if answer.light == light]))
    for kind in KINDS:
        these = [one for one in answers if (one.light, one.kind) == ("neutral", kind)]
        print(_row(f"neutral light, {kind}", these))


def primary_lab(pixels: Pixels, mask: Mask) -> Lab:
    """The first of the clothes' colours, CIELAB (3,)."""
    labels = np.where(mask, CLOTHES, BACKGROUND).astype(np.uint8)
    sample = working_picture(pixels, labels).sample(CLOTHES)
    return np.array(dominant(sample.rgb, sample.weights)[0].lab, np.float32)


def _shade(lab: Lab, naming: Naming) -> Shade:
    lightness, a, b = (float(value) for value in lab)
    return shades_of([Dominant((lightness, a, b), 1.0)], naming)[0]


def _row(name: str, answers: list[Answer]) -> str:
    errors: npt.NDArray[np.float64] = np.array([answer.error for answer in answers])
    clear = [answer for answer in answers if answer.truth.family_second is None]
    shares = (
        np.mean(errors <= CLOSE),
        np.mean([answer.truth.family == answer.found.family for answer in answers]),
        np.mean([answer.truth.family == answer.found.family for answer in clear]),
        np.mean([answer.truth.family in families(answer.found) for answer in answers]),
    )
    return (
        f"{name:26}{len(answers):8}"
        + "".join(f"{share:8.1%}" for share in shares)
        + f"{np.median(errors):8.2f}{np.percentile(errors, 95):8.2f}"
    )
