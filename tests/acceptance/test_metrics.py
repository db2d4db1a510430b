"""Metrics in a real Prometheus over a real run with faults: every panel shows, every alert fires.

Worker with its networks, scheduler, listener and web hook are real processes, and so are
PostgreSQL, Redis, the queue of upload events and Prometheus. The alerts are the project's own with
shorter times (``HASTE``); that the longer ones are right is ``tests/unit/test_alerts.py``.
"""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import update

from shared.contracts.jobs import JobState
from shared.contracts.workers import Activity, WorkerState
from shared.database.models import Job, utc_now
from shared.ledger.workers import announce
from shared.queue.celery_app import PROCESS, build_app
from shared.settings import get_settings
from tests.support.programs import Running
from tests.support.scraped import ask
from tests.support.services.prometheus import Prometheus, prometheus
from tests.support.small_site import Site, scheduler_settings, site
from tests.support.watched_panels import Watch, alerts, hastened_rules

__all__ = ["site"]  # a fixture

pytestmark = pytest.mark.timeout(2400)

ANOTHER = WorkerState(
    host="another",
    pid=1,
    name="celery@another",
    version="0.1.0",
    started_at=utc_now() - timedelta(hours=1),
    seen_at=utc_now() - timedelta(hours=1),
    activity=Activity.WORKING,
    since=utc_now() - timedelta(hours=1),
    loaded=True,
    pictures=5,
)
"""A worker on a machine that was switched off."""


def test_every_panel_shows_and_every_alert_fires(site: Site, tmp_path: Path) -> None:
    targets = {
        "colourway-worker": site.ports["work"],
        "colourway-schedule": site.ports["schedule"],
        "colourway-listen": site.ports["listen"],
        "colourway-serve": site.ports["serve"],
    }
    with ExitStack() as stack:
        seen = (tmp_path / "prometheus", targets, hastened_rules(tmp_path))
        seen[0].mkdir()
        server = stack.enter_context(prometheus(*seen))
        watch = stack.enter_context(Watch(server))
        schedule = site.start(stack, "schedule", **scheduler_settings(site))
        listen = site.start(stack, "listen", "--queue-url", site.queue_url)
        hook = ("--port", str(site.ports["hook"]))
        serve = site.start(stack, "serve", *hook, **scheduler_settings(site))
        work = site.start(stack, "work")

        nothing_is_wrong(site, server, work)
        pictures_fail(site, watch, work)
        the_store_is_away(site, watch, work)
        messages_are_strange(site, watch, listen, serve)
        servers_are_away(site, watch, schedule)
        processes_are_killed(site, watch, work)
        parts_end(site, watch, work, schedule)

    assert watch.silent == {}
    assert {alert["alert"] for alert in alerts()} <= watch.fired


def nothing_is_wrong(site: Site, server: Prometheus, work: Running) -> None:
    site.enqueue("good", *(site.server.url(f"/pictures/look-{seed}.jpg") for seed in (0, 5)))
    site.wait(lambda: site.states("look-") == [JobState.DONE] * 2, work)
    site.wait(
        lambda: (
            server.targets_up()
            == {f"colourway-{p}" for p in ("worker", "schedule", "listen", "serve")}
        )
    )
    for query in (
        'sum(colourway_pictures_total{outcome="done",code="ok"})',
        'sum(colourway_jobs{queue="nightly",state="done"})',
        "sum(colourway_garment_families_total)",
    ):
        site.wait(lambda query=query: server.query(query) == [({}, 2.0)], work)
    site.wait(lambda: server.firing() == set(), work)


def pictures_fail(site: Site, watch: Watch, work: Running) -> None:
    url = site.server.url
    bad = [url("/gone/1"), url("/page"), url("/truncated"), url("/gone/2"), url("/gone/3")]
    site.enqueue("bad", *bad)
    throttled = url("/status/429?retry_after=20").replace("127.0.0.1", "localhost")
    site.enqueue("throttled", throttled)
    site.wait(lambda: site.states("/status/429") == [JobState.RETRY], work)
    site.wait(lambda: len(set(site.states("/gone/"))) == 1, work)
    watch.wait_for("ColourwayPicturesFail", "ColourwayHostsThrottle")


