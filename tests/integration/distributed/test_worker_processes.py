"""The two processes of a worker, under what kills them: pictures, signals, time."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from sqlalchemy import Engine

from shared.contracts.jobs import JobState, Queue
from shared.contracts.stages import Code
from shared.ledger.ledger import Ledger
from shared.queue.celery_app import build_app, queue_depths, sweep
from shared.settings import Settings, get_settings
from tests.support.picture_server import PictureServer
from tests.support.pictures import encode
from tests.support.poison_worker import MOST_MEMORY
from tests.support.queue_process import PATIENCE_S, Process, add_pictures, celery, rows

SECRET = "marked-secret-0123456789"
EMPTY = dict.fromkeys(Queue, 0)


@pytest.fixture
def settings(redis_url: str, postgres_url: str, tmp_path: Path) -> Settings:
    return get_settings(
        broker_url=redis_url,
        database_url=postgres_url,
        home=tmp_path,
        chunk_size=64,
        fetch_threads=1,
        fetch_timeout_s=1.0,
        allowed_networks="127.0.0.0/8",
    )


def worker(kind: str) -> tuple[str, ...]:
    return ("--app", f"tests.support.{kind}_worker", "worker", "--loglevel", "info")


def maps(pid: int, *libraries: str) -> set[str]:
    """Which of these libraries a running process has in its memory."""
    mapped = Path(f"/proc/{pid}/maps").read_text()
    return {library for library in libraries if f"/{library}/" in mapped}


def test_a_worker_outlives_its_pictures(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("COLOURWAY_MAX_MEMORY_BYTES", str(MOST_MEMORY))
    settings = settings.model_copy(
        update={"lease_s": 4.0, "max_attempts": 2, "backoff_s": 0.1, "redispatch_after_s": 1.0}
    )
    gone = server.url("/nothing")
    ids = add_pictures(
        pg,
        [gone, f"{gone}?stand-still", gone, f"{gone}?crash", gone, f"{gone}?take-memory", gone],
    )
    ledger, broker = Ledger(pg, settings), build_app(settings)

    with celery(settings, tmp_path, *worker("poison")) as process:
        first = process.child()

        def all_ended() -> bool:
            sweep(ledger, settings, broker)
            return not {JobState.PENDING, JobState.LEASED, JobState.RETRY} & {
                state for state, _, _ in rows(pg)
            }

        process.wait_for(all_ended)
        ended = dict(zip(ids, rows(pg), strict=True))
        for kills in (ids[1], ids[3]):
            assert ended.pop(kills) == (JobState.QUARANTINED, 2, Code.ATTEMPTS_EXHAUSTED)
        assert ended.pop(ids[5]) == (JobState.QUARANTINED, 2, Code.INTERNAL_ERROR)
        assert {(state, code) for state, _, code in ended.values()} == {
            (JobState.FAILED, Code.FETCH_NOT_FOUND)
        }

        (last,) = add_pictures(pg, [gone])  # and the worker goes on, with another child
        process.wait_for(all_ended)
        child = process.child()
        assert child.pid != first.pid
        assert maps(child.pid, "cv2", "numpy") == {"cv2", "numpy"}
        assert maps(process.popen.pid, "cv2", "numpy", "tensorflow", "keras") == set()
        assert process.end() == 0
        assert not child.is_running()
    assert last


def test_a_picture_that_is_too_much_for_its_decoder_costs_itself_only(
    settings: Settings,
    pg: Engine,
    server: PictureServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLOURWAY_DECODER_MEMORY_BYTES", "60000000")
    monkeypatch.setenv("COLOURWAY_DECODE_TIMEOUT_S", "3")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    settings = settings.model_copy(update={"lease_s": 60.0, "redispatch_after_s": 1.0})
    server.put("large.png", encode(np.zeros((4000, 6000), np.uint8), "PNG"))
    page = server.url("/page")
    first = add_pictures(pg, [page, server.url("/shelf/large.png"), page])
    ledger, broker = Ledger(pg, settings), build_app(settings)

    def ended(ids: list[int]) -> bool:
        sweep(ledger, settings, broker)
        return all(row[0] is JobState.FAILED for row in rows(pg)[-len(ids) :])

    with celery(settings, tmp_path, *worker("queue")) as process:
        child = process.child()
        process.wait_for(lambda: ended(first))
        (decoder,) = child.children()
        assert SECRET not in str(decoder.environ())
        assert "DATABASE_URL" not in decoder.environ()
        assert child.environ()["AWS_SECRET_ACCESS_KEY"] == SECRET  # where it belongs

        decoder.kill()
        then = add_pictures(pg, [page])
        process.wait_for(lambda: ended(then))
        (other,) = child.children()
        assert other.pid != decoder.pid
        assert process.child() == child
        assert process.end() == 0
        assert psutil.wait_procs([other], timeout=30)[1] == []
    bad, large = (JobState.FAILED, 1, Code.NOT_AN_IMAGE), (JobState.FAILED, 1, Code.IMAGE_TOO_LARGE)
    assert rows(pg) == [bad, large, bad, bad]


def end_parent(process: Process) -> None:
    process.popen.terminate()


def end_group(process: Process) -> None:
    os.killpg(process.popen.pid, signal.SIGTERM)


def interrupt_twice(process: Process) -> None:
    os.killpg(process.popen.pid, signal.SIGINT)
    process.wait_for(lambda: "Hitting Ctrl+C again" in process.said)
    os.killpg(process.popen.pid, signal.SIGINT)


def kill_parent(process: Process) -> None:
    process.popen.kill()


@pytest.mark.parametrize("end", [end_parent, end_group, interrupt_twice, kill_parent])
def test_a_worker_that_ends_hands_back_what_it_has_not_begun(
    end: Callable[[Process], None],
    settings: Settings,
    pg: Engine,
    server: PictureServer,
    tmp_path: Path,
) -> None:
    broker = build_app(settings)
    add_pictures(pg, [server.url("/silent")] * 40)  # a second each, one at a time
    assert sweep(Ledger(pg, settings), settings, broker) == 40

    with celery(settings, tmp_path, *worker("queue")) as process:
        child = process.child()
        process.wait_for(lambda: JobState.RETRY in [state for state, _, _ in rows(pg)])
        end(process)
        process.popen.wait(30)
        psutil.wait_procs([child], timeout=30)  # all of them would take 40 s
        assert not child.is_running()

    begun = [row for row in rows(pg) if row[1] == 1]
    assert begun == [(JobState.RETRY, 1, Code.FETCH_TIMEOUT)] * len(begun)
    assert 1 <= len(begun) < 40
    given_back = rows(pg)[len(begun) :]
    assert given_back == [(JobState.PENDING, 0, None)] * (40 - len(begun))
    assert len(Ledger(pg, settings).due(64)) == len(given_back)


def test_a_child_that_is_ended_alone_leaves_its_notification_to_the_next(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path
) -> None:
    broker = build_app(settings)
    add_pictures(pg, [server.url("/silent")] * 4)
    sweep(Ledger(pg, settings), settings, broker)

    with celery(settings, tmp_path, *worker("queue")) as process:
        child = process.child()
        process.wait_for(lambda: JobState.RETRY in [state for state, _, _ in rows(pg)])
        child.terminate()
        # No sweep runs here: the next child answers the same notification.
        process.wait_for(lambda: rows(pg) == [(JobState.RETRY, 1, Code.FETCH_TIMEOUT)] * 4)
        assert not child.is_running()
        assert process.end() == 0
    assert queue_depths(broker) == EMPTY


def test_a_child_that_loads_for_too_long_says_why_and_leaves_its_notification_to_the_next(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("COLOURWAY_LOADING_LIMIT_S", "10")
    broker = build_app(settings)
    add_pictures(pg, [server.url("/nothing")])
    sweep(Ledger(pg, settings), settings, broker)

    with celery(settings, tmp_path, *worker("slow")) as process:
        first = process.child()
        process.wait_for(lambda: rows(pg) == [(JobState.FAILED, 1, Code.FETCH_NOT_FOUND)])
        assert not first.is_running()
        assert process.end() == 0
        said = [line for line in process.said.splitlines() if "loading took too long" in line]
    told = {each["waited_for"]: each for each in map(json.loads, said)}["networks"]
    assert told["limit_s"] == 10.0
    assert "COLOURWAY_LOADING_LIMIT_S" in told["do"]


def test_a_worker_that_cannot_load_its_networks_ends_and_releases_the_notification(
    settings: Settings, pg: Engine, tmp_path: Path
) -> None:
    broker = build_app(settings)
    add_pictures(pg, ["http://shop.test/1"])
    sweep(Ledger(pg, settings), settings, broker)

    with celery(settings, tmp_path, *worker("unable")) as process:
        assert process.popen.wait(PATIENCE_S) == 1
        assert "there are no weights in" in process.said

    assert rows(pg) == [(JobState.PENDING, 0, None)]
    assert queue_depths(broker) == EMPTY | {Queue.NIGHTLY: 1}
