"""The worker's Celery application, tasks included: ``celery -A worker.app worker``."""

from shared.queue.celery_app import app
from worker.runtime import tasks

__all__ = ["app", "tasks"]