def the_store_is_away(site: Site, watch: Watch, work: Running) -> None:
    stored = Path(site.environment["COLOURWAY_STORAGE"])
    stored.rename(stored.with_name("away"))
    stored.write_text("a file stands where the folder was")
    site.enqueue("unstored", site.server.url("/pictures/look-6.jpg"))
    site.wait(lambda: site.states("look-6") == [JobState.RETRY], work)
    watch.wait_for("ColourwayStoreAway")
    stored.unlink()
    stored.with_name("away").rename(stored)
    site.wait(lambda: site.states("look-6") == [JobState.DONE], work)


def processes_are_killed(site: Site, watch: Watch, work: Running) -> None:
    (child,) = psutil.Process(work.pid).children()
    for decoder in child.children():
        decoder.kill()
    site.enqueue("again", site.server.url("/pictures/look-0.jpg?again"))
    watch.wait_for("ColourwayDecodersDie")
    site.enqueue("silent", site.server.url("/silent?1"))
    site.wait(lambda: site.states("/silent?1") == [JobState.LEASED], work)
    child.kill()
    watch.wait_for("ColourwayChildrenDie")
    # The only attempt has ended without an outcome, once the lease has.
    site.end_leases()
    announce(site.engine, ANOTHER)
    site.wait(lambda: site.states("/silent?1") == [JobState.QUARANTINED], work)
    watch.wait_for("ColourwayDeadlyPictures", "ColourwayWorkersLost")


def messages_are_strange(site: Site, watch: Watch, listen: Running, serve: Running) -> None:
    assert site.post("hat/1.jpg") == 200
    assert site.post("hat/2.jpg", token="a stranger's") == 401
    watch.wait_for("ColourwayHookRefuses")
    serve.check_alive()
    broker = build_app(get_settings(broker_url=site.environment["CELERY_BROKER_URL"]))
    broker.send_task(PROCESS, args=["nonsense"], queue="nightly")
    watch.wait_for("ColourwayMessagesRefused")
    site.enqueue("taken", site.server.url("/silent?2"))
    site.wait(lambda: site.states("/silent?2") == [JobState.LEASED])
    with site.engine.begin() as connection:  # as if another worker had taken it over
        leased = Job.state == JobState.LEASED
        connection.execute(update(Job).where(leased).values(lease_token="another"))
    watch.wait_for("ColourwayLeasesLost")
    site.upload("dress/1.jpg")
    site.sqs.send_message(QueueUrl=site.queue_url, MessageBody="no event")
    site.wait(lambda: site.states("dress/1.jpg"), listen)


def servers_are_away(site: Site, watch: Watch, schedule: Running) -> None:
    for wire in (site.database_wire, site.broker_wire):
        wire.down = True
        wire.cut()
    site.wait(lambda: ask(site.ports["schedule"], "/readyz")[0] == 503, schedule)
    assert ask(site.ports["schedule"], "/healthz")[0] == 200
    assert site.post("hat/3.jpg") == 503
    watch.wait_for("ColourwayLedgerAway", "ColourwayBrokerAway", "ColourwayHookFails")
    for wire in (site.database_wire, site.broker_wire):
        wire.down = False
    site.wait(lambda: ask(site.ports["schedule"], "/readyz")[0] == 200, schedule)


def parts_end(site: Site, watch: Watch, work: Running, schedule: Running) -> None:
    watch.fired -= {"ColourwayNoWorker", "ColourwayNoScheduler", "ColourwayQueueStands"}
    work.terminate()
    site.upload("coat/1.jpg")
    watch.wait_for("ColourwayNoWorker", "ColourwayProcessDown", "ColourwayUploadsWait")
    watch.wait_for("ColourwayQueueStands")
    schedule.terminate()
    watch.wait_for("ColourwayNoScheduler")
