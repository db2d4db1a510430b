"""Many machines, as far as one machine can be many: PostgreSQL, Redis, S3, beat and two workers.

Every part is a real process. The same feed is then processed in embedded mode: the results must be
the same to the last digit, and the crops to the last byte.
"""

import csv
import json
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from sqlalchemy import Column, inspect, select
from sqlalchemy.orm import Session

from shared.contracts.jobs import FINAL_STATES
from shared.contracts.results import PictureKeys
from shared.contracts.stages import Code
from shared.database.engine import open_engine
from shared.database.models import Job, Product, ProductImage
from tests.support.picture_server import PictureServer
from tests.support.pictures import encode
from tests.support.programs import Environment, Running, ask, deadline, run, running, try_to_run
from tests.support.services.s3 import Bucket
from worker.lookbook.look import Kind, render

WORK = ("work", "--log-level", "debug")  # which tells of each picture
WORKERS = ("first@shop", "second@shop")
PONGS = {name: {"ok": "pong"} for name in WORKERS}
LOOKS: dict[str, tuple[int, Kind]] = {
    "dress.jpg": (0, "figure"),
    "dress-again.jpg": (1, "figure"),
    "coat.jpg": (2, "figure"),
    "shirt.jpg": (3, "figure"),
    "suit.jpg": (4, "figure"),
    "jumper.jpg": (5, "packshot"),
    "skirt.jpg": (6, "packshot"),
    "socks.jpg": (7, "packshot"),
}
SETTINGS = {
    "COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8",
    "COLOURWAY_CHUNK_SIZE": "2",
    "COLOURWAY_BACKOFF_S": "0.5",
    "COLOURWAY_FETCH_TIMEOUT_S": "60",  # a busy machine is slow, not wrong
    "COLOURWAY_MAX_ATTEMPTS": "2",
    "COLOURWAY_LOG_FORMAT": "json",
    # Two workers and beat on as few as two cores: each uses one.
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
ENDINGS = {
    "gone": ("failed", Code.FETCH_NOT_FOUND, 1),
    "page": ("failed", Code.NOT_AN_IMAGE, 1),
    "cut": ("quarantined", Code.FETCH_INCOMPLETE, 2),
}
"""State, code and attempts of the pictures that fail."""

pytestmark = pytest.mark.timeout(1200)

Row = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """A web server with a lookbook, and the feed that names its pictures and three that fail."""

    server: PictureServer
    feed: Path

    def hits(self) -> set[int]:
        """How often the good pictures were asked for."""
        return {self.server.hits[f"/pictures/{name}"] for name in LOOKS}


@pytest.fixture
def shop(tmp_path: Path) -> Generator[Shop]:
    pictures = tmp_path / "lookbook"
    pictures.mkdir()
    for name, (seed, kind) in LOOKS.items():
        look = render(seed, kind, scene="studio")
        (pictures / name).write_bytes(encode(look.pixels, "JPEG", quality=92))
    with PictureServer(pictures) as server:
        yield Shop(server, write_feed(tmp_path / "spring.csv", server))


def write_feed(feed: Path, server: PictureServer) -> Path:
    """Ten products with eleven pictures, the three that fail last."""
    url = {name: server.url(f"/pictures/{name}") for name in LOOKS}
    gone, page, cut = (server.url(path) for path in ("/pictures/gone.jpg", "/page", "/truncated"))
    main = {
        **{Path(name).stem: [url[name]] for name in LOOKS if name != "dress-again.jpg"},
        "gone": [gone],
        "page": [page],
        "cut": [cut],
    }
    main["dress"].append(url["dress-again.jpg"])
    with feed.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sku", "title", "product_type", "colour", "image_urls"])
        for number, (sku, urls) in enumerate(main.items(), 1):
            # No word says what is for sale: a drawn figure need not wear what its file is called.
            title = f"Style {number}"
            rows.writerow([sku, title, "Clothing", "as you like it", "|".join(urls)])
    return feed


@pytest.fixture
def cloud(
    empty_postgres_url: str, redis_url: str, moto_bucket: Bucket, tmp_path: Path
) -> dict[str, str]:
    """The environment of every machine in distributed mode."""
    return {
        **SETTINGS,
        **moto_bucket.environment,
        "DATABASE_URL": empty_postgres_url,
        "CELERY_BROKER_URL": redis_url,
        "COLOURWAY_STORAGE": f"s3://{moto_bucket.name}/spring",
        "COLOURWAY_HOME": str(tmp_path / "nothing-here"),
    }


def test_two_workers_find_what_one_machine_finds(
    shop: Shop, cloud: dict[str, str], moto_bucket: Bucket, tmp_path: Path
) -> None:
    run(cloud, "colourway", "db", "upgrade")
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                running(cloud, tmp_path / f"{name}.log", "colourway", *WORK, "--name", name)
            )
            for name in WORKERS
        ]
        beat = stack.enter_context(
            running(cloud, tmp_path / "beat.log", "celery", "-A", "worker.app", "beat")
        )
        wait_for_pong(cloud, workers)

        enqueued = ask(cloud, "enqueue", str(shop.feed), "--catalogue", "spring")
        assert enqueued["products"] == enqueued["new_products"] == 10
        assert enqueued["pictures"] == enqueued["jobs"] == 11
        # A sweep of beat's may come between the commit and the producer's own: then it has rung.
        assert 0 <= enqueued["dispatched"] <= 11
        wait_for_the_end(cloud, [*workers, beat])

        again = ask(cloud, "enqueue", str(shop.feed), "--catalogue", "spring")
        assert again["products"] == 10
        assert (again["jobs"], again["dispatched"], again["batch_id"]) == (0, 0, None)
        assert ask(cloud, "status")["jobs"] == 11
        assert [part.terminate() for part in (*workers, beat)] == [0, 0, 0]

    first, second = (
        [done["job_id"] for done in worker.records("picture done")] for worker in workers
    )
    assert first
    assert second
    assert len({*first, *second}) == len(first) + len(second) == len(LOOKS)
    assert shop.hits() == {1}

    alone = {**SETTINGS, "COLOURWAY_HOME": str(tmp_path / "home")}
    ended = ask(alone, "run", str(shop.feed), "--catalogue", "spring")
    assert (ended["processed"], ended["unfinished"]) == (11, 0)
    assert shop.hits() == {2}

    everywhere = found(cloud["DATABASE_URL"])
    here = found(f"sqlite:///{tmp_path / 'home' / 'colourway.db'}")
    assert everywhere == here
    check_answers(here)

    crops = objects_in(moto_bucket, "spring/")
    assert crops == files_in(tmp_path / "home" / "pictures")
    assert crops.keys() == keys_of(here)


