"""Each part at its whole work with nothing but its own role: a worker, a web hook, a listener."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import Engine

from producer.enqueue.enqueue import Order, enqueue
from producer.uploads.apply import Effect
from shared.contracts.fingerprint import SourceFingerprint, Unchanged
from shared.contracts.jobs import JobState, Queue
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine
from shared.database.models import HostBackoff
from shared.database.roles import DatabaseRole
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.queue.celery_app import build_app, sweep
from shared.settings import get_settings
from tests.support.catalogue.shell import Shell, shell
from tests.support.catalogue.staged import BLACK, hold, staged_results, work
from tests.support.catalogue.stored import jobs, pictures, product
from tests.support.catalogue.uploading import gone, message, put, record, s3_url, uploads
from tests.support.database_roles import RoleDatabase, roled, unroled
from tests.support.picture_server import PictureServer
from tests.support.programs import deadline, running
from tests.support.queue_process import WORKER, add_pictures, celery, rows
from tests.support.rows import NAVY, NOBODY, RED, Clock, result
from tests.support.services import free_port

__all__ = ["roled", "shell", "unroled"]  # fixtures

THROTTLED = StageError(Stage.FETCH, Code.FETCH_THROTTLED, "429", retry=True, retry_after_s=5)
BROKEN = StageError(Stage.DECODE, Code.IMAGE_CORRUPT, "no picture")
SLOW = StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "slow", retry=True)


@pytest.fixture
def admin(roled: RoleDatabase) -> Iterator[Engine]:
    made = open_engine(roled.admin)
    yield made
    made.dispose()


@pytest.fixture
def as_worker(roled: RoleDatabase) -> Iterator[Engine]:
    made = open_engine(roled.url(DatabaseRole.WORKER), idle_limit_s=5.0)
    yield made
    made.dispose()


@pytest.fixture
def as_hook(roled: RoleDatabase) -> Iterator[Engine]:
    made = open_engine(roled.url(DatabaseRole.HOOK))
    yield made
    made.dispose()


def test_a_worker_brings_jobs_to_every_end(admin: Engine, as_worker: Engine) -> None:
    clock = Clock()
    settings = get_settings(lease_s=60.0, max_attempts=2)
    ledger = Ledger(as_worker, settings, clock)
    enqueue(admin, [product(f"P{key}", key) for key in range(7)], Order("shop"), clock=clock)
    claims = ledger.claim(limit=7)
    done, nobody, broken, slow, throttled, released, dies = claims
    assert ledger.finish_many([(done, result(NAVY))]) == [True]
    assert ledger.fail(nobody, NOBODY) is JobState.NO_PERSON
    assert ledger.fail(broken, BROKEN) is JobState.FAILED
    assert ledger.fail(slow, SLOW) is JobState.RETRY
    assert ledger.fail(throttled, THROTTLED) is JobState.RETRY
    with admin.connect() as connection:
        assert connection.execute(HostBackoff.__table__.select()).one().host == "a.example"  # pyright: ignore[reportAttributeAccessIssue]
    ledger.release([released])
    for _ in range(2):
        clock.pass_s(3700)
        ledger.claim([dies.job_id])
    clock.pass_s(3700)
    ledger.mark_dispatched(ledger.due(10))
    ledger.fold_counts()
    assert ledger.break_leases() == 0
    while claims := ledger.claim():
        ledger.finish_many([(claim, result(RED)) for claim in claims])

    ended = [(state, code) for _, _, state, code, _ in jobs(admin)]
    assert ended == [
        (JobState.DONE, Code.OK),
        (JobState.NO_PERSON, Code.NO_PERSON),
        (JobState.FAILED, Code.IMAGE_CORRUPT),
        (JobState.DONE, Code.OK),
        (JobState.DONE, Code.OK),
        (JobState.DONE, Code.OK),
        (JobState.QUARANTINED, Code.ATTEMPTS_EXHAUSTED),
    ]


def test_a_worker_does_staged_jobs_and_rechecks(
    roled: RoleDatabase, admin: Engine, as_worker: Engine, shell: Shell, redis_url: str
) -> None:
    ledger = Ledger(as_worker, get_settings())
    enqueue(admin, [product("P1", 1)], Order("shop"))
    work(ledger, {1: NAVY}, "old")
    hold(admin)
    work(ledger, {1: BLACK}, "new")
    assert [outcome for *_, outcome, _ in staged_results(admin)] == [JobState.DONE]

    shell.set(DATABASE_URL=roled.url(DatabaseRole.PRODUCER), CELERY_BROKER_URL=redis_url)
    said = shell.call("nightly", "--catalogue", "shop", "--recheck-after", "0.000001")
    assert said.exit_code == 0, said.err
    later = Ledger(as_worker, get_settings(), lambda: datetime.now(UTC) + timedelta(days=1))
    (claim,) = later.claim()
    assert claim.known is not None
    same = Unchanged(SourceFingerprint("0" * 64), {"fetch": 1.0})
    assert later.unchanged([(claim, same)]) == [JobState.DONE]


def test_a_worker_process_works_and_sweeps(
    roled: RoleDatabase, admin: Engine, redis_url: str, shell: Shell, tmp_path: Path
) -> None:
    shell.set(CELERY_BROKER_URL=redis_url)
    settings = get_settings(
        broker_url=redis_url,
        database_url=roled.url(DatabaseRole.WORKER),
        home=tmp_path,
        fetch_timeout_s=1.0,
        allowed_networks="127.0.0.0/8",
    )
    with PictureServer() as server:
        add_pictures(admin, [server.url("/nothing"), server.url("/nothing?again")])
        with celery(settings, tmp_path, *WORKER) as process:
            build_app(settings).send_task("colourway.dispatch", queue="dispatch")
            ended = (JobState.FAILED, 1, Code.FETCH_NOT_FOUND)
            process.wait_for(lambda: rows(admin) == [ended, ended])


def test_a_hook_applies_every_kind_of_event(
    admin: Engine, as_hook: Engine, as_worker: Engine, redis_url: str, shell: Shell
) -> None:
    shell.set(CELERY_BROKER_URL=redis_url)
    applied = uploads(as_hook)
    ledger = Ledger(as_worker, get_settings())
    assert applied.apply(put("A/0.jpg", "01", "e1")).effect is Effect.ENQUEUED
    assert applied.apply(put("A/1.jpg", "01", "e2")).effect is Effect.ENQUEUED
    assert applied.apply(put("A/0.jpg", "01", "e1")).effect is Effect.OLD
    for claim in ledger.claim():
        ledger.finish(claim, result(NAVY, name=f"n{claim.image_id}"))
    assert applied.apply(put("A/0.jpg", "02", "e3")).effect is Effect.ENQUEUED
    assert applied.apply(put("A/0.jpg", "03", "e4")).effect is Effect.WAITING
    assert applied.apply(gone("A/1.jpg", "04")).effect is Effect.RETIRED
    assert pictures(admin) == {"A": [f"{s3_url('A/0')}@2"]}
    settings = get_settings(broker_url=redis_url)
    swept = sweep(Ledger(as_hook, settings), settings, build_app(settings), [Queue.UPLOADS])
    assert swept == 1


def test_a_web_hook_process_enqueues_and_dispatches(
    roled: RoleDatabase, admin: Engine, redis_url: str, tmp_path: Path
) -> None:
    port = free_port()
    environment = {
        "DATABASE_URL": roled.url(DatabaseRole.HOOK),
        "CELERY_BROKER_URL": redis_url,
        "COLOURWAY_UPLOAD_KEYS": "{sku}/{number}.jpg",
        "COLOURWAY_ALLOWED_BUCKETS": "*",
        "COLOURWAY_EVENTS_TOKEN": "a-token-of-some-length",
        "COLOURWAY_LOG_FORMAT": "json",
    }
    words = ("colourway", "serve", "--port", str(port))
    status, said = 0, dict[str, object]()
    with running(environment, tmp_path / "serve.log", *words) as program:
        for _ in deadline():
            program.check_alive()
            try:
                status, said = post(port, message(record("A/1.jpg", "01")))
            except OSError:
                continue
            break
        assert (status, said["effects"]) == (200, {"enqueued": 1})
        assert program.terminate() == 0
        assert [line["jobs"] for line in program.records("dispatched")] == [1]
    assert [url for url, *_ in jobs(admin)] == [s3_url("A/1.jpg")]


def post(port: int, body: str) -> tuple[int, dict[str, object]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(
            "POST", "/events/s3", body, {"Authorization": "Bearer a-token-of-some-length"}
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
