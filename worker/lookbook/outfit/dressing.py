"""Dressing: puts an outfit on a body, garment by garment, from the skin outwards."""

import numpy as np

from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Cloth, Layer
from worker.lookbook.outfit import accessories, bottoms
from worker.lookbook.outfit import tops as garments
from worker.lookbook.outfit.tops import Cut
from worker.lookbook.outfit.wardrobe import Lower, Outer, Outfit, Upper
from worker.lookbook.person import figure
from worker.lookbook.person.body import SIDES, Body

SKIN, HAIR, FIRST_GARMENT = 1, 2, 3
"""Numbers of the parts on the canvas; every garment gets one of its own from FIRST_GARMENT on."""


class Dressing:
    """Dresses one body on one canvas and remembers which garment became which part."""

    def __init__(self, canvas: Canvas, body: Body, outfit: Outfit, skin: Layer) -> None:
        self.canvas, self.body, self.outfit, self.skin = canvas, body, outfit, skin
        self.worn: list[tuple[str, Cloth]] = []

    def put_on(self, kind: str, cloth: Cloth) -> Layer:
        """The garment as a layer with a part number of its own."""
        self.worn.append((kind, cloth))
        return Layer(cloth, FIRST_GARMENT + len(self.worn) - 1)

    def paint_lower(self) -> None:
        """Legs, tights, shoes and what covers the legs."""
        canvas, body, outfit = self.canvas, self.body, self.outfit
        figure.paint_legs(canvas, body, self.skin)
        figure.paint_torso(canvas, body, self.skin)
        if outfit.tights:
            bottoms.paint_tights(canvas, body, self.put_on("tights", outfit.tights))
        tight = outfit.lower is None or outfit.lower[0] in ("skirt", "shorts", "leggings")
        shaft = float(canvas.rng.uniform(0.15, 1.3))
        if not tight:  # trousers fall over the shoes
            self._paint_shoes(shaft=0.3)
        if outfit.lower:
            self._paint_bottom(*outfit.lower)
        if tight:
            self._paint_shoes(shaft)

    def _paint_shoes(self, shaft: float) -> None:
        kind, leather = self.outfit.shoes
        layer = self.put_on(kind, leather)
        bottoms.paint_shoes(self.canvas, self.body, kind, layer, shaft)

    def _paint_bottom(self, kind: Lower, cloth: Cloth) -> None:
        rng, layer = self.canvas.rng, self.put_on(kind, cloth)
        if kind == "skirt":
            shape = bottoms.Skirt(
                hem=float(rng.uniform(1.35, 2.9)),
                flare=float(rng.choice([0.0, 0.12, 0.3, 0.45])),
                pleats=bool(rng.random() < 0.25),
            )
            bottoms.paint_skirt(self.canvas, self.body, layer, shape)
            return
        lengths = {"shorts": float(rng.uniform(0.22, 0.48)), "leggings": 0.97}
        length = lengths.get(kind, float(rng.uniform(0.86, 1.0)))
        wide = 0.0 if kind == "leggings" else float(rng.beta(1.3, 2.2))
        bottoms.paint_trousers(self.canvas, self.body, layer, length, wide)

    def paint_upper(self) -> None:
        """Top or dress, belt and coat, and the arms with their sleeves."""
        canvas, body, outfit = self.canvas, self.body, self.outfit
        sleeved: tuple[Layer, Cut] | None = None
        if outfit.dress:
            sleeved = self.put_on("dress", outfit.dress), _dress_cut(canvas.rng)
            garments.paint_trunk(canvas, body, *sleeved)
            garments.paint_neckband(canvas, body, *sleeved, high=False)
        elif outfit.upper:
            sleeved = self._paint_top(*outfit.upper)
        if outfit.belt and not outfit.outer:
            accessories.paint_belt(canvas, body, self.put_on("belt", outfit.belt))
        if outfit.outer:
            sleeved = self._paint_outer(*outfit.outer)
        for side in SIDES:
            figure.paint_arm(canvas, body, side, self.skin)
            if sleeved:
                garments.paint_sleeve(canvas, body, side, *sleeved)

    def _paint_top(self, kind: Upper, cloth: Cloth) -> tuple[Layer, Cut]:
        canvas, body = self.canvas, self.body
        layer, cut = self.put_on(kind, cloth), _top_cut(kind, canvas.rng)
        garments.paint_trunk(canvas, body, layer, cut)
        if kind in ("shirt", "polo"):
            garments.paint_front(canvas, body, layer, cut)
            garments.paint_collar(canvas, body, layer, cut)
        else:
            high = kind == "jumper" and canvas.rng.random() < 0.3
            garments.paint_neckband(canvas, body, layer, cut, high=high)
        return layer, cut

    def _paint_outer(self, kind: Outer, cloth: Cloth) -> tuple[Layer, Cut]:
        rng = self.canvas.rng
        layer, cut = self.put_on(kind, cloth), _coat_cut(kind, rng)
        gap = 0.0 if rng.random() < 0.4 else float(rng.uniform(0.12, 0.42))
        garments.paint_coat(self.canvas, self.body, layer, cut, gap)
        if kind in ("coat", "blazer"):
            garments.paint_lapels(self.canvas, self.body, layer, cut, gap)
        return layer, cut

    def paint_scarf(self) -> None:
        """The scarf, if one is worn: over the coat, under the hair."""
        if self.outfit.scarf:
            layer = self.put_on("scarf", self.outfit.scarf)
            accessories.paint_scarf(self.canvas, self.body, layer)

    def paint_extras(self) -> None:
        """Sunglasses, hat and bag, last of all."""
        canvas, body, outfit = self.canvas, self.body, self.outfit
        if outfit.glasses:
            lenses = self.put_on("sunglasses", Cloth(outfit.glasses, fold=0))
            accessories.paint_glasses(canvas, body, lenses)
        if outfit.hat:
            kind, cloth = outfit.hat
            accessories.paint_hat(canvas, body, kind, self.put_on(kind, cloth))
        if outfit.bag:
            accessories.paint_bag(canvas, body, self.put_on("bag", outfit.bag))


