"""Every metric that Colourway counts by itself, with its name, its labels and its buckets.

What the ledger knows (jobs by queue and state) is asked for instead: :mod:`producer.status.gauges`.
Labels have few values, all of them our own: no host, no product, no URL.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage

STAGE_BUCKETS_S: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
REQUEST_BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
BATCH_BUCKETS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


class Instruments:
    """The metrics of one process; those that it can never raise are not shown.

    Args:
        component: what the process is, such as ``worker``.
        registry: collects them; None where each process of a family writes them to files, which
            one of them collects.
    """

    def __init__(self, component: str, registry: CollectorRegistry | None) -> None:
        uploads = registry if component == "listen" else None
        page = registry if component == "web" else None
        registry = registry if component == "worker" else None
        self.stage_seconds = Histogram(
            "colourway_stage_duration_seconds",
            "Time that pictures spent in a stage; of record, that of one transaction.",
            ["stage"],
            buckets=STAGE_BUCKETS_S,
            registry=registry,
        )
        self.pictures = Counter(
            "colourway_pictures",
            "Pictures that came to an end, by outcome and code.",
            ["outcome", "code"],
            registry=registry,
        )
        self.retries = Counter(
            "colourway_retries",
            "Attempts that will be made again, by the code of their error.",
            ["code"],
            registry=registry,
        )
        self.leases_lost = Counter(
            "colourway_leases_lost",
            "Outcomes that were not written: the lease was lost, or the picture replaced.",
            registry=registry,
        )
        self.host_backoffs = Counter(
            "colourway_host_backoffs",
            "Backoffs that this process began for hosts that throttle or say nothing.",
            registry=registry,
        )
        self.families = Counter(
            "colourway_garment_families",
            "Pictures that were done, by the family of their garment's main colour.",
            ["family"],
            registry=registry,
        )
        self.fetched_bytes = Counter(
            "colourway_fetched_bytes", "Bytes of pictures that were fetched.", registry=registry
        )
        self.stored_bytes = Counter(
            "colourway_stored_bytes", "Bytes of files that were stored.", registry=registry
        )
        self.network_batch = Histogram(
            "colourway_network_batch_pictures",
            "Pictures that went through a network together, padding left out.",
            ["network"],
            buckets=BATCH_BUCKETS,
            registry=registry,
        )
        self.notifications_refused = Counter(
            "colourway_notifications_refused",
            "Messages from the broker that no worker can use.",
            registry=registry,
        )
        self.child_deaths = Counter(
            "colourway_child_deaths",
            "Child processes that ended unasked, by signal; exit_N where by themselves.",
            ["signal"],
            registry=registry,
        )
        self.upload_messages = Counter(
            "colourway_upload_messages",
            "Messages that the listener received: applied, or left in the queue.",
            ["result"],
            registry=uploads,
        )
        self.upload_events = Counter(
            "colourway_upload_events",
            "Upload events that the listener applied, by what came of them.",
            ["effect"],
            registry=uploads,
        )
        self.request_seconds = Histogram(
            "colourway_web_request_duration_seconds",
            "Time until the page's answer to a request begins, waiting for a turn included.",
            ["part", "status"],
            buckets=REQUEST_BUCKETS_S,
            registry=page,
        )
        if component == "worker":
            self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """Show at once what is sure to come: a rate needs a value before the first event."""
        for stage in Stage:
            self.stage_seconds.labels(stage.value)
        for state, code in (
            (JobState.DONE, Code.OK),
            (JobState.NO_PERSON, Code.NO_PERSON),
            (JobState.FAILED, Code.FETCH_NOT_FOUND),
            (JobState.QUARANTINED, Code.ATTEMPTS_EXHAUSTED),
        ):
            self.pictures.labels(state.value, code.value)
        for code in Code:
            self.retries.labels(code.value)
        for signal in ("SIGKILL", "SIGSEGV", "SIGALRM"):
            self.child_deaths.labels(signal)
