"""How well products are cut by their files' alpha: cut out, in shadow, seen through, by a key."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench.pictures.packshots import SEEDS, drawn
from worker.imaging.packshot.alpha import cut_by_alpha
from worker.imaging.packshot.cut import cut
from worker.imaging.packshot.product import Packshot
from worker.imaging.regions import Mask, Pixels
from worker.stages.decoding.decoded import Decoded

Rng = np.random.Generator
Plane = npt.NDArray[np.float32]


def main() -> None:
    """Print, for each kind, how well alpha and how well colours alone fit the drawn product."""
    print(f"{'kind':20}{'by':>8}{'IoU median':>12}{'10th pct':>10}{'>= 0.95':>9}{'none':>6}")
    for name, change in KINDS.items():
        found: dict[str, list[float]] = {"alpha": [], "colours": []}
        for seed in SEEDS:
            pixels, truth = drawn(seed)
            decoded = change(np.random.default_rng([seed, 11]), pixels, truth)
            if decoded.alpha is None:
                raise ValueError(f"{name}: the picture has no alpha")
            found["alpha"].append(_overlap(cut_by_alpha(decoded.pixels, decoded.alpha), truth))
            found["colours"].append(_overlap(cut(decoded.pixels), truth))
        for by, overlaps in found.items():
            fits = np.array(overlaps)
            print(
                f"{name:20}{by:>8}{np.median(fits):12.3f}{np.percentile(fits, 10):10.3f}"
                f"{(fits >= 0.95).mean():9.0%}{(fits == 0).sum():6}"
            )


def _overlap(found: Packshot | None, truth: Mask) -> float:
    if found is None:
        return 0.0
    return float((found.mask & truth).sum() / (found.mask | truth).sum())


def _cut_out(_rng: Rng, pixels: Pixels, truth: Mask) -> Decoded:
    return _laid(pixels, _soft(truth))


def _white(_rng: Rng, pixels: Pixels, truth: Mask) -> Decoded:
    """The same product in white, as light as the paper where light falls on it."""
    light = pixels.astype(np.float32).mean(axis=2)
    shade = np.clip(0.35 * light / max(float(np.median(light[truth])), 1) + 0.66, 0.8, 1)
    return _laid(np.rint(255 * shade[..., None].repeat(3, axis=2)).astype(np.uint8), _soft(truth))


def _shadowed(rng: Rng, pixels: Pixels, truth: Mask) -> Decoded:
    """A drop shadow of up to seven tenths, more or less blurred."""
    cover = _soft(truth)
    moved = np.roll(cover, (int(rng.integers(4, 20)), int(rng.integers(-12, 13))), (0, 1))
    blurred = cv2.GaussianBlur(moved, (0, 0), float(rng.uniform(4, 16)))
    both = cover + np.asarray(blurred, np.float32) * np.float32(rng.uniform(0.2, 0.7)) * (1 - cover)
    mixed = pixels * (cover / np.maximum(both, 1e-6))[..., None]
    return _laid(np.rint(mixed).astype(np.uint8), both)


def _sheer(rng: Rng, pixels: Pixels, truth: Mask) -> Decoded:
    """Its lower part is a veil of three to six tenths."""
    lowest = int(np.percentile(np.nonzero(truth)[0], 60))
    cover = _soft(truth)
    cover[lowest:] *= np.float32(rng.uniform(0.3, 0.6))
    return _laid(pixels, cover)


def _keyed(_rng: Rng, pixels: Pixels, truth: Mask) -> Decoded:
    """White made transparent in a picture before white paper."""
    white = _laid(pixels, _soft(truth)).pixels
    alpha = np.where((white >= 250).all(axis=2), 0, 255).astype(np.uint8)
    return Decoded(white, alpha)


def _soft(truth: Mask) -> Plane:
    return np.asarray(cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 0.7), np.float32)


def _laid(pixels: Pixels, opacity: npt.NDArray[np.floating]) -> Decoded:
    return Decoded.on_white(pixels, np.rint(opacity * 255).astype(np.uint8))


KINDS: Final[dict[str, Callable[[Rng, Pixels, Mask], Decoded]]] = {
    "cut out": _cut_out,
    "cut out, white": _white,
    "with a shadow": _shadowed,
    "with a veil": _sheer,
    "by a colour key": _keyed,
}

if __name__ == "__main__":
    main()
