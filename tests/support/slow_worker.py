"""A worker whose first child loads its networks for ever, for tests of the loading limit."""

import time
from typing import Any

from shared.settings import Settings
from tests.support.queue_worker import ShortPipeline, app
from worker.runtime import tasks

__all__ = ["app"]


def slow_at_first(settings: Settings) -> ShortPipeline:
    begun = settings.home / "begun"
    if not begun.exists():
        begun.touch()
        time.sleep(3600)
    return ShortPipeline(settings)


build: Any = slow_at_first
tasks.workplace.build = build
