"""Pictures a second of the networks alone at batches of 1, 8 and 32, and what gathering costs.

usage: python -m bench.pictures.batches [SIZE ...]

This is what to run first where there is a GPU. The person network's figures hold its fitting and
pasting on the host. Peak memory is the process's until then, so it tells something for the largest.
"""

import sys
from collections.abc import Callable
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time
from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt

from shared.settings import get_settings
from worker.analysis.networks import build_networks
from worker.networks.batching import Batching, gpu_memory_bytes
from worker.networks.compiled import Compiled

ROUNDS = 5
CALLS = 300
CANVAS_HW = (576, 384)


def main(sizes: list[int]) -> None:
    """Print a line for each network and size, then one for each way of calling."""
    memory = gpu_memory_bytes()
    device = "no GPU" if memory is None else f"a GPU, {memory / 1e9:.1f} GB of it"
    networks = build_networks(get_settings(batch=1))
    print(f"Keras on {keras.backend.backend()}, {device}")
    for size in sizes:
        photos = noise(size, CANVAS_HW)
        show("person network", size, lambda photos=photos: networks.person(list(photos)))
    for size in sizes:
        canvases = noise(size, networks.generator.size_hw)
        show("generator", size, lambda canvases=canvases: networks.generator(canvases))
    print_costs()


def show(name: str, size: int, call: Callable[[], object]) -> None:
    """Print what the quickest of a few calls comes to, after one that compiles."""
    call()
    seconds = min(timed(call)[0] for _ in range(ROUNDS))
    peak_mb = getrusage(RUSAGE_SELF).ru_maxrss / 1024  # of the host, networks included
    print(
        f"{name:15} batch of {size:2d}: {1000 * seconds:7.1f} ms, "
        f"{size / seconds:6.1f} pictures/s, peak memory {peak_mb:,.0f} MB",
        flush=True,
    )


def print_costs() -> None:
    """Print what a call takes of a network that does nothing: directly, and gathered."""
    one_by_one, gathered = nothing(), nothing()
    gathered.gather(Batching(limit=16, wait_s=0.002))
    canvas, direct = noise(1, CANVAS_HW), graph()
    ways: dict[str, Callable[[], object]] = {
        "the graph itself": lambda: direct(canvas).numpy(),
        "one by one, as on a CPU": lambda: one_by_one(canvas),
        "gathered, one caller": lambda: gathered(canvas),
    }
    spent: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(CALLS):  # in turns, so that all of them meet the same machine
        for way, call in ways.items():
            spent[way].append(timed(call))
    for way, each in spent.items():
        latency, processor = 1e6 * np.median(np.array(each), axis=0)
        print(f"{way:24}: {latency:4.0f} µs a call, {processor:4.0f} µs of processor time")


def darken(canvases: Any) -> Any:
    """Hardly anything."""
    return canvases[:, 0, 0]


def nothing() -> Compiled[Any]:
    """A compiled network that does hardly anything."""
    network: Compiled[Any] = Compiled(darken, CANVAS_HW)
    network.warm_up()
    return network


def graph() -> Callable[..., Any]:
    """The same without what is around it."""
    import tensorflow as tf  # noqa: PLC0415

    signature = [tf.TensorSpec((None, *CANVAS_HW, 3), tf.uint8)]
    return cast("Any", tf.function)(darken, input_signature=signature, autograph=False)


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of this process's processor time."""
    started, used = perf_counter(), process_time()
    call()
    return perf_counter() - started, process_time() - used


def noise(size: int, size_hw: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """So many pictures of noise: zeros could run faster than pictures do."""
    return np.random.default_rng(0).integers(0, 256, (size, *size_hw, 3)).astype(np.uint8)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1, 8, 32])
