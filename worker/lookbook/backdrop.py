"""Backdrop: what stands behind the product – a studio's paper, or a street out of focus."""

from typing import Literal, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.lookbook.cloth import Rgb, flat
from worker.lookbook.outfit.wardrobe import SHADES, near
from worker.lookbook.tiles import cut

Paper = Literal["white", "grey", "coloured", "gradient", "sweep", "vignette"]
PAPERS: tuple[Paper, ...] = ("white", "grey", "coloured", "gradient", "sweep", "vignette")

Pixels = npt.NDArray[np.uint8]
"""A picture in the making: uint8 (H, W, 3) RGB."""

_COARSE = 4
"""Streets are drawn at this fraction of the resolution: they are out of focus anyway."""


def studio(
    rng: np.random.Generator, size_hw: tuple[int, int], paper: Paper | None = None
) -> Pixels:
    """A studio backdrop, uint8 (H, W, 3): plain or softly changing, without any edge."""
    height, width = size_hw
    if paper is None:
        paper = PAPERS[int(rng.choice(6, p=[0.3, 0.16, 0.14, 0.14, 0.16, 0.1]))]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    rgb = _paper_colour(rng, paper)
    if paper in ("white", "grey", "coloured"):
        return flat(rgb, size_hw)
    if paper == "gradient":
        change = y * np.float32(rng.uniform(-16, 16)) + x * np.float32(rng.uniform(-8, 8))
    elif paper == "sweep":  # wall and floor of one roll of paper
        floor = 1 / (1 + np.exp(-(y - np.float32(rng.uniform(0.45, 0.7))) * 14))
        change = floor * np.float32(rng.uniform(4, 14)) - (1 - floor) * (y * y) * 5 + x * 0
    else:
        change = (x * x + y * y) * np.float32(-rng.uniform(6, 18))
    change += cut("cloud", size_hw, 2.0, rng) * np.float32(0.6)
    whole = np.round(change).astype(np.int16)
    plain = flat(rgb, size_hw)
    return cast("Pixels", cv2.add(plain, cv2.merge([whole, whole, whole]), dtype=cv2.CV_8U))


def _paper_colour(rng: np.random.Generator, paper: Paper) -> Rgb:
    """The colour of the roll of paper."""
    if paper == "white":
        level = int(rng.integers(243, 256))
        return (level, level, level)
    if paper in ("grey", "sweep") or rng.random() < 0.45:
        level = int(rng.integers(150, 240))
        return near((level, level, level), rng, 1.2)
    base = np.array(SHADES[int(rng.integers(len(SHADES)))][0])
    pale = rng.uniform(0.45, 0.85)
    mixed = base + (np.array([236, 234, 230]) - base) * pale
    return near((int(mixed[0]), int(mixed[1]), int(mixed[2])), rng, 2.0)


def street(rng: np.random.Generator, size_hw: tuple[int, int]) -> Pixels:
    """A street behind the figure, uint8 (H, W, 3): facades, trees, cars, passers-by, paving."""
    height, width = size_hw[0] // _COARSE, size_hw[1] // _COARSE
    scene = np.zeros((height, width, 3), dtype=np.uint8)
    horizon = int(height * rng.uniform(0.42, 0.68))
    _facades(rng, scene, horizon)
    _ground(rng, scene, horizon)
    for _ in range(int(rng.integers(0, 5))):
        _tree(rng, scene, horizon)
    for _ in range(int(rng.integers(0, 4))):
        _car(rng, scene, horizon)
    for _ in range(int(rng.integers(0, 7))):
        _passer_by(rng, scene, horizon)
    for _ in range(int(rng.integers(0, 4))):  # poles
        x = int(rng.integers(width))
        shade = int(rng.integers(20, 120))
        cv2.line(
            scene, (x, 0), (x, int(horizon * 1.1)), (shade, shade, shade), int(rng.integers(1, 4))
        )
    blur = float(rng.uniform(0.4, 2.6))
    scene = cv2.GaussianBlur(scene, (0, 0), blur)
    made = cv2.resize(scene, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_LINEAR)
    strength = np.linspace(0.5, 3.0, size_hw[0], dtype=np.float32)[:, None]
    rough = np.round(cut("tweed", size_hw, 2.0, rng) * strength).astype(np.int16)
    return cast("Pixels", cv2.add(made, cv2.merge([rough, rough, rough]), dtype=cv2.CV_8U))


def _urban(rng: np.random.Generator, low: int = 40, high: int = 215) -> tuple[int, int, int]:
    """The muted colour of a wall, a street or a coat in the crowd."""
    level = rng.uniform(low, high)
    tint = rng.normal(0, 12, 3) + np.array([6, 0, -6]) * rng.normal(0.6, 1)
    r, g, b = (int(np.clip(level + t, 0, 255)) for t in tint)
    return r, g, b


