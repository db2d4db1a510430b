"""A person of plain parts, drawn to the proportions of a real one, for tests of pieces."""

import numpy as np

from worker.imaging.box import fit_box
from worker.imaging.labels.merges import PARTS
from worker.imaging.palette import paint_labels
from worker.imaging.part_shares import PartShares
from worker.imaging.regions import BACKGROUND, CLOTHES, HAIR, SKIN, LabelMap, Pixels
from worker.stages.segment import Segments

HEIGHT, WIDTH = 480, 240
MIDDLE = WIDTH // 2

HAIR_RGB, SKIN_RGB = (40, 25, 15), (220, 180, 160)
TOP_RGB, BOTTOM_RGB, SHOES_RGB, BAG_RGB = (200, 30, 40), (30, 60, 140), (20, 20, 20), (230, 190, 40)


def figure(bag: bool = False) -> tuple[Pixels, LabelMap]:
    """A standing person: red top, blue trousers, black shoes, maybe a yellow bag at one side.

    Returns:
        pixels, RGB uint8 (520, 240, 3), and labels, uint8 (520, 240): rows 20 to 500 are hers.
    """
    pixels = np.full((HEIGHT + 40, WIDTH, 3), 235, np.uint8)
    labels = np.full(pixels.shape[:2], BACKGROUND, np.uint8)

    def draw(
        rows: tuple[float, float],
        half: float,
        rgb: tuple[int, int, int],
        label: int,
        off: float = 0.0,
    ) -> None:
        top, bottom = (20 + round(row * HEIGHT) for row in rows)
        left, right = (round(MIDDLE + (off + side * half) * HEIGHT) for side in (-1, 1))
        pixels[top:bottom, left:right] = rgb
        labels[top:bottom, left:right] = label

    draw((0.0, 0.06), 0.045, HAIR_RGB, HAIR)
    draw((0.06, 0.17), 0.035, SKIN_RGB, SKIN)
    draw((0.17, 0.46), 0.125, TOP_RGB, CLOTHES)
    for side in (-1, 1):
        draw((0.46, 0.52), 0.015, SKIN_RGB, SKIN, 0.115 * side)
        draw((0.46, 0.90), 0.040, BOTTOM_RGB, CLOTHES, 0.045 * side)
        draw((0.90, 1.0), 0.035, SHOES_RGB, CLOTHES, 0.045 * side)
    if bag:
        draw((0.42, 0.60), 0.05, BAG_RGB, CLOTHES, 0.155)
    return pixels, labels


def segments(pixels: Pixels, labels: LabelMap, sure: float = 1.0) -> Segments:
    """The figure as a painter would paint it that is so sure of every garment.

    What a garment's own share leaves goes to ``small``.
    """
    shares = np.zeros((*labels.shape, len(PARTS)), np.float32)
    for label in (BACKGROUND, SKIN, HAIR):
        shares[labels == label, label] = 1.0
    garments = {"top": TOP_RGB, "bottom": BOTTOM_RGB, "shoes": SHOES_RGB, "bag": BAG_RGB}
    for name, rgb in garments.items():
        worn = (labels == CLOTHES) & (pixels == rgb).all(axis=-1)
        shares[worn, PARTS.index(name)] = sure
        shares[worn, PARTS.index("small")] = 1 - sure
    box = (0, 0, *labels.shape)
    half = np.rint(shares[::2, ::2] * 255).astype(np.uint8)
    parts = PartShares(half, box, fit_box(box, (labels.shape[0], labels.shape[1])))
    return Segments(labels, paint_labels(labels), np.ones(labels.shape, np.float32), 1.0, parts)


def share_of(pixels: Pixels, region: np.ndarray, rgb: tuple[int, int, int]) -> float:
    """Which part of a region has a colour, 0..1."""
    return float((pixels[region] == rgb).all(axis=-1).mean())
