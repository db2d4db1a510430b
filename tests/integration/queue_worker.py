"""The worker's real application with a real pipeline that has no networks.

For tests of the queue, where every picture ends at ``fetch``: loading networks takes a while.
"""

from pathlib import Path
from typing import Any

from shared.settings import Settings
from shared.storage import open_storage
from worker.app import app, tasks
from worker.main import build_naming

__all__ = ["app"]


def build_without_networks(settings: Settings) -> Any:
    # As in the worker itself, none of this is imported before a task runs.
    from worker.pipeline import Pipeline  # noqa: PLC0415
    from worker.stages.fetch import Fetcher  # noqa: PLC0415

    nothing: Any = None
    return Pipeline(
        networks=nothing,
        fetcher=Fetcher(settings, Path()),
        storage=open_storage(settings),
        naming=build_naming(settings),
        settings=settings,
    )


tasks.workplace.build = build_without_networks
