"""What metrics cost: counting, as a part of a picture's processor time, and a scrape.

usage: python -m bench.worker.metrics [--pictures N] [--rounds N]

Pictures go through the whole pipeline, and a tape notes all that is counted. Then the same is
counted again and again as a worker counts, in files. A difference of two runs would not do: it is a
hundredth of what one run varies.
"""

from argparse import ArgumentParser
from statistics import median
from time import process_time
from typing import Any, Final

from bench.rig.embedded_mode import open_embedded_mode
from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Stage
from shared.metrics import counting
from shared.metrics.processes import ProcessMetrics
from worker.runtime.outcome_counts import count_outcome
from worker.runtime.runner import Outcome

AIM: Final = 0.01
"""What part of a picture's processor time counting may take."""

SCRAPES: Final = 50
SCRAPED_EVERY_S: Final = 15
WARM_UP: Final = 3

Call = tuple[str, tuple[str, ...], str, float]
"""A metric, the values of its labels, what was called, and with which number."""


class Tape:
    """Stands where the metrics stand, and notes what is called; threads may share it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __getattr__(self, metric: str) -> "TapedMetric":
        return TapedMetric(self.calls, metric)


class TapedMetric:
    """One metric of a tape."""

    def __init__(self, calls: list[Call], metric: str, labels: tuple[str, ...] = ()) -> None:
        self._calls = calls
        self._metric = metric
        self._labels = labels

    def labels(self, *values: str) -> "TapedMetric":
        """The series with these labels."""
        return TapedMetric(self._calls, self._metric, values)

    def inc(self, amount: float = 1.0) -> None:
        """Note a counter's rise."""
        self._calls.append((self._metric, self._labels, "inc", amount))

    def observe(self, amount: float) -> None:
        """Note a histogram's observation."""
        self._calls.append((self._metric, self._labels, "observe", amount))


def main(pictures: int, rounds: int) -> int:
    """Print what counting and scraping cost; 1 where counting costs more than its aim."""
    tape: Any = Tape()
    with open_embedded_mode(pictures + WARM_UP, distinct=pictures) as embedded:
        print(f"{pictures} {embedded.source}")
        embedded.worker(WARM_UP).work(tell)
        counting.count_with(tape)
        began = process_time()
        embedded.worker(pictures).work(tell)
        picture_s = (process_time() - began) / pictures
        counting.count_with(None)
    metrics = ProcessMetrics("worker", has_children=True)
    try:
        counted_s = median(play(tape.calls, metrics.instruments) for _ in range(rounds)) / pictures
        scrape_s = scrape(metrics)
        size = len(metrics.render()[0])
    finally:
        metrics.close()
    part = counted_s / picture_s
    print(f"a picture: {picture_s * 1e3:.0f} ms of processor time")
    print(
        f"counting: {counted_s * 1e6:.0f} µs in {len(tape.calls) / pictures:.1f} calls a picture, "
        f"{part:.3%} of it (aim: ≤ {AIM:.0%})"
    )
    print(
        f"a scrape: {scrape_s * 1e3:.1f} ms and {size / 1e3:.0f} kB; every {SCRAPED_EVERY_S} s "
        f"{scrape_s / SCRAPED_EVERY_S:.3%} of a core"
    )
    return int(part > AIM)


def tell(claim: Claim, state: JobState, outcome: Outcome | None) -> None:
    """Count outcomes as a worker's task does."""
    count_outcome(state, outcome)


def play(calls: list[Call], instruments: Any) -> float:
    """Count what a tape holds, stages with their clocks; return the processor time in seconds."""
    began = process_time()
    for metric, labels, method, amount in calls:
        if metric == "stage_seconds":
            with counting.stage_timed(Stage(labels[0])):
                continue
        series = getattr(instruments, metric)
        if labels:
            series = series.labels(*labels)
        getattr(series, method)(amount)
    return process_time() - began


def scrape(metrics: ProcessMetrics) -> float:
    """Return the processor time of one scrape, in seconds."""
    began = process_time()
    for _ in range(SCRAPES):
        metrics.render()
    return (process_time() - began) / SCRAPES


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    raise SystemExit(main(given.pictures, given.rounds))
