"""The name under which Celery finds nightly runs: ``celery -A producer.app worker --beat``."""

from producer.nightly.celery_app import app

__all__ = ["app"]