def wait_for_pong(environment: Environment, workers: list[Running]) -> None:
    """Return once both workers answer Celery's own ``inspect ping``."""
    for _ in deadline():
        for worker in workers:
            worker.check_alive()
        if not all(f"{name} ready." in w.said for name, w in zip(WORKERS, workers, strict=True)):
            continue  # asking takes a process of its own, which would only hold them up
        ping = ("-A", "worker.app", "inspect", "ping", "--json", "--timeout", "3")
        answer = try_to_run(environment, "celery", *ping, "-d", ",".join(WORKERS))
        if answer.returncode == 0 and json.loads(answer.stdout) == PONGS:
            return


def wait_for_the_end(environment: Environment, parts: list[Running]) -> None:
    """Return once nothing is left to be done; ``colourway status`` knows that."""
    engine = open_engine(environment["DATABASE_URL"])
    for _ in deadline():
        for part in parts:
            part.check_alive()
        with engine.connect() as connection:
            if set(connection.scalars(select(Job.state))) <= FINAL_STATES:
                break
    engine.dispose()
    status = ask(environment, "status")
    assert (status["open"], status["states"]) == (0, {"done": 8, "failed": 2, "quarantined": 1})


def found(database_url: str) -> list[Row]:
    """All that a ledger says of each picture, but for times and the numbers of rows."""
    query = (
        select(Product, ProductImage, Job)
        .join(ProductImage, ProductImage.product_id == Product.id)
        .join(Job, Job.image_id == ProductImage.id)
    )
    engine = open_engine(database_url)
    with Session(engine) as session:
        rows = [
            {
                f"{part.__tablename__}.{name}": getattr(part, name)
                for part in parts
                for name, column in columns_of(part)
                if says_something(column)
            }
            for parts in session.execute(query)
        ]
    engine.dispose()
    return sorted(rows, key=lambda row: (row["products.sku"], row["product_images.position"]))


def columns_of(part: Product | ProductImage | Job) -> list[tuple[str, Column[Any]]]:
    """The attributes of a row, and their columns, whose names may be older."""
    return [(one.key, one.columns[0]) for one in inspect(type(part)).column_attrs]


def says_something(column: Column[Any]) -> bool:
    """False for what differs from run to run: numbers of rows, times, and transactions."""
    is_number = column.primary_key or column.foreign_keys
    return not is_number and not column.key.endswith(("_at", "_ms", "_in"))


def check_answers(rows: list[Row]) -> None:
    """Every good picture has colours and crops, every bad one the right code, the shop its word."""
    for row in rows:
        sku = row["products.sku"]
        ending = (row["jobs.state"], row["jobs.code"], row["jobs.attempts"])
        assert ending == ENDINGS.get(sku, ("done", Code.OK, 1))
        assert row["product_images.outcome"] == row["jobs.state"]
        assert row["products.merchant_colour"] == "as you like it"
        shades = row["product_images.shades"]
        if sku in ENDINGS:
            assert shades is row["products.colour_hex"] is row["products.confidence"] is None
            continue
        clothes = shades["clothes"]
        assert sum(shade["share"] for shade in clothes) == pytest.approx(1)
        assert 0 < row["products.confidence"] <= 1
        assert row["products.provenance"].keys() >= {"image_sha256", "weights"}
        if row["product_images.position"] == 0:
            main = ("colour_hex", "colour_name", "colour_family")
            assert [row[f"products.{name}"] for name in main] == [
                clothes[0][name] for name in ("hex", "name", "family")
            ]
            assert row["products.colours"] == clothes
            assert row["products.cutout_key"] == row["product_images.cutout_key"]


def keys_of(rows: list[Row]) -> set[str]:
    """The keys of all files that the pictures' rows name."""
    named: set[str] = set()
    for row in rows:
        columns = {name.removeprefix("product_images."): value for name, value in row.items()}
        if columns["cutout_key"] is not None:
            keys = PictureKeys.of(columns)
            named |= {key for key in (keys.cutout, keys.outfit) if key is not None}
    return named


def objects_in(bucket: Bucket, prefix: str) -> dict[str, bytes]:
    """Content by key, as any S3 client sees it."""
    objects = boto3.session.Session().resource("s3").Bucket(bucket.name).objects
    return {item.key.removeprefix(prefix): item.get()["Body"].read() for item in objects.all()}


def files_in(folder: Path) -> dict[str, bytes]:
    """Content by path below the folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
