"""What stands behind a person: other backdrops, other people; drawn into training pictures."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.regions import Pixels
from worker.training.data.augment import Placement, Rng, low_noise

Alpha = npt.NDArray[np.float32]

PASSER_BY: Final = Placement(scale=(0.3, 0.75), shift=0.4, turn_degrees=6.0)
"""Where a passer-by stands: smaller than the subject, anywhere."""


@dataclass(frozen=True)
class Person:
    """A person on a canvas: RGB uint8 (H, W, 3), and float32 (H, W), 0..1, where the person is."""

    pixels: Pixels
    alpha: Alpha


def on_backdrop(person: Person, rng: Rng) -> Pixels:
    """Put a person before a studio's plain backdrop, half of the time of the clothes' own colour.

    Catalogues are photographed so; streets, where the labelled photos come from, are not.
    """
    visible = person.alpha > 0.9
    if rng.random() < 0.5 and visible.any():
        colour = person.pixels[visible][rng.integers(int(visible.sum()))] + rng.normal(0, 8, 3)
    else:
        colour = float(rng.choice([250, 235, 200, 128, 40])) + rng.normal(0, 6, 3)
    shade = 1.0 + 0.06 * low_noise(person.alpha.shape, 3, rng)
    grain = rng.normal(0.0, 2.0, person.alpha.shape)
    backdrop = np.clip(colour * shade[..., None] + grain[..., None], 0, 255).astype(np.uint8)
    return _compose(person.pixels, backdrop, person.alpha)


def behind(subject: Person, other: Person) -> Pixels:
    """Put another person into the picture, behind the subject."""
    return _compose(other.pixels, subject.pixels, other.alpha * (1 - subject.alpha))


def _compose(front: Pixels, back: Pixels, alpha: npt.NDArray[np.floating]) -> Pixels:
    # Labels end a little beside the cloth; a soft edge hides the seam of the old backdrop.
    soft = cv2.GaussianBlur(alpha, (0, 0), 0.8)[..., None]
    return np.rint(front * soft + back * (1.0 - soft)).astype(np.uint8)
