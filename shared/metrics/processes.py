"""Switching metrics on in a process, and rendering them: its own, and those of its children."""

import os
import struct
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from threading import Lock
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    ProcessCollector,
    disable_created_metrics,
    values,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from shared.metrics.counting import count_with
from shared.metrics.folder import MetricsFolder
from shared.metrics.instruments import Instruments

_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

TRIES: Final = 5
"""How often files are read that a child has just begun to write."""


class ProcessMetrics:
    """The metrics of one long-running process and of the children that it forks.

    Args:
        component: what it is: ``worker``, ``schedule``, ``listen`` or ``serve``.
        collectors: further metrics.
        has_children: whether it forks children that count, too.
    """

    def __init__(
        self, component: str, collectors: Sequence[Collector] = (), *, has_children: bool = False
    ) -> None:
        self._folder = _count_in_files() if has_children else None
        self._lock = Lock()
        disable_created_metrics()  # a second series for each counter, which nobody reads
        self._registry = CollectorRegistry(auto_describe=False)
        self._child: Callable[[], int | None] = lambda: None
        ProcessCollector(registry=self._registry)
        if has_children:
            ProcessCollector(
                "colourway_child", lambda: self._child() or "none", registry=self._registry
            )
        for collector in (BuildInfo(component), *collectors):
            self._registry.register(collector)
        if self._folder is not None:
            MultiProcessCollector(self._registry, str(self._folder.path))
        self.instruments = Instruments(component, None if has_children else self._registry)
        count_with(self.instruments)

    def watch_child(self, pid: Callable[[], int | None]) -> None:
        """Show memory, processor time and files of the child that does the work, too."""
        self._child = pid

    def render(self, accept: str | None = None) -> tuple[bytes, str]:
        """Return all metrics, and their content type.

        Args:
            accept: the request's header of that name: what formats the client reads.
        """
        encode, content_type = choose_encoder(accept or "")
        with self._lock:
            for _ in range(TRIES - 1):
                try:
                    return encode(self._registry), content_type
                except struct.error:  # a file that a child has made and not yet written to
                    time.sleep(0.01)
            return encode(self._registry), content_type

    def retire(self, pid: int) -> None:
        """Keep what a child that has died had counted, and remove its files."""
        if self._folder is not None:
            with self._lock:  # or a scrape might count it twice, or not at all
                self._folder.retire(pid)

    def close(self) -> None:
        """Switch counting off, and remove the files."""
        count_with(None)
        if self._folder is not None:
            os.environ.pop(_FOLDER_VARIABLE, None)
            values.ValueClass = values.MutexValue
            self._folder.remove()


def _count_in_files() -> MetricsFolder:
    """Have metrics that are made from now on kept in files, which outlive a child."""
    folder = MetricsFolder.make()
    os.environ[_FOLDER_VARIABLE] = str(folder.path)  # read each time such a file is opened
    values.ValueClass = values.MultiProcessValue()  # chosen already where it was imported before
    return folder


class BuildInfo(Collector):
    """Says which version of the software a process runs, and what it is."""

    def __init__(self, component: str) -> None:
        python = ".".join(map(str, sys.version_info[:3]))
        self._labels = {"component": component, "version": version("colourway"), "python": python}

    def collect(self) -> Iterable[Metric]:
        """See :class:`prometheus_client.registry.Collector`."""
        info = GaugeMetricFamily(
            "colourway_build_info", "The running version; always 1.", labels=list(self._labels)
        )
        info.add_metric(list(self._labels.values()), 1.0)
        yield info
