"""Packshot: a product alone on plain paper – folded, hanging or lying, with a soft shadow."""

from typing import cast

import cv2
import numpy as np

from worker.lookbook import backdrop, light
from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Cloth, Layer
from worker.lookbook.outfit.wardrobe import cloth, denim, leather
from worker.lookbook.product.products import PAINTERS, Product
from worker.lookbook.product.table import Table

PRODUCTS: tuple[Product, ...] = tuple(PAINTERS)


def draw_packshot(
    rng: np.random.Generator, size_hw: tuple[int, int], part: int
) -> tuple[Canvas, Product, Cloth]:
    """Draw one product as that part of a fresh canvas; gives its kind and cloth too."""
    height, width = size_hw
    product = PRODUCTS[int(rng.integers(len(PRODUCTS)))]
    paper = backdrop.studio(
        rng, size_hw, backdrop.PAPERS[int(rng.choice(4, p=[0.5, 0.2, 0.2, 0.1]))]
    )
    half = min(width * rng.uniform(0.38, 0.45), height * 0.42)
    canvas = Canvas(paper, half * 0.55, light.direction(rng), rng)
    stuff = _stuff(rng, product, canvas.unit)
    stuff = _apart(stuff, paper)
    PAINTERS[product](Table(canvas, Layer(stuff, part), float(half)))
    _lay_shadow(canvas, rng)
    return canvas, product, stuff


def _stuff(rng: np.random.Generator, product: Product, unit: float) -> Cloth:
    """What the product is made of."""
    if product in ("shoes", "bag"):
        return leather(rng)
    if product == "trousers" and rng.random() < 0.5:
        return denim(rng)
    return cloth(
        rng, unit, ("knit", "plain", "plain") if product != "trousers" else ("plain", "tweed")
    )


def _apart(stuff: Cloth, paper: backdrop.Pixels) -> Cloth:
    """The cloth, darkened where its colour could not be told from the paper."""
    ground = paper[4, 4].astype(np.float64)
    distance = float(np.abs(np.array(stuff.rgb) - ground).sum())
    if distance > 60:
        return stuff
    r, g, b = (round(c * 0.72) for c in stuff.rgb)
    return Cloth((r, g, b), stuff.weave, stuff.print, stuff.fold)


def _lay_shadow(canvas: Canvas, rng: np.random.Generator) -> None:
    """A soft shadow on the paper round the product, away from the light."""
    blur = canvas.unit * rng.uniform(0.10, 0.22)
    small = cv2.resize(canvas.cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), blur / 4)
    height, width = canvas.size_hw
    soft = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    shift = -canvas.light * blur * 0.6
    moved = cv2.warpAffine(soft, np.array([[1, 0, shift[0]], [0, 1, shift[1]]]), (width, height))
    kept = 1 - np.float32(rng.uniform(0.14, 0.34)) * moved * (1 - canvas.cover)
    lamp = cv2.merge([kept, kept, kept])
    canvas.pixels = cast("backdrop.Pixels", cv2.multiply(canvas.pixels, lamp, dtype=cv2.CV_8U))
