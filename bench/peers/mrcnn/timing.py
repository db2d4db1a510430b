"""How long the original takes for one picture, with and without what surrounds its graph."""

import json
import statistics
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

import network
import numpy as np


def seconds(peer: Any, shown: Iterable[np.ndarray], rounds: int) -> dict[str, Any]:
    """Return seconds per picture of `detect` and of the bare `predict`, for every round.

    A round is each picture once, one at a time. One round goes before that warms up.
    """
    pictures = list(shown)
    feeds = [network.inputs(peer, picture)[0] for picture in pictures]
    found = [len(peer.detect([picture])[0]["scores"]) for picture in pictures]

    def detect() -> None:
        for picture in pictures:
            peer.detect([picture])

    def predict() -> None:
        for feed in feeds:
            peer.keras_model.predict(feed, verbose=0)

    return {
        "pictures": len(pictures),
        "detections": found,
        "detect_s": spread(detect, rounds, len(pictures)),
        "predict_s": spread(predict, rounds, len(pictures)),
    }


def spread(call: Callable[[], None], rounds: int, pictures: int) -> dict[str, Any]:
    """Return the seconds per picture of each round, the least and the median."""
    call()
    taken: list[float] = []
    for _ in range(rounds):
        started = perf_counter()
        call()
        taken.append((perf_counter() - started) / pictures)
    return {"rounds": taken, "min": min(taken), "median": statistics.median(taken)}


def told(result: dict[str, Any], as_json: bool) -> str:
    """Return the result as one line of JSON, or as a few lines for people."""
    if as_json:
        return json.dumps(result)
    lines = [f"detections: {', '.join(map(str, result['detections']))}"]
    for name in ("detect", "predict"):
        times = result[f"{name}_s"]
        rounds = " ".join(f"{one:.3f}" for one in times["rounds"])
        lines.append(f"{name}: min {times['min']:.3f} s, median {times['median']:.3f} s ({rounds})")
    return "\n".join(lines)