def _dress_cut(rng: np.random.Generator) -> Cut:
    """A dress: any length, any sleeve, straight or swinging."""
    return Cut(
        hem=float(rng.uniform(1.4, 2.95)),
        sleeve=float(rng.choice([0, 0, 0.3, 0.5, 0.75, 1.0])),
        ease=float(rng.uniform(0.0, 0.08)),
        flare=float(rng.choice([0.0, 0.1, 0.25, 0.4])),
        neck_depth=float(rng.uniform(0.15, 0.6)),
        neck_width=float(rng.uniform(0.26, 0.45)),
    )


def _top_cut(kind: Upper, rng: np.random.Generator) -> Cut:
    """The cut of a top by its kind."""
    long_sleeve = float(rng.choice([0.55, 0.95, 1.0]))
    free_depth = float(rng.uniform(0.1, 0.42))
    return Cut(
        hem=float(rng.uniform(0.4, 0.95)),
        sleeve={"tee": 0.32, "polo": 0.34, "tank": 0.0}.get(kind, long_sleeve),
        ease=float(rng.uniform(0.02, 0.12)),
        neck_depth={"shirt": 0.3, "polo": 0.25}.get(kind, free_depth),
        neck_width=float(rng.uniform(0.26, 0.36)),
        cuff=0.07 if kind == "jumper" else 0.045,
    )


def _coat_cut(kind: Outer, rng: np.random.Generator) -> Cut:
    """The cut of an outer garment by its kind."""
    hem = float(rng.uniform(1.3, 2.4)) if kind == "coat" else float(rng.uniform(0.55, 1.15))
    ease = float(rng.uniform(0.12, 0.2))
    return Cut(hem, 1.0, ease, flare=0.06, neck_depth=0.35, neck_width=0.33, cuff=0.08)
