"""The database stops under the workers, and comes back with what was committed."""

from datetime import UTC, datetime

from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers.server import pause


@scenario("postgres-restarted")
def postgres_restarted(rig: Rig) -> None:
    """PostgreSQL stops, once at once (as in a crash) and once in order, and starts again."""
    # As long as in production: nothing may wait for a lease or a dispatch to time out.
    rig.environment |= {"COLOURWAY_LEASE_S": "120", "COLOURWAY_REDISPATCH_AFTER_S": "120"}
    rig.enqueue_new(rig.jobs(full=2000, short=500))
    rig.start(workers=3)
    rig.wait_share(0.1)
    for name, stop in (
        ("stopped at once", rig.postgres.stop_immediately),
        ("stopped in order", rig.postgres.stop_fast),
    ):
        with rig.fault(name):
            stop()
            pause(rig.size(full=4, short=1))
            rig.postgres.start()
            back = datetime.now(UTC)
        rig.all_work_again(back)
    rig.finish(timeout_s=rig.size(300, 100))
    if cost := rig.query("SELECT count(*) FROM jobs WHERE attempts > 1")[0][0]:
        rig.problems.append(f"{cost} jobs lost an attempt, though no worker died")
