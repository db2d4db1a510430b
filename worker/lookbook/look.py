"""Look: one drawn product picture with everything that is known about it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from worker.lookbook import backdrop, light
from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Layer, Rgb
from worker.lookbook.outfit.dressing import FIRST_GARMENT, HAIR, SKIN, Dressing
from worker.lookbook.outfit.wardrobe import dress_up, hair_style, hair_tone, skin_tone
from worker.lookbook.outline import between, point
from worker.lookbook.person import face, figure, hair
from worker.lookbook.person.body import SIDES, Body, pose
from worker.lookbook.product.packshot import draw_packshot

Kind = Literal["figure", "packshot"]
Scene = Literal["studio", "street"]

STRAY: dict[Scene, float] = {"studio": 0.15, "street": 1.0}
"""How far light and camera stray, 0..1; see `light.expose`."""


@dataclass(frozen=True, slots=True)
class Look:
    """A drawn product picture and the truth about it.

    `pixels` uint8 RGB (H, W, 3); `labels` uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
    Colours are sRGB as the material has them in even light. `clothes_rgb` is that of the
    garment that is seen most, `clothes_share` its share (0..1) of all clothes, `garment_kind`
    its name. `skin_rgb` and `hair_rgb` are None where none is seen. `parts` uint8 (H, W) tells
    garments apart: from 3 on each is one of `garments`, in order.
    """

    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    subject: Literal["person", "packshot"]
    garment_kind: str
    clothes_rgb: Rgb
    clothes_share: float
    skin_rgb: Rgb | None
    hair_rgb: Rgb | None
    parts: npt.NDArray[np.uint8]
    garments: tuple[str, ...]

    @property
    def person(self) -> npt.NDArray[np.bool_]:
        """Everything that is not backdrop, bool (H, W)."""
        return self.labels > 0


def render(
    seed: int,
    kind: Kind | None = None,
    size_hw: tuple[int, int] = (768, 512),
    scene: Scene | None = None,
) -> Look:
    """Draw the product picture of that seed: the same seed gives the same bytes.

    `kind` None draws five figures to one packshot; `scene` None puts half of the figures in a
    street, under wayward light, as training wants it. With "studio" the light is even, the
    colours seen are the nominal ones and figures are seen whole. Packshots are always in the
    studio. Raises ValueError for a negative seed.
    """
    if seed < 0:
        raise ValueError(f"a seed is 0 or more, not {seed}")
    choices = np.random.default_rng([seed, 0])
    drawn_kind: Kind = "packshot" if choices.random() < 1 / 6 else "figure"
    drawn_scene: Scene = "street" if choices.random() < 0.5 else "studio"
    rng = np.random.default_rng([seed, 1])
    if (kind or drawn_kind) == "packshot":
        return _packshot(rng, size_hw, stray=STRAY["studio"] if scene == "studio" else 0.45)
    return _figure(rng, size_hw, scene or drawn_scene, whole=scene == "studio")


def _packshot(rng: np.random.Generator, size_hw: tuple[int, int], stray: float) -> Look:
    """A product alone on plain paper."""
    canvas, kind, cloth = draw_packshot(rng, size_hw, FIRST_GARMENT)
    pixels = light.expose(canvas.pixels, rng, stray)
    parts = canvas.parts
    return Look(pixels, parts, "packshot", kind, cloth.rgb, 1.0, None, None, parts, (kind,))


def _figure(rng: np.random.Generator, size_hw: tuple[int, int], scene: Scene, whole: bool) -> Look:
    """A dressed person."""
    body = pose(rng, size_hw, plain=whole)
    behind = backdrop.studio(rng, size_hw) if scene == "studio" else backdrop.street(rng, size_hw)
    canvas = Canvas(behind, body.unit, light.direction(rng), rng)
    skin = Layer(skin_tone(rng), SKIN)
    tresses = Layer(hair_tone(rng, skin.cloth), HAIR)
    style = hair_style(rng, body.feminine)
    dressing = Dressing(canvas, body, dress_up(rng, body.unit, body.feminine), skin)
    _ground_shadow(canvas, body)
    hair.paint_behind(canvas, body, style, tresses)
    dressing.paint_lower()
    dressing.paint_upper()
    face.paint_head(canvas, body, skin, None if style == "bald" else tresses.cloth.rgb)
    dressing.paint_scarf()
    hair.paint_front(canvas, body, style, tresses)
    dressing.paint_extras()
    pixels = light.expose(canvas.pixels, rng, STRAY[scene])
    return _look(pixels, canvas.parts, dressing, tresses)


def _look(
    pixels: npt.NDArray[np.uint8],
    parts: npt.NDArray[np.uint8],
    dressing: Dressing,
    tresses: Layer,
) -> Look:
    """The finished figure with its labels and its most visible garment."""
    counts = np.bincount(parts.ravel(), minlength=FIRST_GARMENT + len(dressing.worn))
    seen = list(zip(dressing.worn, counts[FIRST_GARMENT:].tolist(), strict=True))
    areas: dict[Rgb, int] = {}
    for (_, cloth), area in seen:
        areas[cloth.rgb] = areas.get(cloth.rgb, 0) + area
    main = max(areas, key=lambda rgb: areas[rgb])
    kinds = [(area, kind) for (kind, cloth), area in seen if cloth.rgb == main]
    return Look(
        pixels=pixels,
        labels=np.minimum(parts, np.uint8(FIRST_GARMENT)),
        subject="person",
        garment_kind=max(kinds)[1],
        clothes_rgb=main,
        clothes_share=areas[main] / max(sum(areas.values()), 1),
        skin_rgb=dressing.skin.cloth.rgb if counts[SKIN] else None,
        hair_rgb=tresses.cloth.rgb if counts[HAIR] else None,
        parts=parts,
        garments=tuple(kind for kind, _ in dressing.worn),
    )


def _ground_shadow(canvas: Canvas, body: Body) -> None:
    """Contact shadows under the feet and a weak one that falls to the side."""
    px = body.px
    for side in SIDES:
        tip = between(body.legs[side].end, figure.foot_tip(body, side), 0.9)
        light.contact_shadow(canvas.pixels, tip + point(0, px(0.1)), px(0.3), px(0.09), 0.42)
    middle = between(body.legs[0].end, body.legs[1].end, 0.5)
    away = point(-canvas.light[0] * px(0.7), px(0.22))
    light.contact_shadow(canvas.pixels, middle + away, px(1.1), px(0.16), 0.2)
