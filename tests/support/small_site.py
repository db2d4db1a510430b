"""A small installation of real processes, and what stands around it."""

import csv
import http.client
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from sqlalchemy import Engine, make_url, select, update

from shared.contracts.jobs import JobState
from shared.database.engine import open_engine
from shared.database.models import Job, ProductImage, utc_now
from tests.chaos.servers.wire import Wire
from tests.support.catalogue.uploading import message, record
from tests.support.picture_server import PictureServer
from tests.support.pictures import encode
from tests.support.programs import Running, run, running
from tests.support.scraped import ask
from tests.support.services import free_port
from tests.support.services.s3 import Bucket
from worker.lookbook.look import Kind, render

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
