"""Fast: a region of 768x512 pixels on one core, ours beside every setting of the peers."""

import os
import time
from typing import Final

import cv2
import numpy as np

from bench.colours import peer_process
from bench.colours.peers import OURS, best_settings, setting_errors
from bench.colours.renders import render
from bench.colours.scope import Scope, shown
from worker.imaging.colours.dominant import dominant
from worker.imaging.colours.sample import working_picture
from worker.imaging.regions import CLOTHES, Pixels

SIZE_HW: Final = (768, 512)
PICTURES: Final = 12
ROUNDS: Final = 15
# A peer that errs so many times as much as ours is no match to be faster than.
COMPARABLE: Final = 2.0
SLOW_MS: Final = 500.0


def table(scope: Scope) -> None:
    """Print milliseconds of processor time; each picture counts at the fastest of its rounds."""
    if os.environ.get("OMP_NUM_THREADS") != "1":
        print("(OMP_NUM_THREADS is not 1: ours may have used more than one core)")
    pictures, which = _pictures(scope)
    errors, best = setting_errors(), set(best_settings().values())
    limit = COMPARABLE * errors[OURS]
    spent = {OURS: [min(_time(picture) for _ in range(ROUNDS)) for picture in pictures]}
    timed = [name for name in errors if name in best or errors[name] <= limit]
    for name in shown([name for name in timed if name != OURS], "settings"):
        spent[name] = _time_peer(name, pictures)
    print(f"{which}, {SIZE_HW[0]}x{SIZE_HW[1]}, the whole of each as the region; processor time.")
    print("ΔE2000: the median error on the renders by which the peers' settings are chosen. Each")
    print("peer's best setting, and all that are within twice our error (comparable).")
    print(f"{'':32}{'median ms':>10}{'worst ms':>10}{'ΔE2000':>8}")
    for name in sorted(spent, key=lambda name: float(np.median(spent[name]))):
        match = "  comparable" if errors[name] <= limit else ""
        print(
            f"{name:32}{np.median(spent[name]):10.2f}{max(spent[name]):10.2f}{errors[name]:8.2f}"
            f"{match}"
        )


def _time_peer(name: str, pictures: list[Pixels]) -> list[float]:
    """Milliseconds as for ours; one round of one picture where that takes long enough."""
    whole = np.ones(SIZE_HW, bool)
    with peer_process.running([name]) as asked:
        first = asked.ask(pictures[0], whole)[name].ms
        if first > SLOW_MS:
            return [first]
        return [
            min(asked.ask(picture, whole)[name].ms for _ in range(ROUNDS)) for picture in pictures
        ]


def _pictures(scope: Scope) -> tuple[list[Pixels], str]:
    """Photos where there are any, since they hold more colours than renders do."""
    found = Scope(training=True).photos()
    if found is None:
        return [render(seed, SIZE_HW).pixels for seed in range(PICTURES)], f"{PICTURES} renders"
    folder, ids = found
    size = SIZE_HW[::-1]
    photos = [folder.photo(i) for i in ids[:: len(ids) // PICTURES][:PICTURES]]
    resized = [cv2.resize(photo, size, interpolation=cv2.INTER_CUBIC) for photo in photos]
    return [np.asarray(photo, np.uint8) for photo in resized], f"{PICTURES} training photos"


def _time(pixels: Pixels) -> float:
    """Milliseconds from the whole picture to its colours; other processes do not count."""
    labels = np.full(SIZE_HW, CLOTHES, np.uint8)
    started = time.process_time()
    sample = working_picture(pixels, labels).sample(CLOTHES)
    dominant(sample.rgb, sample.weights)
    return (time.process_time() - started) * 1e3
