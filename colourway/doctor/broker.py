"""The broker: can it be reached, and may this user ask how many notifications wait."""

from collections.abc import Iterator

from colourway.doctor.finding import HealthFinding, examine, ok, skipped
from shared.settings import Settings


def examine_broker(settings: Settings) -> Iterator[HealthFinding]:
    """Yield what is found of the broker."""
    if settings.embedded:
        yield skipped("broker", "embedded mode needs none")
        return
    advice = "check CELERY_BROKER_URL, that the server runs, and the user's rights"
    yield from examine("broker", advice, lambda: _queues(settings))


def _queues(settings: Settings) -> Iterator[HealthFinding]:
    from shared.queue.celery_app import build_app, queue_depths  # noqa: PLC0415

    depths = queue_depths(build_app(settings))
    waiting = ", ".join(f"{queue.value} {depth:,}" for queue, depth in depths.items())
    yield ok("broker", f"{settings.broker_url}: notifications that wait: {waiting}")
