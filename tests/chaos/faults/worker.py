"""Workers that freeze, that are asked to end, and that crash at the worst of moments."""

import signal
import subprocess
from pathlib import Path
from typing import Final

import psutil

from shared.contracts.stages import Stage
from tests.chaos.installation import CATALOGUE, Stuck
from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers.server import pause
from tests.chaos.workers.crash_points import (
    COMMIT_SEND,
    MARK_PUBLISH,
    POP_UNACKED,
    RECEIVED,
    RECORD_ACK,
    STORE_RECORD,
)
from tests.chaos.workers.crew import Member
from tests.chaos.workers.gate import Gate, WaitingPicture

WAKINGS: Final = (
    *((Stage.RECORD, True), (Stage.STORE, True)),
    *((Stage.FETCH, True), (Stage.RECORD, False)),
)
"""Before which stages a worker is frozen: with everything stored, with nothing stored, with no
picture begun. And whether it may write when it wakes up: without the timer of its child, the fence
alone stands between it and the ledger."""

LEASE_LOST: Final = "lease lost, result discarded"
"""What a worker logs whose fenced result was refused."""

ENDED_AT: Final = (Stage.FETCH, Stage.MASK, Stage.RECORD)
"""During which stages a worker is asked to end, in the short form."""


@scenario("frozen")
def frozen(rig: Rig) -> None:
    """A worker is stopped (SIGSTOP) past its lease while others take over, and wakes up late."""
    rig.environment["COLOURWAY_REDISPATCH_AFTER_S"] = "2"
    gate = gates(rig)
    rig.start(2)
    for moment, writes in WAKINGS[: rig.size(full=4, short=1)]:
        _freeze(rig, gate, moment, writes)
    rig.finish()


def _freeze(rig: Rig, gate: Gate, moment: Stage, writes: bool) -> None:
    """Freeze whichever worker comes before a stage, and thaw it when its work is done by others."""
    pictures = rig.new_pictures(rig.jobs(full=60, short=24))
    # One of these: a worker that was frozen before may still be busy with what it had.
    gate.shut(moment, pictures[0].sku, unbounded=writes)
    with rig.enqueuing(pictures):
        waiting = wait_at_gate(rig, gate, moment)
        sleeper = member_of(rig, waiting)
        with rig.fault(f"frozen before {moment}"):
            processes = sleeper.processes()
            for process in processes:
                process.send_signal(signal.SIGSTOP)
            gate.open(moment)
    rig.wait_for("others to take over", lambda: rig.open() == 0)
    before, lost = _results(rig), len(sleeper.told(LEASE_LOST))
    for process in processes:
        process.send_signal(signal.SIGCONT)
    if writes:
        rig.wait_for("a lease to be found lost", lambda: len(sleeper.told(LEASE_LOST)) > lost)
    else:
        rig.wait_for("its timer to end the child", lambda: not psutil.pid_exists(waiting.pid))
    # Its other pictures are on their way still, and S3 may be putting the same bytes once more.
    rig.wait_for("everything to be as it was", lambda: _results(rig) == before, 30)


@scenario("sigterm")
def sigterm(rig: Rig) -> None:
    """SIGTERM while a picture is in each stage: finished or released, and the exit code is 0."""
    gate = gates(rig)
    rig.environment["COLOURWAY_LEASE_S"] = "600"  # what is not released would be late
    rig.start(1)
    (worker,) = rig.crew.workers
    for stage in ENDED_AT if rig.scale.short else tuple(Stage):
        gate.shut(stage)
        rig.enqueue_new(rig.jobs(full=24, short=16))
        wait_at_gate(rig, gate, stage)
        process = worker.process
        assert process is not None
        with rig.fault(f"SIGTERM during {stage}"):
            process.terminate()
            pause(1)  # until it has heard
            gate.open(stage)
            try:
                code = process.wait(180)
            except subprocess.TimeoutExpired:
                raise Stuck(f"the worker did not end after SIGTERM during {stage}") from None
            rig.problems += _left_behind(rig, stage)
        if code != 0:
            rig.problems.append(f"SIGTERM during {stage}: exit code {code}")
        rig.wait_for("another worker to finish", lambda: rig.open() == 0)
    rig.finish()


