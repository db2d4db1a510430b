"""A stub of the pipeline, alone or with a network for batches, and a log of what is heard of it."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult
from tests.support.rows import NAVY, result
from worker.networks.gatherer import Gatherer
from worker.runtime.recorder import Outcome


@dataclass
class StubPipeline:
    """Takes every picture to a result, except where an error waits for it at a step.

    ``errors`` maps (step, position) to what is raised there. Notes which thread took which step,
    and the most pictures that were between the start of ``load`` and the end of ``finish``.
    """

    errors: dict[tuple[str, int], BaseException] = field(default_factory=dict)
    threads: dict[str, set[int]] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)
    inside: int = 0
    most_inside: int = 0
    finish_s: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self, claim: Claim) -> Claim:
        with self.lock:
            self.seen.append(claim.position)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        return self._step("load", claim)

    def analyse(self, loaded: Claim) -> Claim:
        return self._step("analyse", loaded)

    def finish(self, analysis: Claim) -> PictureResult:
        time.sleep(self.finish_s)
        self._step("finish", analysis)
        self._leave()
        return result(NAVY, name=f"p{analysis.position}")

    def _step(self, step: str, claim: Claim) -> Claim:
        with self.lock:
            self.threads.setdefault(step, set()).add(threading.get_ident())
        if error := self.errors.get((step, claim.position)):
            self._leave()
            raise error
        return claim

    def _leave(self) -> None:
        with self.lock:
            self.inside -= 1


@dataclass
class OutcomeLog:
    """Hears of outcomes; keeps them by position, and the threads in which it heard."""

    outcomes: dict[int, tuple[JobState, Outcome | None]] = field(default_factory=dict)
    threads: set[int] = field(default_factory=set)

    def __call__(
        self, claim: Claim, state: JobState, outcome: Outcome | None, seconds: float
    ) -> None:
        assert claim.position not in self.outcomes
        self.outcomes[claim.position] = (state, outcome)
        self.threads.add(threading.get_ident())

    @property
    def states(self) -> dict[int, JobState]:
        return {position: state for position, (state, _) in sorted(self.outcomes.items())}


@dataclass
class BatchPipeline(StubPipeline):
    """Has pictures go through a network together; picture 3 fails whatever batch it is in."""

    batches: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.network = Gatherer(self.see, limit=4, wait_s=0.05)

    def see(self, positions: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(positions))
        time.sleep(0.02)
        if 3 in positions:
            raise ValueError("picture 3 is odd")
        return positions

    def analyse(self, loaded: Claim) -> Claim:
        assert self.network(loaded.position) == loaded.position
        return super().analyse(loaded)
