"""The pictures that the original looks at: from a folder, or drawn."""

from pathlib import Path

import numpy as np
from PIL import Image


def read(folder: Path, size: int) -> dict[str, np.ndarray]:
    """Return name → RGB uint8 (size, size, 3) of every PNG in a folder, sorted by name.

    Raises ValueError where there is none, or one has another size.
    """
    files = sorted(folder.glob("*.png"))
    if not files:
        raise ValueError(f"There is no PNG file in {folder}.")
    found: dict[str, np.ndarray] = {}
    for file in files:
        with Image.open(file) as image:
            found[file.name] = np.asarray(image.convert("RGB"))
        if found[file.name].shape != (size, size, 3):
            height, width = found[file.name].shape[:2]
            raise ValueError(
                f"{file} has {width} x {height} pixels, and {size} x {size} are wanted. Resize it "
                "first, so that the original has nothing to resize."
            )
    return found


def draw(size: int, rng: np.random.Generator) -> np.ndarray:
    """Return RGB uint8 (size, size, 3) with the statistics of a photo: fallen leaves, and noise.

    Plain shapes that hide one another have edges and areas of every size, as photos do; mostly they
    are lighter or darker, and a little of a colour. The noise, weaker the finer it is, sees to it
    that no two places are alike. How much there is of each differs from picture to picture.
    """
    rows, columns = np.mgrid[:size, :size] / size
    colourful, leaves, noisy = rng.uniform(0, 0.5), int(10 ** rng.uniform(1, 3)), rng.uniform(5, 30)
    canvas = np.empty((size, size, 3))
    for leaf in range(leaves):
        y, x = rng.uniform(0, 1, 2)
        radius, slender = 0.5 * rng.uniform(0.1, 1) ** 2, rng.uniform(0.4, 2.5)
        inside = np.hypot((rows - y) * slender, (columns - x) / slender) < radius
        grey, colour = rng.uniform(0, 255), rng.uniform(0, 255, 3)
        canvas[inside | (leaf == 0)] = grey + colourful * (colour - grey)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size))[..., None]
    noise = rng.standard_normal((size, size, 1)) + 0.3 * rng.standard_normal((size, size, 3))
    noise = np.fft.rfft2(noise, axes=(0, 1)) / np.maximum(frequency, 1 / size)
    noise = np.fft.irfft2(noise, s=(size, size), axes=(0, 1))
    canvas += noisy * noise / noise.std()
    # Bent rather than cut at black and white: a cut would leave areas without noise.
    return (127.5 + 127.5 * np.tanh((canvas - 127.5) / 80)).astype(np.uint8)
