"""Embedded mode: pictures a second of `run` over HTTP, against the bare networks."""

from statistics import median

from bench._bare import Bare
from bench._road import open_road
from shared.contracts.jobs import Claim, JobState
from worker.runtime.composition import build_networks
from worker.runtime.runner import Outcome

ROUNDS = 3
PICTURES = 40


def main() -> None:
    """Alternate rounds of the whole road and of the bare networks on the same pictures."""
    with open_road(ROUNDS * PICTURES, distinct=PICTURES) as road:
        print(f"{len(road.pictures)} {road.source}, {ROUNDS} rounds, on two cores or fewer")
        bare = Bare(build_networks(road.settings), road.pictures)
        whole: list[float] = []
        alone: list[float] = []
        for _ in range(ROUNDS):
            alone.append(bare.run()[0])
            work = road.worker(PICTURES).work(ignore)
            whole.append(work.processed / work.seconds)
    for name, rates in (("the whole road", whole), ("bare networks", alone)):
        print(f"{name}: {median(rates):.2f} pictures/s ({', '.join(f'{r:.2f}' for r in rates)})")
    print(f"efficiency: {median(w / b for w, b in zip(whole, alone, strict=True)):.2f}")


def ignore(claim: Claim, state: JobState, outcome: Outcome | None) -> None:
    """The rate is all that counts here."""


if __name__ == "__main__":
    main()
