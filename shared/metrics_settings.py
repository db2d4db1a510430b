"""What can be set of metrics."""

from pydantic import Field
from pydantic_settings import BaseSettings


class MetricsSettings(BaseSettings):
    """The part of :class:`~shared.settings.Settings` that :mod:`shared.metrics` reads."""

    metrics_port: int | None = Field(None, ge=1, le=65_535)
    """Port of ``/metrics``, ``/healthz`` and ``/readyz`` of worker, scheduler, listener and page;
    without it they serve none."""

    metrics_host: str = "127.0.0.1"
    """The address on which they are served: whoever reaches it may read them."""
