"""The worker's Celery application, tasks included: ``celery -A worker.app worker``."""

from shared.celery_app import app
from worker import tasks

__all__ = ["app", "tasks"]
