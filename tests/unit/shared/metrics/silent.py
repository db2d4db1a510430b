"""A process that counts without serving: what a producer's command does."""

from shared.metrics import counting
from shared.metrics.serving import metrics_served
from shared.settings import get_settings


def run() -> None:
    with metrics_served(get_settings(), "listen", {}) as metrics:
        counting.fetched(1)
        assert metrics is None
