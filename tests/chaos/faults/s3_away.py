"""S3 is away for longer than every attempt, or takes nothing: workers wait, and count nothing."""

import subprocess
import time
from collections.abc import Callable
from typing import Final

from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers.s3_proxy import Fault, S3Proxy
from tests.chaos.servers.server import pause

# An hour is 6 leases of 600 s and 120 backoffs of 30 s. Here a second is 50.
LEASE_S: Final = 12.0
BACKOFF_S: Final = 0.6
HOUR_S: Final = 72.0

AWAY: Final = "the store takes no files; this worker waits for it"
REFUSING: Final = "the store refuses every file; this worker waits"
BACK: Final = "the store takes files again"


@scenario("s3-away")
def s3_away(rig: Rig) -> None:
    """S3 is away for an hour (72 s for leases of 12 s), then silent, then refuses every file."""
    proxy = S3Proxy(rig.objects.port, late_s=0)
    rig.environment |= rig.objects.variables(proxy.port)
    rig.environment |= {
        "COLOURWAY_STORE_TIMEOUT_S": "1",
        "COLOURWAY_BACKOFF_S": str(BACKOFF_S),
        "COLOURWAY_LEASE_S": str(LEASE_S),
        "CHAOS_NETWORK_S": "0.15",  # or little would be left to do when S3 is back
    }
    rig.enqueue_new(rig.jobs(full=600, short=300))
    rig.start(2)
    rig.wait_share(0.05)
    short = rig.size(full=0, short=1)
    outages = (
        (Fault.REFUSED, AWAY, 2.1 * LEASE_S if short else HOUR_S),
        (Fault.SILENT, AWAY, BACKOFF_S * 5),
        (Fault.DENIED, REFUSING, BACKOFF_S * 5),
    )
    for fault, event, seconds in outages:
        told, back = _told(rig, event), _told(rig, BACK)[1]
        with rig.fault(f"S3 {fault}"):
            proxy.inject(fault, "PUT")
            rig.wait_for(f"both workers to say: {event}", _more(rig, event, told))
            pause(seconds)
            rig.problems += _counted(rig, fault)
            if fault is Fault.REFUSED:
                rig.problems += _stop_while_waiting(rig)
            proxy.heal()
        # The second worker's: the first was stopped, and may not have met with this outage again.
        rig.wait_for(BACK, lambda before=back: _told(rig, BACK)[1] > before)
    rig.finish()
    proxy.close()
    rig.problems += [
        f"{jobs} jobs have {attempts} attempts, not 1"
        for attempts, jobs in rig.query("SELECT attempts, count(*) FROM jobs GROUP BY attempts")
        if attempts != 1
    ]
    said = [_told(rig, event)[1] for event in (AWAY, REFUSING, BACK)]
    if said != [2, 1, 3]:
        rig.problems.append(f"said {said[0]} times away, {said[1]} refused, {said[2]} back")


def _told(rig: Rig, event: str) -> list[int]:
    """Count what each worker's log tells of an event."""
    return [len(member.told(event)) for member in rig.crew.workers]


def _more(rig: Rig, event: str, before: list[int]) -> Callable[[], bool]:
    return lambda: all(now > then for now, then in zip(_told(rig, event), before, strict=True))


def _counted(rig: Rig, fault: Fault) -> list[str]:
    """Name the unfinished jobs that hold a lease or have counted an attempt during an outage."""
    rows = rig.query(
        "SELECT id, state, attempts FROM jobs WHERE state <> 'done' AND (attempts > 0 OR state "
        "NOT IN ('pending', 'retry'))"
    )
    return [f"S3 {fault}: job {job} is {state}, {tries} attempts" for job, state, tries in rows]


def _stop_while_waiting(rig: Rig) -> list[str]:
    """Ask a worker to end that waits for S3; the crew starts another."""
    process = rig.crew.workers[0].process
    assert process is not None
    asked_at = time.monotonic()
    process.terminate()
    try:
        code = process.wait(30)
    except subprocess.TimeoutExpired:
        return ["a worker that waits for S3 does not end within 30 s of SIGTERM"]
    took_s = time.monotonic() - asked_at
    return [] if code == 0 and took_s < 10 else [f"SIGTERM: code {code} after {took_s:.1f} s"]
