"""Spans: what takes how long, and of what it is a part; without a collector they cost nothing.

They are sent where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says; other ``OTEL_…`` variables count, too.
OpenTelemetry is imported, and its thread begun, with the first span of a process: a worker's
parent, which forks, makes none.
"""

import os
import re
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from threading import Lock
from time import time_ns
from typing import TYPE_CHECKING, Final

from shared.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Variables of which one must be set."""

MOST_CARRIED: Final = 1000
"""So many jobs of one span carry its trace on; the others begin their own."""

_TRACEPARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

Attributes = dict[str, str | int | float | None]


@dataclass
class _Process:
    """What one process traces with."""

    lock: Lock = field(default_factory=Lock)
    provider: "TracerProvider | None" = None
    carried: dict[int, int] = field(default_factory=dict[int, int])

    def tracer(self) -> "Tracer | None":
        if not any(os.environ.get(name) for name in ENDPOINTS):
            return None
        with self.lock:
            if self.provider is None:
                self.provider = _provider()
            return self.provider.get_tracer("colourway")


_process = _Process()


def _provider() -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{ENDPOINTS[0]} is set and {error.name} is missing: pip install 'colourway[otel]'"
        ) from error
    name = os.environ.get("OTEL_SERVICE_NAME", "colourway")
    made = TracerProvider(resource=Resource.create({"service.name": name}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def end_tracing() -> None:
    """Send what was not sent yet, and trace no more; ended by itself where a process just ends."""
    if _process.provider is not None:
        _process.provider.shutdown()
        _process.provider = None


@contextmanager
def span(name: str, **attributes: str | int | float | None) -> Generator[None]:
    """Trace the block as a part of this thread's present span, or as the beginning of a trace."""
    tracer = _process.tracer()
    if tracer is None:
        yield
        return
    with tracer.start_as_current_span(name, attributes=_known(attributes)):
        yield


def carry_on(jobs: int) -> str | None:
    """Return what so many jobs carry of this thread's present span, as W3C's traceparent has it."""
    if _process.provider is None:
        return None
    from opentelemetry.trace import get_current_span  # noqa: PLC0415

    context = get_current_span().get_span_context()
    with _process.lock:
        carried = _process.carried.get(context.span_id, 0)
        if not context.is_valid or not context.trace_flags.sampled or carried >= MOST_CARRIED:
            return None
        _process.carried = {context.span_id: carried + jobs}
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


class PictureSpan:
    """A picture's way through a worker, from one thread to the next."""

    def __init__(self, made: "Span | None") -> None:
        self._span = made
        self._handed_at = 0

    def within(self) -> AbstractContextManager[object]:
        """Have spans of this thread be parts of this one while the block lasts."""
        if self._span is None:
            return nullcontext()
        from opentelemetry.trace import use_span  # noqa: PLC0415

        return use_span(self._span, end_on_exit=False, record_exception=False)

    def hand_over(self) -> None:
        """Note that its outcome goes to be recorded."""
        self._handed_at = time_ns()

    def end(self, **attributes: str | int | float | None) -> None:
        """Note that its outcome was recorded, and end it."""
        tracer = _process.tracer()
        if self._span is None or tracer is None:
            return
        self._span.set_attributes(_known(attributes))
        with self.within():
            tracer.start_span("record", start_time=self._handed_at or time_ns()).end()
        self._span.end()


def picture_span(carried: str | None, **attributes: str | int | float | None) -> PictureSpan:
    """Begin a picture's span: in the trace that its job has carried, else in one of its own."""
    tracer = _process.tracer()
    if tracer is None:
        return PictureSpan(None)
    from opentelemetry.context import Context  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    context = Context()
    if carried is not None and _TRACEPARENT.fullmatch(carried):
        context = TraceContextTextMapPropagator().extract({"traceparent": carried}, context)
    return PictureSpan(tracer.start_span("picture", context, attributes=_known(attributes)))


def _known(attributes: Attributes) -> dict[str, str | int | float]:
    return {f"colourway.{name}": value for name, value in attributes.items() if value is not None}


def _forget() -> None:
    """In a process that was forked: begin anew, without what the parent has not sent."""
    global _process  # noqa: PLW0603  # one for each process
    _process = _Process()


os.register_at_fork(after_in_child=_forget)
