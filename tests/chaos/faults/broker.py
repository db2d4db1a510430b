"""The broker dies, forgets, or cannot be reached for a moment."""

import signal
from datetime import UTC, datetime

from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers.server import pause

WORKERS = 3


def _begin(rig: Rig, jobs: int) -> None:
    """Enqueue, start, and return when work is well under way."""
    rig.enqueue_new(jobs)
    rig.start(WORKERS)
    rig.wait_share(0.1)


@scenario("flushall")
def flushall(rig: Rig) -> None:
    """FLUSHALL on Redis, every queue purged on RabbitMQ, in the middle of the run."""
    _begin(rig, rig.jobs(full=1500, short=300))
    for _ in range(rig.size(full=3, short=1)):
        pause(1)
        with rig.fault("emptied"):
            rig.broker.empty()
    rig.finish()


@scenario("broker-killed")
def broker_killed(rig: Rig) -> None:
    """The broker is killed (-9), and comes back empty, twice."""
    _begin(rig, rig.jobs(full=3000, short=600))
    for _ in range(2):
        with rig.fault("killed"):
            rig.broker.stop(signal.SIGKILL)
            rig.broker.wipe()
            pause(rig.size(full=3, short=1))
            rig.broker.start()
            back = datetime.now(UTC)
        rig.all_work_again(back)
    rig.finish()


@scenario("flaps")
def flaps(rig: Rig) -> None:
    """Every connection to the broker is cut three times within three seconds."""
    wire = rig.wire_to(rig.broker.port)
    rig.environment["CELERY_BROKER_URL"] = rig.broker.url_at(wire.port)
    _begin(rig, rig.jobs(full=1500, short=400))
    with rig.fault("three flaps"):
        for _ in range(3):
            rig.count("cut")
            wire.cut()
            pause(0.9)
        back = datetime.now(UTC)
    rig.all_work_again(back)
    rig.finish()
