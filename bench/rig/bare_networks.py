"""The networks with nothing around them: what the whole pipeline is measured against."""

from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import numpy.typing as npt

from worker.analysis.networks import Networks
from worker.imaging.canvas import make_fit, onto_canvas
from worker.stages.decode import decode

Pictures = list[npt.NDArray[np.uint8]]


class Bare:
    """Both networks and some pictures, decoded and, for the generator, on their canvas."""

    def __init__(self, networks: Networks, pictures: list[Path]) -> None:
        self._networks = networks
        self._photos = [decode(path.read_bytes(), 10**8) for path in pictures]
        self._canvases = canvases_of(self._photos, networks.generator.size_hw)

    def run(self) -> tuple[float, float]:
        """Pictures a second, and processor seconds a picture, one picture after the other."""
        started, used = perf_counter(), process_time()
        for photo, canvas in zip(self._photos, self._canvases, strict=True):
            self._networks.person([photo])
            self._networks.generator(canvas)
        count = len(self._photos)
        return count / (perf_counter() - started), (process_time() - used) / count


def canvases_of(photos: Pictures, size_hw: tuple[int, int]) -> Pictures:
    """Every photo fitted to a network's canvas, (1, H, W, 3)."""
    fits = [make_fit((p.shape[0], p.shape[1]), size_hw) for p in photos]
    return [onto_canvas(p, fit)[None] for p, fit in zip(photos, fits, strict=True)]
