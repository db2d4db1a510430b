"""A worker whose networks cannot be loaded, for tests of how it ends."""

from typing import Any, NoReturn

from shared.errors import WeightsError
from shared.settings import Settings
from worker.runtime.celery_app import app, tasks

__all__ = ["app"]


def refuse(settings: Settings) -> NoReturn:
    raise WeightsError(f"there are no weights in {settings.home}")


build: Any = refuse
tasks.workplace.build = build
