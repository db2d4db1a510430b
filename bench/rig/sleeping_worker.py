"""The worker's real application with networks that only take time."""

import time
from threading import Event, Lock
from typing import Any, Final

from bench.catalogue.ledger import result
from shared.contracts.jobs import Claim
from shared.contracts.results import PictureResult
from shared.settings import Settings
from worker.runtime.celery_app import app, tasks

__all__ = ["app"]

NETWORKS_S: Final = 0.05


class Sleeper:
    """A pipeline in which each picture takes as long as two quick networks would."""

    batch = 1

    def __init__(self, settings: Settings) -> None:
        self._networks = Lock()  # a real one takes one picture at a time, too

    def load(self, claim: Claim) -> Claim:
        """Fetch nothing."""
        return claim

    def wait_until_able(self, stop: Event, seconds: float, tell: Any) -> bool:
        """There is no store that could be away."""
        return True

    def analyse(self, claim: Claim) -> Claim:
        """Wait, as for a GPU."""
        with self._networks:
            time.sleep(NETWORKS_S)
        return claim

    def finish(self, claim: Claim) -> PictureResult:
        """Give a result of the usual size, and store nothing."""
        return result(claim)


build: Any = Sleeper
tasks.workplace.build = build
