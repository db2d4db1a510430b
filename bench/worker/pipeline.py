"""Embedded mode: pictures a second of `run` over HTTP, against the bare networks."""

from statistics import median

from bench.rig.bare_networks import Bare
from bench.rig.embedded_mode import open_embedded_mode
from shared.contracts.jobs import Claim, JobState
from worker.analysis.networks import build_networks
from worker.runtime.runner import Outcome

ROUNDS = 3
PICTURES = 40


def main() -> None:
    """Alternate rounds of the whole pipeline and of the bare networks on the same pictures."""
    with open_embedded_mode(ROUNDS * PICTURES, distinct=PICTURES) as embedded:
        print(f"{len(embedded.pictures)} {embedded.source}, {ROUNDS} rounds, on two cores or fewer")
        bare = Bare(build_networks(embedded.settings), embedded.pictures)
        whole: list[float] = []
        alone: list[float] = []
        for _ in range(ROUNDS):
            alone.append(bare.run()[0])
            work = embedded.worker(PICTURES).work(ignore)
            whole.append(work.processed / work.seconds)
    for name, rates in (("the whole pipeline", whole), ("bare networks", alone)):
        print(f"{name}: {median(rates):.2f} pictures/s ({', '.join(f'{r:.2f}' for r in rates)})")
    print(f"efficiency: {median(w / b for w, b in zip(whole, alone, strict=True)):.2f}")


def ignore(claim: Claim, state: JobState, outcome: Outcome | None) -> None:
    """The rate is all that counts here."""


if __name__ == "__main__":
    main()
