"""The worker's Celery application, tasks included: ``celery -A worker.app worker``."""

from shared.queue.celery_app import app
from worker.runtime import tasks
from worker.runtime.metrics_step import MetricsStep

app.steps["worker"].add(MetricsStep)

__all__ = ["app", "tasks"]
