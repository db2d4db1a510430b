"""How well packshots are cut: drawn products, plain, framed, overlaid, and pale with a print."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.regions import Mask, Pixels
from worker.lookbook.look import render
from worker.stages.mask import cut_packshot

SIZE_HW: Final = (512, 512)
SEEDS: Final = range(40)
Rng = np.random.Generator
Picture = tuple[Pixels, Mask]
"""A picture and where its product is."""


def main() -> None:
    """Print, for each kind of picture, how well the cut fits the product, and how sure it is."""
    print(f"{'kind':16}{'IoU median':>12}{'10th pct':>10}{'>= 0.9':>8}{'none':>6}{'score':>8}")
    for name, change in KINDS.items():
        found = [_judge(*change(np.random.default_rng([seed, 7]), drawn(seed))) for seed in SEEDS]
        overlaps = np.array([overlap for overlap, _ in found])
        scores = np.array([score for _, score in found if score is not None])
        print(
            f"{name:16}{np.median(overlaps):12.3f}{np.percentile(overlaps, 10):10.3f}"
            f"{(overlaps >= 0.9).mean():8.0%}{len(found) - len(scores):6}"
            f"{np.median(scores) if len(scores) else 0:8.2f}"
        )


def drawn(seed: int) -> Picture:
    """A product drawn alone on paper."""
    look = render(seed, "packshot", SIZE_HW)
    return look.pixels, look.labels > 0


def _judge(pixels: Pixels, truth: Mask) -> tuple[float, float | None]:
    found = cut_packshot(pixels)
    if found is None:
        return 0.0, None
    return float((found.mask & truth).sum() / (found.mask | truth).sum()), found.score


def _framed(rng: Rng, picture: Picture) -> Picture:
    """A line around it, at the edge or a little inside."""
    pixels, truth = picture[0].copy(), picture[1]
    inset, width = int(rng.choice([0, 0, 4, 12])), int(rng.choice([1, 2, 3, 6]))
    colour = _colour(rng)
    for edge in range(inset, inset + width):
        pixels[edge, inset : -inset or None] = pixels[-1 - edge, inset : -inset or None] = colour
        pixels[inset : -inset or None, edge] = pixels[inset : -inset or None, -1 - edge] = colour
    inner = np.zeros_like(truth)
    inner[inset + width : -inset - width, inset + width : -inset - width] = True
    return _jpeg(pixels), truth & inner


def _letterboxed(rng: Rng, picture: Picture) -> Picture:
    """Bars left and right, or above and below."""
    pixels, truth = picture
    bar, colour = int(rng.integers(20, 120)), _colour(rng).tolist()
    sides = (bar, bar, 0, 0) if rng.random() < 0.5 else (0, 0, bar, bar)
    wide = cv2.copyMakeBorder(pixels, *sides, cv2.BORDER_CONSTANT, value=colour)
    mask = np.pad(truth, (sides[:2], sides[2:]))
    return _jpeg(np.asarray(wide, np.uint8)), mask


def _bannered(rng: Rng, picture: Picture) -> Picture:
    """A banner with letters below or above, which hides what is behind it."""
    pixels, truth = picture[0].copy(), picture[1].copy()
    high = int(rng.integers(24, 90))
    strip = np.full((high, pixels.shape[1], 3), _colour(rng), np.uint8)
    at, size = (int(rng.integers(20, 200)), high * 2 // 3), high / 50
    cv2.putText(strip, "NEW IN", at, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 2)
    rows = slice(-high, None) if rng.random() < 0.6 else slice(0, high)
    pixels[rows], truth[rows] = strip, False
    return _jpeg(pixels), truth


def _rounded(rng: Rng, picture: Picture) -> Picture:
    """Rounded corners, flattened on black, grey or white."""
    pixels, truth = picture[0].copy(), picture[1]
    height, width = truth.shape
    radius = int(rng.integers(12, 80))
    card = np.zeros((height, width), np.uint8)
    cv2.rectangle(card, (radius, 0), (width - radius, height), 1, -1)
    cv2.rectangle(card, (0, radius), (width, height - radius), 1, -1)
    for y in (radius, height - 1 - radius):
        for x in (radius, width - 1 - radius):
            cv2.circle(card, (x, y), radius, 1, -1)
    pixels[card == 0] = _colour(rng)
    return _jpeg(pixels), truth & (card > 0)


def _badged(rng: Rng, picture: Picture) -> Picture:
    """A round badge in a corner."""
    pixels, truth = picture[0].copy(), picture[1]
    radius = int(rng.integers(22, 48))
    x = int(rng.choice([radius + 8, pixels.shape[1] - radius - 8]))
    y = int(rng.choice([radius + 8, pixels.shape[0] - radius - 8]))
    badge = np.zeros(truth.shape, np.uint8)
    cv2.circle(badge, (x, y), radius, 1, -1)
    if (truth & (badge > 0)).any():
        return picture
    cv2.circle(pixels, (x, y), radius, _colour(rng).tolist(), -1)
    cv2.putText(pixels, "-20%", (x - 20, y + 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
    return _jpeg(pixels), truth


def _pale(rng: Rng, picture: Picture) -> Picture:
    """The same product in a cloth that is nearly as light as a white backdrop."""
    pixels, truth = picture
    light = pixels.astype(np.float32).mean(axis=2) / 255
    cloth = light / max(float(np.median(light[truth])), 0.05)
    paper = light / max(float(np.median(light[~truth])), 0.05)
    soft = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 0.6)[..., None]
    shade = np.clip(0.35 * cloth + 0.65, 0.8, 1.04)[..., None]
    tone = np.array([rng.uniform(236, 250)] * 3) + rng.uniform(-3, 3, 3)
    made = 255 * np.clip(0.5 * paper + 0.5, 0.9, 1)[..., None] * (1 - soft) + tone * shade * soft
    return _jpeg(np.clip(np.rint(made), 0, 255).astype(np.uint8)), truth


def _printed(rng: Rng, picture: Picture) -> Picture:
    """A pale product with a print, a hem or a panel in a strong colour."""
    pixels, truth = _pale(rng, picture)
    pixels = pixels.copy()
    ys, xs = np.nonzero(truth)
    rows, columns = np.mgrid[: truth.shape[0], : truth.shape[1]]
    wide, high = xs.max() - xs.min(), ys.max() - ys.min()
    parts: tuple[Mask, ...] = (
        np.hypot(rows - np.median(ys), columns - np.median(xs)) < 0.12 * wide,
        rows > ys.max() - 0.08 * high,
        columns < xs.min() + 0.18 * wide,
    )
    where = truth & parts[rng.integers(len(parts))]
    pixels[where] = (0.2 * pixels[where] + 0.8 * _colour(rng)).astype(np.uint8)
    return _jpeg(pixels), truth


def _colour(rng: Rng) -> npt.NDArray[np.uint8]:
    choices = [[0, 0, 0], [255, 255, 255], [200, 200, 200], [235, 235, 235], [190, 20, 30]]
    return np.array([*choices, [20, 60, 140]][rng.integers(6)], np.uint8)


def _jpeg(pixels: Pixels) -> Pixels:
    _, coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    found = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(found[..., ::-1])


KINDS: Final[dict[str, Callable[[Rng, Picture], Picture]]] = {
    "plain": lambda _rng, picture: picture,
    "framed": _framed,
    "letterboxed": _letterboxed,
    "banner": _bannered,
    "rounded corners": _rounded,
    "badge": _badged,
    "pale": _pale,
    "pale, printed": _printed,
}

if __name__ == "__main__":
    main()
