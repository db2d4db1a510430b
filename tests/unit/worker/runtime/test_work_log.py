"""What a worker's log says of pictures: each at debug, a summary of each batch at info."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.contracts.fingerprint import SourceFingerprint, Unchanged
from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from tests.support.rows import result
from worker.runtime.work_log import WorkLog

CLAIM = Claim(
    job_id=7,
    image_id=1,
    product_id=1,
    catalogue="shop",
    sku="TS-1",
    url="https://img.shop.example/1.jpg?sig=secret",
    position=0,
    category=None,
    generation=1,
    attempts=1,
    lease_token="0f",
    batch_id=3,
)
GONE = StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "404")
NOBODY = StageError(Stage.MASK, Code.NO_PERSON, "nobody")
SAME = Unchanged(SourceFingerprint(), {})


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def work_log(now: list[float]) -> WorkLog:
    return WorkLog(lambda: now[0])


def lines(told: Any, level: str) -> list[dict[str, Any]]:
    return [each for each in told if each["log_level"] == level]


def test_each_picture_has_a_line_with_job_batch_host_and_seconds(work_log: WorkLog) -> None:
    with capture_logs() as told:
        work_log.tell(CLAIM, JobState.FAILED, GONE, 1.25)
        work_log.tell(CLAIM, JobState.DONE, SAME, 0.5)
        work_log.tell(CLAIM, JobState.DONE, result(), 2.0)
        work_log.tell(CLAIM, JobState.LEASED, None, 2.0)  # the runner has told of it

    known = {"job_id": 7, "batch_id": 3, "sku": "TS-1", "host": "img.shop.example"}
    assert [each["event"] for each in told] == [
        "picture without a result",
        "picture unchanged",
        "picture done",
    ]
    assert all(each.items() >= known.items() for each in told)
    assert [each["seconds"] for each in told] == [1.25, 0.5, 2.0]
    assert told[0]["code"] == "fetch_not_found"
    assert len(lines(told, "debug")) == 3
    assert "secret" not in repr(told)


def test_a_summary_of_each_batch_has_pace_and_failures_by_code(
    work_log: WorkLog, now: list[float]
) -> None:
    another = replace(CLAIM, job_id=9, url="https://slow.example/9.jpg", batch_id=None)
    work_log.tell(CLAIM, JobState.FAILED, GONE, 1.25)
    work_log.tell(CLAIM, JobState.NO_PERSON, NOBODY, 0.2)
    work_log.tell(CLAIM, JobState.LEASED, None, 0.2)
    work_log.tell(another, JobState.DONE, SAME, 9.0)
    work_log.dispatched(5)
    work_log.dispatched(0)
    now[0] = 60.0
    with capture_logs() as told:
        work_log.summarise()
        work_log.summarise()  # nothing since

    assert len(lines(told, "info")) == len(told) == 3
    first, second, dispatched = told
    assert first["batch_id"] == 3
    assert (first["pictures"], first["seconds"], first["per_s"]) == (3, 60.0, 0.05)
    assert first["states"] == {"failed": 1, "no_person": 1, "lease_lost": 1}
    assert first["failures"] == {"fetch_not_found": 1}
    assert first["hosts"] == {"img.shop.example": 1}
    assert first["slowest"] == {"job_id": 7, "host": "img.shop.example", "seconds": 1.25}
    assert second["batch_id"] is None
    assert "failures" not in second
    assert second["slowest"] == {"job_id": 9, "host": "slow.example", "seconds": 9.0}
    assert dispatched["jobs"] == 5
