"""The name under which Celery finds the worker: ``celery -A worker.app worker``."""

from worker.runtime.celery_app import app

__all__ = ["app"]
