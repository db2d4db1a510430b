"""Metrics in a real Prometheus over a real run with faults: every panel shows, every alert fires.

Worker with its networks, scheduler, listener and web hook are real processes, and so are
PostgreSQL, Redis, the queue of upload events and Prometheus. The alerts are the project's own with
shorter times (``HASTE``); that the longer ones are right is ``tests/unit/test_alerts.py``.
"""

import csv
import http.client
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from sqlalchemy import Engine, make_url, select, update

from shared.contracts.jobs import JobState
from shared.contracts.workers import Activity, WorkerState
from shared.database.engine import open_engine
from shared.database.models import Job, ProductImage, utc_now
from shared.ledger.workers import announce
from shared.queue.celery_app import PROCESS, build_app
from shared.settings import get_settings
from tests.chaos.servers.wire import Wire
from tests.support.catalogue.uploading import message, record
from tests.support.picture_server import PictureServer
from tests.support.pictures import encode
from tests.support.programs import Running, run, running
from tests.support.scraped import ask
from tests.support.services import free_port
from tests.support.services.prometheus import Prometheus, prometheus
from tests.support.services.s3 import Bucket
from tests.support.watched_panels import Watch, alerts, hastened_rules
from worker.lookbook.look import Kind, render

pytestmark = pytest.mark.timeout(2400)

PATIENCE_S = 900.0  # networks are loaded twice, and a busy machine is slow, not wrong
SETTINGS = {
    "COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8",
    "COLOURWAY_ALLOWED_BUCKETS": "*",
    "COLOURWAY_UPLOAD_KEYS": "{sku}/{number}.jpg",
    "COLOURWAY_CHUNK_SIZE": "4",
    "COLOURWAY_BATCH": "2",
    "COLOURWAY_BACKOFF_S": "1",
    "COLOURWAY_LEASE_S": "60",
    "COLOURWAY_MAX_ATTEMPTS": "1",
    "COLOURWAY_FETCH_TIMEOUT_S": "30",
    "COLOURWAY_REDISPATCH_AFTER_S": "5",
    "COLOURWAY_LOADING_LIMIT_S": "900",
    "COLOURWAY_LOG_FORMAT": "json",
    "COLOURWAY_EVENTS_TOKEN": "let-me-in-please-1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


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

LOOKS: dict[int, Kind] = {0: "figure", 5: "packshot", 6: "packshot"}


@dataclass
class Site:
    """A small installation, and what stands around it."""

    environment: dict[str, str]
    engine: Engine
    server: PictureServer
    folder: Path
    sqs: Any
    queue_url: str
    ports: dict[str, int]
    database_wire: Wire
    broker_wire: Wire

    def start(self, stack: ExitStack, part: str, *arguments: str, **more: str) -> Running:
        """Start one of Colourway's services; wait until it is ready."""
        environment = self.environment | more
        environment["COLOURWAY_METRICS_PORT"] = str(self.ports[part])
        log = self.folder / f"{part}.log"
        running_part = stack.enter_context(running(environment, log, "colourway", part, *arguments))
        self.wait(lambda: ask(self.ports[part], "/readyz")[0] == 200, running_part)
        return running_part

    def wait(self, true: Callable[[], object], *parts: Running) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for part in parts:
                part.check_alive()
            with suppress(OSError):  # nobody listens yet
                if true():
                    return
            time.sleep(0.2)
        pytest.fail(f"waited for {PATIENCE_S:g} s in vain")

    def enqueue(self, name: str, *urls: str) -> None:
        """Enqueue a feed of one product for each URL."""
        feed = self.folder / f"{name}.csv"
        with feed.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["sku", "image_url"])
            rows.writerows([f"{name}-{number}", url] for number, url in enumerate(urls))
        run(self.environment, "colourway", "enqueue", str(feed))

    def states(self, name: str) -> list[JobState]:
        """Return the states of the jobs whose URLs hold ``name``."""
        with self.engine.connect() as connection:
            query = (
                select(Job.state)
                .join(ProductImage, ProductImage.id == Job.image_id)
                .where(ProductImage.url.contains(name))
            )
            return list(connection.scalars(query.order_by(Job.id)))

    def post(self, key: str, token: str = SETTINGS["COLOURWAY_EVENTS_TOKEN"]) -> int:
        """Send the web hook an upload event; return the status of its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["hook"], timeout=60)
        with closing(connection):
            proof = {"Authorization": f"Bearer {token}"}
            connection.request("POST", "/events/s3", message(record(key, "01")), proof)
            return connection.getresponse().status

    def end_leases(self) -> None:
        """Let the time be over for which jobs are leased."""
        with self.engine.begin() as connection:
            leased = update(Job).where(Job.state == JobState.LEASED)
            connection.execute(leased.values(lease_until=utc_now()))

    def upload(self, key: str) -> None:
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=message(record(key, "01")))


@pytest.fixture
def site(postgres_url: str, redis_url: str, moto_bucket: Bucket, tmp_path: Path) -> Generator[Site]:
    looks = tmp_path / "looks"
    looks.mkdir()
    for seed, kind in LOOKS.items():
        pixels = render(seed, kind, scene="studio").pixels
        (looks / f"look-{seed}.jpg").write_bytes(encode(pixels, "JPEG", quality=92))
    sqs = boto3.session.Session().client("sqs", endpoint_url=moto_bucket.endpoint)
    queue_url = sqs.create_queue(QueueName=f"uploads-{time.monotonic_ns()}")["QueueUrl"]
    environment = {
        **SETTINGS,
        **moto_bucket.environment,
        "AWS_ENDPOINT_URL_SQS": moto_bucket.endpoint,
        "DATABASE_URL": postgres_url,
        "CELERY_BROKER_URL": redis_url,
        "COLOURWAY_STORAGE": str(tmp_path / "stored"),
        "COLOURWAY_HOME": str(tmp_path / "home"),
    }
    database = Wire(make_url(postgres_url).port or 5432)
    broker = Wire(make_url(redis_url).port or 6379)
    engine = open_engine(postgres_url)
    ports = {part: free_port() for part in ("work", "schedule", "listen", "serve", "hook")}
    with PictureServer(looks) as server:
        yield Site(environment, engine, server, tmp_path, sqs, queue_url, ports, database, broker)
    engine.dispose()
    database.close()
    broker.close()


def scheduler_settings(site: Site) -> dict[str, str]:
    """The scheduler reaches database and broker over wires that can be cut."""
    database = make_url(site.environment["DATABASE_URL"]).set(
        host="127.0.0.1", port=site.database_wire.port
    )
    broker = make_url(site.environment["CELERY_BROKER_URL"]).set(
        host="127.0.0.1", port=site.broker_wire.port
    )
    return {
        "DATABASE_URL": database.render_as_string(hide_password=False),
        "CELERY_BROKER_URL": broker.render_as_string(hide_password=False),
    }


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
