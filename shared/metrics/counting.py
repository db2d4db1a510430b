"""Counting: one small function for each thing that happens; without metrics they do nothing.

Whoever counts imports this and no more. ``prometheus_client`` is imported once metrics are
switched on (:mod:`shared.metrics.processes`).
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage

if TYPE_CHECKING:
    from shared.metrics.instruments import Instruments

_instruments: "Instruments | None" = None


def count_with(instruments: "Instruments | None") -> None:
    """Count with these from now on; None switches counting off."""
    global _instruments  # noqa: PLW0603  # one for each process, as prometheus_client has it
    _instruments = instruments


def stage_took(stage: Stage, seconds: float) -> None:
    """A picture has left a stage, with or without success."""
    if _instruments is not None:
        _instruments.stage_seconds.labels(stage.value).observe(seconds)


@contextmanager
def stage_timed(stage: Stage) -> Generator[None]:
    """Count the time of the block as that of a stage."""
    began_at = perf_counter()
    try:
        yield
    finally:
        stage_took(stage, perf_counter() - began_at)


def picture_ended(outcome: JobState, code: Code, pictures: int = 1) -> None:
    """Pictures came to an end; or, where the outcome is ``retry``, an attempt did."""
    if _instruments is None:
        return
    if outcome is JobState.RETRY:
        _instruments.retries.labels(code.value).inc(pictures)
    else:
        _instruments.pictures.labels(outcome.value, code.value).inc(pictures)


def expect_families(families: Iterable[str]) -> None:
    """Show these families at once: how a count rises is known only from where it began."""
    if _instruments is not None:
        for family in (*families, "none"):
            _instruments.families.labels(family)


def garment_found(family: str | None) -> None:
    """A picture was done, and its garment's main colour is of this family; None without one."""
    if _instruments is not None:
        _instruments.families.labels(family or "none").inc()


def lease_lost() -> None:
    """An outcome was not written: its lease was lost, or its picture replaced."""
    if _instruments is not None:
        _instruments.leases_lost.inc()


def host_backoff_begun() -> None:
    """A host that throttles, or says nothing, is left alone from now on."""
    if _instruments is not None:
        _instruments.host_backoffs.inc()


def fetched(size: int) -> None:
    """A picture of so many bytes was fetched."""
    if _instruments is not None:
        _instruments.fetched_bytes.inc(size)


def stored(size: int) -> None:
    """A file of so many bytes was stored."""
    if _instruments is not None:
        _instruments.stored_bytes.inc(size)


def network_ran(network: str, pictures: int) -> None:
    """So many pictures went through a network together."""
    if _instruments is not None:
        _instruments.network_batch.labels(network).observe(pictures)


def notification_refused() -> None:
    """A message from the broker cannot be used."""
    if _instruments is not None:
        _instruments.notifications_refused.inc()


def child_died(signal: str) -> None:
    """A child process ended unasked: the signal's name, or ``exit_`` and its exit code."""
    if _instruments is not None:
        _instruments.child_deaths.labels(signal).inc()


def upload_message(*, applied: bool) -> None:
    """The listener has applied a message, or left it in the queue."""
    if _instruments is not None:
        _instruments.upload_messages.labels("applied" if applied else "left").inc()


def upload_event(effect: str) -> None:
    """The listener has applied an upload event."""
    if _instruments is not None:
        _instruments.upload_events.labels(effect).inc()


def request_answered(part: str, status: int, seconds: float) -> None:
    """The page's answer to a request began; ``part`` is one of few words."""
    if _instruments is not None:
        _instruments.request_seconds.labels(part, f"{status // 100}xx").observe(seconds)
