"""Worker processes die at any moment."""

from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers import pause

WORKERS = 4


@scenario("kills", store="folder", quarantined=5)
def kills(rig: Rig) -> None:
    """A random worker process, parent or child, is killed (-9) about every second."""
    rig.environment |= {
        "COLOURWAY_LEASE_S": "5",
        "COLOURWAY_RING_AGAIN_S": "3",
        "CHAOS_SWEEP_S": "1",
        # Slow enough that the work lasts as long as the killing.
        "CHAOS_NETWORK_S": str(rig.size(80, 100) / 1000),
    }
    rig.enqueue_new(rig.jobs(full=10_000, short=300))
    rig.start(WORKERS)
    rig.wait_share(0.01)
    wanted = rig.size(full=200, short=8)
    while sum(rig.injected.faults.values()) < wanted - 1 and rig.open():
        if (killed := rig.crew.kill_one(rig.chance)) is not None:
            rig.count(f"{killed} killed")
        pause(rig.chance.uniform(0.7, 1.3))
    with rig.fault("last one killed"):
        rig.wait_for("somebody to kill", lambda: rig.crew.kill_one(rig.chance) is not None)
    rig.finish(timeout_s=rig.size(300, 120))