def _left_behind(rig: Rig, stage: Stage) -> list[str]:
    """Name the jobs that a worker which has ended still holds, or has counted without need."""
    rows = rig.query(
        "SELECT id, state, attempts FROM jobs WHERE state = 'leased' "
        "OR (state = 'pending' AND attempts > 0)"
    )
    return [
        f"SIGTERM during {stage} left job {number} {state}, {attempts} attempts"
        for number, state, attempts in rows
    ]


@scenario("crash-points")
def crash_points(rig: Rig) -> None:
    """Crashes: commit to send, mark to publish, pop to unacked, store to record, record to ack."""
    marks = rig.folder / "marks"
    marks.mkdir()
    rig.environment["CHAOS_MARKS"] = str(marks)
    rig.environment["CHAOS_HOOKS"] = "crash-before-record"
    each = rig.jobs(full=200, short=40)
    for point in (COMMIT_SEND, MARK_PUBLISH):
        _enqueue_and_crash(rig, each, point)
    # In this order they come: each worker process that ends makes place for the next.
    received = POP_UNACKED if rig.broker.kind == "redis" else RECEIVED
    points = (received, STORE_RECORD, RECORD_ACK)
    rig.environment["CHAOS_CRASH"] = ",".join(points)
    rig.start(1)
    for point in points:
        rig.wait_for(f"a crash: {point}", (marks / point).exists)
        with rig.fault(point):
            pass
    rig.finish()


def _enqueue_and_crash(rig: Rig, jobs: int, point: str) -> None:
    """Enqueue with a producer that crashes at a point, everything being committed."""
    feed = rig.feed(rig.new_pictures(jobs))
    words = ("enqueue", str(feed), "--catalogue", CATALOGUE)
    ended = rig.run("tests.chaos.workers.crash_points:producer", *words, CHAOS_CRASH=point)
    rig.count(point)
    if ended.returncode != 137 or any(rig.broker.waiting().values()):
        rig.problems.append(f"{point}: {ended.returncode}, {rig.broker.waiting()}, {ended.stderr}")


def gates(rig: Rig) -> Gate:
    """Give the rig's workers gates."""
    folder = rig.folder / "gates"
    folder.mkdir()
    hooks = rig.environment.get("CHAOS_HOOKS")
    rig.environment["CHAOS_HOOKS"] = f"{hooks},gates" if hooks else "gates"
    rig.environment["CHAOS_GATES"] = str(folder)
    return Gate(folder)


def wait_at_gate(rig: Rig, gate: Gate, stage: Stage) -> WaitingPicture:
    """Return once a picture waits before a stage: which, and in what process."""
    rig.wait_for(f"a picture before {stage}", lambda: gate.waiting(stage) is not None)
    waiting = gate.waiting(stage)
    assert waiting is not None
    return waiting


def member_of(rig: Rig, waiting: WaitingPicture) -> Member:
    """Return the worker in whose process a picture waits."""
    for member in rig.crew.workers:
        if waiting.pid in {process.pid for process in member.processes()}:
            return member
    raise Stuck(f"no worker has process {waiting.pid} ({psutil.pid_exists(waiting.pid)})")


def _results(rig: Rig) -> list[tuple[object, ...]]:
    """Return all that workers write into the ledger, and what lies in the store."""
    rows = rig.query("SELECT to_jsonb(j)::text FROM jobs j ORDER BY id")
    rows += rig.query("SELECT to_jsonb(i)::text FROM product_images i ORDER BY id")
    rows += rig.query("SELECT to_jsonb(p)::text FROM products p ORDER BY id")
    files = sorted(path for path in rig.stored.rglob("*") if path.is_file())
    return [*rows, *((str(path), _content(path)) for path in files)]


def _content(path: Path) -> bytes | None:
    """Return what is in a file, None where it has just gone."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
