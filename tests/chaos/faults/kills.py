"""Worker processes die at any moment."""

from datetime import UTC, datetime
from typing import cast

from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers.server import pause

WORKERS = 4


@scenario("kills", store="folder", quarantined=5)
def kills(rig: Rig) -> None:
    """A random worker process, parent or child, is killed (-9) about every second."""
    rig.environment |= {
        "COLOURWAY_LEASE_S": "5",
        "COLOURWAY_REDISPATCH_AFTER_S": "3",
        "CHAOS_SWEEP_S": "1",
        # Slow enough that the work lasts as long as the killing.
        "CHAOS_NETWORK_S": str(rig.size(80, 100) / 1000),
    }
    rig.enqueue_new(rig.jobs(full=10_000, short=300))
    rig.start(WORKERS)
    rig.wait_share(0.01)
    wanted = rig.size(full=200, short=8)
    moments: list[datetime] = []
    while len(moments) < wanted and rig.open():
        if (killed := rig.crew.kill_one(rig.chance)) is not None:
            rig.count(f"{killed} killed")
            moments.append(datetime.now(UTC))
        pause(rig.chance.uniform(0.7, 1.3))
    if len(moments) < wanted:
        rig.problems.append(f"all was done after {len(moments)} of {wanted} kills")
    rig.finish(timeout_s=rig.size(600, 180))
    rig.injected.recoveries_s += [_idle_s(rig, moment) for moment in moments]


def _idle_s(rig: Rig, moment: datetime) -> float:
    """Return for how long nothing was done after a moment."""
    ((first,),) = rig.query("SELECT min(finished_at) FROM jobs WHERE finished_at > %s", moment)
    return (cast("datetime", first) - moment).total_seconds() if first else 0.0
