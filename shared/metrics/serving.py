"""Serving metrics and health beside what a process does, where a port is set for them."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.metrics.readiness import Check, ReadyChecks
from shared.settings import Settings

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

    from shared.metrics.processes import ProcessMetrics


@contextmanager
def metrics_served(
    settings: Settings,
    component: str,
    checks: Mapping[str, Check],
    collectors: "Sequence[Collector]" = (),
    *,
    has_children: bool = False,
) -> "Generator[ProcessMetrics | None]":
    """Count and serve within the block; without ``COLOURWAY_METRICS_PORT`` do nothing.

    Args:
        settings: port and address.
        component: what this process is.
        checks: what ``/readyz`` asks.
        collectors: metrics beside those that are counted.
        has_children: whether children that this process forks count, too.

    Raises:
        SettingsError: nothing can be served on that port.
    """
    if settings.metrics_port is None:
        yield None
        return
    # Here, so that whoever serves no metrics does not import their library.
    from shared.metrics.processes import ProcessMetrics  # noqa: PLC0415
    from shared.metrics.server import MetricsServer  # noqa: PLC0415

    metrics = ProcessMetrics(component, collectors, has_children=has_children)
    try:
        address = (settings.metrics_host, settings.metrics_port)
        server = MetricsServer(address, metrics.render, ReadyChecks(checks))
        try:
            yield metrics
        finally:
            server.close()
    finally:
        metrics.close()
