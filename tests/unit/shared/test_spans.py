"""Spans: nothing without a collector, and no trust in what a job carries."""

import subprocess
import sys

import pytest

from shared.tracing import spans
from tests.support.otlp_receiver import OtlpReceiver


def test_without_a_collector_nothing_is_imported() -> None:
    code = (
        "import sys; from shared.tracing.spans import *\n"
        "with span('enqueue'), picture_span('x').within(): assert carry_on(1) is None\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_a_job_carries_is_bounded_and_read_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    with OtlpReceiver() as receiver:
        for name, value in receiver.environment.items():
            monkeypatch.setenv(name, value)
        with spans.span("enqueue"):
            first = spans.carry_on(spans.MOST_CARRIED)
            assert first is not None
            assert spans.carry_on(1) is None  # enough of them
        assert spans.carry_on(1) is None  # within no span
        nobody = f"00-{'0' * 32}-{'1' * 16}-01"
        forged = [None, "", "00-0-0-01", first.upper(), f"{first}\n", nobody]
        for carried in (first, *forged):
            picture = spans.picture_span(carried, job_id=1)
            picture.hand_over()
            picture.end(state="done", code=None)
        spans.end_tracing()

        (enqueue,) = receiver.named("enqueue")
        pictures = receiver.named("picture")
        assert len(pictures) == 1 + len(forged)
        assert [each.trace_id for each in pictures].count(enqueue.trace_id) == 1
        assert pictures[0].parent_id == enqueue.span_id
        assert {each.parent_id for each in pictures[1:]} == {""}
        assert pictures[0].attributes == {"colourway.job_id": 1, "colourway.state": "done"}
