"""The worker's real application with a pipeline that ends before the networks.

For tests of the queue, where every picture ends at ``fetch`` or ``decode``: importing TensorFlow
takes seconds, and every child that is killed would do it anew.
"""

from pathlib import Path
from threading import Event
from typing import Any, NoReturn

from shared.contracts.jobs import Claim
from shared.settings import Settings
from worker.runtime.celery_app import app, tasks

__all__ = ["app"]


class ShortPipeline:
    """Fetches and decodes as the pipeline does."""

    batch = 1

    def __init__(self, settings: Settings) -> None:
        # As in the worker itself, none of this is imported before a task runs.
        from worker.stages.decoder.decoder import open_decoder  # noqa: PLC0415
        from worker.stages.fetch import Fetcher  # noqa: PLC0415

        self._fetcher, self._decoder = Fetcher(settings, Path()), open_decoder(settings)

    def load(self, claim: Claim) -> Any:
        return self._decoder.decode(self._fetcher.fetch(claim.url).content)

    def wait_until_able(self, stop: Event, seconds: float, tell: Any) -> bool:
        return True

    def analyse(self, loaded: Any) -> NoReturn:
        raise AssertionError("no good picture belongs in this pipeline")

    def finish(self, inference: Any) -> NoReturn:
        raise AssertionError("no good picture belongs in this pipeline")


build: Any = ShortPipeline
tasks.workplace.build = build