def _facades(rng: np.random.Generator, scene: npt.NDArray[np.uint8], horizon: int) -> None:
    """House fronts with rows of windows, or a single wall."""
    width = scene.shape[1]
    scene[:] = _urban(rng, 140, 250)
    left = 0
    while left < width:
        right = left + int(rng.integers(width // 5, width))
        colour = _urban(rng)
        top = int(rng.uniform(-0.4, 0.5) * horizon)
        cv2.rectangle(scene, (left, max(top, 0)), (right, horizon), colour, -1)
        if rng.random() < 0.7:
            step_x, step_y = int(rng.integers(9, 26)), int(rng.integers(12, 36))
            glass = _urban(rng, 20, 150)
            for x in range(left + 3, right - 4, step_x):
                for y in range(max(top, 0) + 3, horizon - 6, step_y):
                    corner = (x + step_x * 2 // 3, y + step_y * 2 // 3)
                    cv2.rectangle(scene, (x, y), corner, glass, -1)
        else:  # bricks
            for y in range(max(top, 0), horizon, 3):
                seam = tuple(int(c * rng.uniform(0.85, 1.0)) for c in colour)
                cv2.line(scene, (left, y), (right, y), seam, 1)
        left = right


def _ground(rng: np.random.Generator, scene: npt.NDArray[np.uint8], horizon: int) -> None:
    """Street or paving with lines that run to a vanishing point."""
    height, width = scene.shape[:2]
    colour = _urban(rng, 70, 200)
    scene[horizon:] = colour
    fade = np.linspace(0.86, 1.12, height - horizon, dtype=np.float32)[:, None, None]
    scene[horizon:] = np.clip(scene[horizon:] * fade, 0, 255).astype(np.uint8)
    seam = tuple(int(c * rng.uniform(0.6, 1.25)) for c in colour)
    seam = tuple(min(c, 255) for c in seam)
    if rng.random() < 0.7:
        vanish = (int(rng.uniform(-0.2, 1.2) * width), horizon - 6)
        for x in range(-2 * width, 3 * width, int(rng.integers(14, 60))):
            cv2.line(scene, vanish, (x, height), seam, 1)
        row, gap = float(horizon), 2.0
        while row < height:
            cv2.line(scene, (0, int(row)), (width, int(row)), seam, 1)
            gap *= 1.45
            row += gap
    if rng.random() < 0.4:  # kerb
        y = int(rng.uniform(horizon, height))
        cv2.line(scene, (0, y), (width, y + int(rng.normal(0, 10))), _urban(rng, 120, 230), 3)


def _tree(rng: np.random.Generator, scene: npt.NDArray[np.uint8], horizon: int) -> None:
    """A crown of leaves in blots."""
    width = scene.shape[1]
    x, y = rng.uniform(0, width), rng.uniform(0, horizon * 0.8)
    size = rng.uniform(0.06, 0.3) * width
    green = np.array([60, 88, 42]) * rng.uniform(0.5, 1.7) + rng.normal(0, 8, 3)
    for _ in range(26):
        blot = np.clip(green * rng.uniform(0.6, 1.4), 0, 255)
        spot = (int(x + rng.normal(0, size * 0.6)), int(y + rng.normal(0, size * 0.5)))
        cv2.circle(
            scene,
            spot,
            int(size * rng.uniform(0.1, 0.32)) + 1,
            (int(blot[0]), int(blot[1]), int(blot[2])),
            -1,
        )


def _car(rng: np.random.Generator, scene: npt.NDArray[np.uint8], horizon: int) -> None:
    """A parked car: body, glass, wheels."""
    width = scene.shape[1]
    x, wide = int(rng.uniform(-0.2, 0.9) * width), int(rng.uniform(0.18, 0.5) * width)
    tall = wide // 3
    y = horizon + int(rng.uniform(0, 0.4) * tall)
    colour = _urban(rng, 10, 250) if rng.random() < 0.7 else near(
        SHADES[int(rng.integers(len(SHADES)))][0], rng)  # fmt: skip
    cv2.rectangle(scene, (x, y - tall // 2), (x + wide, y), colour, -1)
    roof = np.array(
        [
            [x + wide // 6, y - tall // 2],
            [x + wide // 3, y - tall],
            [x + wide * 3 // 4, y - tall],
            [x + wide * 9 // 10, y - tall // 2],
        ]
    )
    cv2.fillPoly(scene, [roof.astype(np.int32)], _urban(rng, 20, 90))
    for share in (0.2, 0.8):
        cv2.circle(scene, (x + int(wide * share), y), max(tall // 5, 1), (22, 22, 24), -1)


def _passer_by(rng: np.random.Generator, scene: npt.NDArray[np.uint8], horizon: int) -> None:
    """Somebody far off, who is backdrop and nothing else."""
    height, width = scene.shape[:2]
    tall = rng.uniform(0.1, 0.3) * height
    x, feet = rng.uniform(0, width), horizon + tall * rng.uniform(0.15, 0.4)
    top, bottom = _urban(rng, 15, 220), _urban(rng, 15, 150)
    skin = near((196, 150, 124), rng, 18)
    for dx in (-0.05, 0.05):
        cv2.line(
            scene,
            (int(x + dx * tall), int(feet)),
            (int(x), int(feet - tall * 0.5)),
            bottom,
            max(int(tall * 0.09), 1),
        )
    body = [
        int(x - tall * 0.11),
        int(feet - tall * 0.85),
        int(x + tall * 0.11),
        int(feet - tall * 0.42),
    ]
    cv2.rectangle(scene, (body[0], body[1]), (body[2], body[3]), top, -1)
    cv2.circle(scene, (int(x), int(feet - tall * 0.92)), max(int(tall * 0.065), 1), skin, -1)
