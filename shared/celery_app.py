"""The name under which Celery finds the queues: ``celery -A shared.celery_app inspect ping``."""

from shared.queue.celery_app import app

__all__ = ["app"]
