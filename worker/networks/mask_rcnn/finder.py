"""A network put to use: photos of any size in, each one's subject out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from worker.imaging.canvas import Fit, make_fit, onto_canvas, onto_released_canvas
from worker.imaging.paste import HALF, Shares, paste_shares
from worker.imaging.regions import Mask, Pixels
from worker.networks.batching import Batching
from worker.networks.compiled import Compiled
from worker.networks.mask_rcnn.boxes import normalise, pixels_of
from worker.networks.mask_rcnn.config import MaskRcnnConfig

if TYPE_CHECKING:
    from worker.networks.mask_rcnn.network import MaskRcnn  # brings Keras, which graphs do not need

Arrays = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Found:
    """A photo's subject.

    Attributes:
        mask: bool (H, W).
        score: the network's, 0..1.
        shares: how sure the mask is of each pixel, uint8 (H, W) of 255; None where it does not say.
    """

    mask: Mask
    score: float
    shares: Shares | None = None


class SubjectFinder:
    """Finds the subject of photos; safe to call from threads.

    Args:
        config: of the network.
        run: what :func:`compile_finder` gives for it.
    """

    def __init__(self, config: MaskRcnnConfig, run: Compiled[Arrays]) -> None:
        self.config = config
        self._run = run

    @classmethod
    def of(cls, network: "MaskRcnn") -> Self:
        """Compile a network with its weights; the released one is faster in its folded form."""
        return cls(network.config, compile_finder(network))

    def warm_up(self) -> None:
        """Compile now, so that the first photo is as quick as any other."""
        self._run.warm_up()

    def gather(self, batching: Batching, name: str | None = None) -> None:
        """From now on, find the subjects of several threads' single photos together."""
        self._run.gather(batching, name)

    def __call__(self, photos: Sequence[Pixels]) -> list[Found | None]:
        """The subject of each photo, RGB uint8 (H, W, 3); None where there is no person.

        Raises:
            ValueError: another dtype or shape, an empty photo, or no photo at all.
        """
        for photo in photos:
            _require_rgb(photo)
        config = self.config
        sizes = [(photo.shape[0], photo.shape[1]) for photo in photos]
        fits = [make_fit(size, config.size_hw, config.short_side) for size in sizes]
        place = onto_released_canvas if config.corner_aligned else onto_canvas
        canvases = [place(photo, fit) for photo, fit in zip(photos, fits, strict=True)]
        windows = np.array([fit.window_yxyx for fit in fits], np.float32).reshape(-1, 4)
        found = self._run(
            np.array(canvases, np.uint8).reshape(-1, *config.size_hw, 3),
            normalise(windows, config.size_hw, config.corner_aligned),
        )
        return [self._paste(found, row, fit) for row, fit in enumerate(fits)]

    def _paste(self, found: Arrays, row: int, fit: Fit) -> Found | None:
        score = float(found["score"][row])
        if score <= 0.0:
            return None
        window = pixels_of(found["window"][row], self.config.size_hw, self.config.corner_aligned)
        shares = paste_shares(found["mask"][row], window, fit)
        return Found(shares >= HALF, score, shares)


def compile_finder(network: "MaskRcnn") -> Compiled[Arrays]:
    """Compile a network: canvases and windows in, what ``find_subject`` gives out."""
    return Compiled(network.find_subject, network.config.size_hw, (4,))


def _require_rgb(photo: Pixels) -> None:
    if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3 or not photo.size:
        raise ValueError(
            f"expected RGB uint8 (H, W, 3) of at least one pixel, got {photo.dtype} {photo.shape}"
        )
