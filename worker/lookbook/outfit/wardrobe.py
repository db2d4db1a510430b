"""Wardrobe: who wears what – natural skin and hair tones, retail colours, whole outfits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np

from worker.lookbook.cloth import Cloth, Print, Rgb, Weave
from worker.lookbook.tiles import PrintKind

Upper = Literal["tee", "shirt", "jumper", "tank", "polo"]
Lower = Literal["trousers", "jeans", "shorts", "skirt", "leggings"]
Outer = Literal["coat", "blazer", "cardigan", "jacket"]
Shoe = Literal["trainers", "boots", "pumps", "loafers", "sandals"]
Hat = Literal["beanie", "brimmed", "cap"]
Drawn = TypeVar("Drawn")
HairStyle = Literal["bald", "short", "long", "bob", "bun", "over_coat", "fringe", "curly", "tail"]

SKINS: tuple[Rgb, ...] = (
    (246, 222, 205), (240, 206, 184), (232, 192, 166), (222, 176, 146), (208, 158, 124),
    (190, 137, 103), (168, 115, 82), (142, 94, 66), (116, 75, 54), (90, 58, 44), (70, 46, 37),
)  # fmt: skip
"""Skin from the palest to the darkest, as it looks in even light."""

HAIRS: tuple[Rgb, ...] = (
    (26, 22, 22), (38, 29, 26), (54, 38, 30), (74, 50, 36), (98, 66, 44), (122, 84, 54),
    (110, 54, 34), (150, 74, 40), (172, 132, 84), (200, 164, 112), (222, 196, 152),
    (150, 148, 146), (204, 202, 198),
)  # fmt: skip
"""Hair: blacks, browns, auburn, red, blonds, grey and white."""

DYED: tuple[Rgb, ...] = ((196, 92, 142), (66, 108, 150), (120, 74, 140), (70, 128, 116))
"""Hair colours from a bottle, rare."""

SHADES: tuple[tuple[Rgb, float], ...] = (
    ((28, 28, 30), 9), ((52, 53, 56), 4), ((98, 100, 104), 4), ((150, 152, 155), 3),
    ((196, 198, 199), 2), ((238, 237, 233), 7), ((246, 240, 224), 3),
    ((214, 194, 160), 4), ((190, 160, 120), 3), ((146, 106, 70), 3), ((96, 64, 44), 3),
    ((70, 46, 36), 2), ((26, 34, 62), 7), ((34, 58, 110), 4), ((52, 92, 162), 4),
    ((108, 152, 204), 3), ((170, 200, 226), 2), ((30, 96, 108), 2), ((60, 158, 160), 2),
    ((38, 74, 54), 3), ((72, 128, 76), 2), ((122, 128, 74), 3), ((86, 88, 52), 2),
    ((150, 196, 158), 1), ((176, 32, 40), 5), ((120, 24, 38), 3), ((214, 60, 56), 2),
    ((222, 112, 48), 2), ((236, 148, 108), 1), ((232, 186, 62), 3), ((246, 222, 132), 1),
    ((226, 142, 164), 3), ((242, 200, 206), 2), ((204, 48, 112), 2), ((104, 56, 122), 2),
    ((170, 148, 200), 1), ((72, 36, 74), 1),
)  # fmt: skip
"""Retail colours of cloth with how common they are."""

LENSES: Final[tuple[Rgb, ...]] = ((18, 17, 18), (46, 32, 26), (36, 42, 50))
"""Sunglasses."""


@dataclass(frozen=True, slots=True)
class Outfit:
    """What one person wears; None and empty where a thing is missing."""

    upper: tuple[Upper, Cloth] | None
    lower: tuple[Lower, Cloth] | None
    dress: Cloth | None
    outer: tuple[Outer, Cloth] | None
    shoes: tuple[Shoe, Cloth]
    bag: Cloth | None
    scarf: Cloth | None
    hat: tuple[Hat, Cloth] | None
    glasses: Rgb | None
    tights: Cloth | None
    belt: Cloth | None


def near(rgb: Rgb, rng: np.random.Generator, spread: float = 5.0) -> Rgb:
    """The colour, moved a little so that no two pictures share it exactly."""
    moved = np.clip(np.array(rgb) + rng.normal(0, spread, 3) + rng.normal(0, spread), 12, 248)
    return (int(moved[0]), int(moved[1]), int(moved[2]))


def skin_tone(rng: np.random.Generator) -> Cloth:
    """Skin of any tone between the palest and the darkest."""
    place = rng.uniform(0, len(SKINS) - 1)
    low = int(place)
    blend = np.array(SKINS[low]) * (1 - place % 1) + np.array(SKINS[min(low + 1, 10)]) * (place % 1)
    rgb = near((int(blend[0]), int(blend[1]), int(blend[2])), rng, 2.5)
    return Cloth(rgb, weave="skin", fold=0)


def hair_tone(rng: np.random.Generator, skin: Cloth) -> Cloth:
    """Natural hair; dark skin mostly with dark hair; a few grey, a few dyed."""
    if rng.random() < 0.04:
        return Cloth(near(DYED[int(rng.integers(len(DYED)))], rng), weave="hair")
    chances = np.array([3, 4, 4, 4, 3, 2.5, 1.6, 1.2, 2, 2.4, 1.6, 1.2, 0.8])
    if sum(skin.rgb) < 400:
        chances *= np.array([4, 4, 3, 2, 0.6, 0.3, 0.3, 0.1, 0.2, 0.1, 0.1, 1, 1])
    pick = int(rng.choice(len(HAIRS), p=chances / chances.sum()))
    return Cloth(near(HAIRS[pick], rng, 3.5), weave="hair")


def shade(rng: np.random.Generator, away_from: Rgb | None = None) -> Rgb:
    """A retail colour, well apart from another one when asked."""
    weights = np.array([w for _, w in SHADES])
    tries = [near(SHADES[int(i)][0], rng)
             for i in rng.choice(len(SHADES), 6, p=weights / weights.sum())]  # fmt: skip
    if away_from is None:
        return tries[0]
    apart = [rgb for rgb in tries if np.abs(np.subtract(rgb, away_from)).sum() > 90]
    return (apart or tries)[0]


def printed(rng: np.random.Generator, rgb: Rgb, unit: float) -> Print | None:
    """A print on one garment in six."""
    if rng.random() > 0.17:
        return None
    kinds: list[PrintKind] = ["stripes", "pinstripes", "checks", "dots", "blocks"]
    kind = kinds[int(rng.choice(5, p=[0.34, 0.16, 0.26, 0.18, 0.06]))]
    pitch = unit * rng.uniform(0.12, 0.34)
    return Print(kind, shade(rng, away_from=rgb), max(pitch, 5.0), rng.normal(0, 0.03))


def cloth(
    rng: np.random.Generator,
    unit: float,
    weaves: tuple[Weave, ...] = ("plain",),
    away_from: Rgb | None = None,
    plain: bool = False,
) -> Cloth:
    """A piece of cloth in a retail colour and one of the weaves; `plain` forbids prints."""
    rgb = shade(rng, away_from)
    weave = weaves[int(rng.integers(len(weaves)))]
    pattern = None if plain or weave in ("leather", "denim", "tweed") else printed(rng, rgb, unit)
    return Cloth(rgb, weave, pattern, fold=float(rng.uniform(0.3, 1.0)))


def denim(rng: np.random.Generator) -> Cloth:
    """Jeans blue, light to raw, or black."""
    tones: tuple[Rgb, ...] = ((44, 58, 88), (66, 90, 130), (104, 134, 170), (150, 172, 196),
                              (34, 35, 40))  # fmt: skip
    return Cloth(near(tones[int(rng.integers(5))], rng), "denim", fold=float(rng.uniform(0.5, 1)))


def leather(rng: np.random.Generator) -> Cloth:
    """Leather for shoes and bags: mostly black, brown, tan or white."""
    tones: tuple[Rgb, ...] = ((26, 25, 26), (70, 44, 32), (140, 92, 56), (228, 226, 222))
    rgb = near(tones[int(rng.integers(4))], rng) if rng.random() < 0.75 else shade(rng)
    return Cloth(rgb, "leather", fold=0.2)


def dress_up(rng: np.random.Generator, unit: float, feminine: float) -> Outfit:
    """A whole outfit for the season of its wearer."""
    # The order of the draws decides what a seed shows: keep it.
    skirted = feminine > 0.45
    in_dress = skirted and rng.random() < 0.34
    upper = _upper(rng, unit)
    lower = None if in_dress else _lower(rng, unit, skirted, away_from=upper[1].rgb)
    outer = _perhaps(rng, 0.38, lambda: _outer(rng, unit))
    shoe = _shoe(rng, skirted)
    bare_legs = in_dress or (lower is not None and lower[0] in ("skirt", "shorts"))
    return Outfit(
        upper=None if in_dress else upper,
        lower=lower,
        dress=cloth(rng, unit, ("plain", "plain", "satin", "knit")) if in_dress else None,
        outer=outer,
        shoes=(shoe, leather(rng)),
        bag=_perhaps(rng, 0.33, lambda: leather(rng)),
        scarf=_perhaps(rng, 0.12, lambda: cloth(rng, unit, ("knit", "plain"))),
        hat=_perhaps(rng, 0.13, lambda: _hat(rng, unit)),
        glasses=_perhaps(rng, 0.2, lambda: LENSES[int(rng.integers(3))]),
        tights=_perhaps(rng, 0.25, lambda: _tights(rng)) if bare_legs and skirted else None,
        belt=_perhaps(rng, 0.25, lambda: leather(rng)),
    )


def _perhaps(rng: np.random.Generator, chance: float, draw: Callable[[], Drawn]) -> Drawn | None:
    return draw() if rng.random() < chance else None


def _upper(rng: np.random.Generator, unit: float) -> tuple[Upper, Cloth]:
    kind: Upper = rng.choice(
        ["tee", "shirt", "jumper", "tank", "polo"], p=[0.3, 0.28, 0.25, 0.1, 0.07]
    )
    return kind, cloth(rng, unit, ("knit", "rib") if kind == "jumper" else ("plain",))


def _lower(
    rng: np.random.Generator, unit: float, skirted: bool, away_from: Rgb
) -> tuple[Lower, Cloth]:
    kinds: list[Lower] = ["trousers", "jeans", "shorts", "skirt", "leggings"]
    chances = [0.3, 0.26, 0.1, 0.26, 0.08] if skirted else [0.45, 0.38, 0.17, 0, 0]
    kind = kinds[int(rng.choice(5, p=chances))]
    if kind == "jeans":
        return kind, denim(rng)
    if kind == "skirt":
        return kind, cloth(rng, unit, ("plain", "plain", "satin"), away_from)
    plain = rng.random() < 0.8
    return kind, cloth(rng, unit, ("plain", "tweed"), away_from, plain)


def _outer(rng: np.random.Generator, unit: float) -> tuple[Outer, Cloth]:
    kinds: list[Outer] = ["coat", "blazer", "cardigan", "jacket"]
    weaves: dict[Outer, tuple[Weave, ...]] = {
        "coat": ("plain", "tweed"), "blazer": ("plain", "tweed"),
        "cardigan": ("knit", "rib"), "jacket": ("leather", "denim", "plain"),
    }  # fmt: skip
    kind = kinds[int(rng.integers(4))]
    return kind, cloth(rng, unit, weaves[kind], plain=rng.random() < 0.7)


def _shoe(rng: np.random.Generator, skirted: bool) -> Shoe:
    kinds: list[Shoe] = ["trainers", "boots", "pumps", "loafers", "sandals"]
    chances = [0.3, 0.25, 0.2, 0.13, 0.12] if skirted else [0.45, 0.27, 0, 0.24, 0.04]
    return kinds[int(rng.choice(5, p=chances))]


def _hat(rng: np.random.Generator, unit: float) -> tuple[Hat, Cloth]:
    kinds: list[Hat] = ["beanie", "brimmed", "cap"]
    return kinds[int(rng.integers(3))], cloth(rng, unit, ("knit", "plain"), plain=True)


def _tights(rng: np.random.Generator) -> Cloth:
    return Cloth(near((34, 32, 34), rng), "plain", fold=0.1)


def hair_style(rng: np.random.Generator, feminine: float) -> HairStyle:
    """A hair style; long ones are likelier on feminine figures, all occur on all."""
    styles: list[HairStyle] = ["bald", "short", "long", "bob", "bun", "over_coat", "fringe",
                               "curly", "tail"]  # fmt: skip
    him = np.array([0.15, 0.56, 0.05, 0.02, 0.04, 0.02, 0.04, 0.1, 0.02])
    her = np.array([0.02, 0.07, 0.17, 0.14, 0.14, 0.16, 0.12, 0.1, 0.08])
    chances = him * (1 - feminine) + her * feminine
    return styles[int(rng.choice(len(styles), p=chances / chances.sum()))]
