"""A receiver of OpenTelemetry's traces over HTTP, as a collector is one."""

import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class ReceivedSpan:
    """A span as it was received; times are nanoseconds."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    began_ns: int
    ended_ns: int
    attributes: dict[str, Any]
    service: str


@dataclass
class OtlpReceiver:
    """Receives until the block ends, and keeps all spans."""

    spans: list[ReceivedSpan] = field(default_factory=list[ReceivedSpan])

    def __enter__(self) -> Self:
        spans = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                spans.extend(read_spans(body))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What sends a program's spans here, soon."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self._server.server_port}",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }

    def named(self, name: str) -> list[ReceivedSpan]:
        return [span for span in self.spans if span.name == name]

    def parts_of(self, span: ReceivedSpan) -> list[ReceivedSpan]:
        """Return the parts of a span, in the order in which they began."""
        parts = [each for each in self.spans if each.parent_id == span.span_id]
        return sorted(parts, key=lambda each: each.began_ns)


def read_spans(body: bytes) -> list[ReceivedSpan]:
    request: Any = ExportTraceServiceRequest.FromString(body)
    found: list[ReceivedSpan] = []
    for resource in request.resource_spans:
        facts = {each.key: each.value.string_value for each in resource.resource.attributes}
        found += [
            ReceivedSpan(
                name=span.name,
                trace_id=span.trace_id.hex(),
                span_id=span.span_id.hex(),
                parent_id=span.parent_span_id.hex(),
                began_ns=span.start_time_unix_nano,
                ended_ns=span.end_time_unix_nano,
                attributes={
                    each.key: getattr(each.value, each.value.WhichOneof("value"))
                    for each in span.attributes
                },
                service=facts.get("service.name", ""),
            )
            for scope in resource.scope_spans
            for span in scope.spans
        ]
    return found
