"""A GPU that only takes time, two networks on it, and a pipeline around them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bench.catalogue.ledger import result
from shared.contracts.jobs import Claim
from shared.contracts.results import PictureResult
from worker.networks.gatherer import Gatherer

BATCH_S: Final = 0.005
PICTURE_S: Final = 0.001
CANVAS_HW: Final = (576, 384)

Canvas = npt.NDArray[np.uint8]


@dataclass
class StandInGpu:
    """Takes 5 ms for a batch and 1 ms for each picture in it, one batch at a time.

    A batch that is given while another is computed begins when that ends, as in the queue of a
    GPU's driver, whether or not the host has woken up by then. ``busy_s`` is the time that the
    batches take: where the host gives the next one late, the GPU idles. ``slower`` times as long,
    on a machine that is busy with other things.
    """

    slower: float = 1.0
    busy_s: float = 0.0
    batches: int = 0
    pictures: int = 0
    _free_at: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def compute(self, canvases: Sequence[Canvas]) -> Sequence[Canvas]:
        """Give the canvases back, copied together once as they are for a network."""
        together = np.concatenate(canvases)
        took_s = self.slower * (BATCH_S + PICTURE_S * len(canvases))
        with self._lock:
            self._free_at = max(self._free_at, time.perf_counter()) + took_s
            done_at = self._free_at
            self.busy_s += took_s
            self.batches += 1
            self.pictures += len(canvases)
        time.sleep(max(0.0, done_at - time.perf_counter()))
        return [together[place : place + 1] for place in range(len(canvases))]


class GpuPipeline:
    """Decodes, has both networks see each picture, and fills and colours between and after them.

    Args:
        gpu: what the networks run on.
        batch: the most pictures of a batch.
        wait_s: how long a batch waits for more.
        host_s: how long each of the three stages on the host takes; it sleeps.
    """

    def __init__(self, gpu: StandInGpu, batch: int, wait_s: float, host_s: float) -> None:
        self.batch = batch
        self._host_s = host_s
        self._person = Gatherer(gpu.compute, batch, wait_s)
        self._painter = Gatherer(gpu.compute, batch, wait_s)
        self._canvas = np.zeros((1, *CANVAS_HW, 3), np.uint8)

    def load(self, claim: Claim) -> Any:
        """Decode."""
        time.sleep(self._host_s)
        return claim

    def analyse(self, loaded: Any) -> Any:
        """Find the person, fill, and paint."""
        found = self._person(self._canvas)
        time.sleep(self._host_s)
        self._painter(found)
        return loaded

    def finish(self, inference: Any) -> PictureResult:
        """Colour, crop and store."""
        time.sleep(self._host_s)
        return result(inference)
