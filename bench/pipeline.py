"""Pipeline efficiency: pictures a second of `run` over HTTP, against the bare networks."""

from statistics import median
from time import perf_counter

import numpy as np
import numpy.typing as npt

from bench._road import open_road
from shared.contracts import Claim, JobState
from worker.imaging.canvas import make_fit, onto_canvas
from worker.main import build_networks
from worker.pipeline import Networks
from worker.runner import Outcome
from worker.stages.decode import decode

ROUNDS = 3
PICTURES = 40

Pictures = list[npt.NDArray[np.uint8]]


def main() -> None:
    """Alternate rounds of the whole road and of the bare networks on the same pictures."""
    with open_road(ROUNDS * PICTURES, distinct=PICTURES) as road:
        print(f"{len(road.pictures)} {road.source}, {ROUNDS} rounds, on two cores or fewer")
        networks = build_networks(road.settings)
        photos = [decode(path.read_bytes(), 10**8) for path in road.pictures]
        painted = canvases_of(photos, networks.generator.size_hw)
        whole: list[float] = []
        bare: list[float] = []
        for _ in range(ROUNDS):
            bare.append(len(photos) / time_networks(networks, photos, painted))
            work = road.worker(PICTURES).work(ignore)
            whole.append(work.processed / work.seconds)
    for name, rates in (("the whole road", whole), ("bare networks", bare)):
        print(f"{name}: {median(rates):.2f} pictures/s ({', '.join(f'{r:.2f}' for r in rates)})")
    print(f"efficiency: {median(w / b for w, b in zip(whole, bare, strict=True)):.2f}")


def ignore(claim: Claim, state: JobState, outcome: Outcome | None) -> None:
    """The rate is all that counts here."""


def canvases_of(photos: Pictures, size_hw: tuple[int, int]) -> Pictures:
    """Every photo fitted to a network's canvas, (1, H, W, 3)."""
    fits = [make_fit((p.shape[0], p.shape[1]), size_hw) for p in photos]
    return [onto_canvas(p, fit)[None] for p, fit in zip(photos, fits, strict=True)]


def time_networks(networks: Networks, photos: Pictures, painted: Pictures) -> float:
    """Seconds that the two networks take for all pictures, one after the other."""
    started = perf_counter()
    for photo, canvas in zip(photos, painted, strict=True):
        networks.person([photo])
        networks.generator(canvas)
    return perf_counter() - started


if __name__ == "__main__":
    main()
