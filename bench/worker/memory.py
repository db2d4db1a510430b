"""Memory of a worker over 500 pictures: flat after the first 50?"""

import psutil

from bench.rig.embedded_mode import open_embedded_mode
from shared.contracts.jobs import Claim, JobState
from worker.runtime.runner import Outcome

COUNT = 500
EVERY = 50


def main() -> None:
    """Run 500 pictures through one worker and print its resident memory on the way."""
    process = psutil.Process()
    megabytes: list[float] = []

    def watch(claim: Claim, state: JobState, outcome: Outcome | None) -> None:
        seen.append(claim.job_id)
        if len(seen) % EVERY == 0:
            megabytes.append(process.memory_info().rss / 1e6)
            print(f"after {len(seen):3d} pictures: {megabytes[-1]:.0f} MB", flush=True)

    seen: list[int] = []
    with open_embedded_mode(COUNT, distinct=EVERY) as embedded:
        print(f"{len(embedded.pictures)} {embedded.source}, ten times each")
        embedded.worker().work(watch)
    print(f"growth after the first {EVERY}: {max(megabytes[1:]) / megabytes[0] - 1:+.1%}")


if __name__ == "__main__":
    main()
