"""Probes: one marked secret wherever secrets stand, and every output in which it might show.

Each probe returns what a person, a log or a file would get, and must say something: an output that
is empty proves nothing.
"""

import logging

import stamina
import structlog
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from colourway.cli import COMMANDS
from producer.exports.formats import ExportFormat
from producer.feeds.pictures import check_address
from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine, require_current_schema, show_database
from shared.database.models import Job, ProductImage
from shared.errors import SchemaError, SettingsError, StageError, StorageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from shared.storage.s3 import head_object
from tests.support.marked_secret import (
    CLAIM,
    DATABASE,
    MARK,
    SIGNED,
    Place,
    Probe,
    logged,
    message_of,
    said,
)
from tests.support.services import free_port
from worker.stages.fetch import Fetcher


def log_words(log_format: str) -> Probe:
    def write() -> None:
        structlog.get_logger().info(
            "asks", url=SIGNED, claim=CLAIM, password=MARK, deep=[{"u": SIGNED}]
        )

    return lambda _: logged(log_format, write)


def log_of_a_library(log_format: str) -> Probe:
    def write() -> None:
        logging.getLogger("urllib3").warning("Retrying %s with Bearer %s", SIGNED, MARK)

    return lambda _: logged(log_format, write)


def log_of_a_traceback(log_format: str) -> Probe:
    def write() -> None:
        try:
            raise ValueError(f"cannot connect to {DATABASE} for {SIGNED}")
        except ValueError:
            structlog.get_logger().exception("broken")

    return lambda _: logged(log_format, write)


def log_of_a_retry(_: Place) -> str:
    tries: list[int] = []

    @stamina.retry(on=OSError, attempts=2, wait_initial=0.01, wait_jitter=0)
    def record(claim: Claim, *, where: str) -> None:
        tries.append(claim.job_id)
        if len(tries) < 2:
            raise OSError(f"no answer of {where}")

    return logged("json", lambda: record(CLAIM, where=DATABASE))


def statement_that_fails(place: Place) -> str:
    def fail() -> None:
        with place.engine.begin() as connection:
            connection.execute(insert(ProductImage).values(product_id=-1, position=0, url=SIGNED))

    return message_of(fail, SQLAlchemyError)


def database_without_tables(place: Place) -> str:
    # SQLite takes no password; what is shown of its URL is shown of PostgreSQL's.
    new = open_engine(f"sqlite:///{place.folder / 'new.db'}")
    told = message_of(lambda: require_current_schema(new), SchemaError)
    new.dispose()
    assert show_database(new) in told
    return told + show_database(open_engine(DATABASE))


def picture_that_cannot_be_had(url: str) -> Probe:
    def probe(_: Place) -> str:
        with Fetcher(get_settings(allowed_networks="127.0.0.0/8", fetch_timeout_s=2.0)) as fetcher:
            return message_of(lambda: fetcher.fetch(url), StageError)

    return probe


def store_that_is_away(place: Place) -> str:
    place.shell.set(
        AWS_ENDPOINT_URL_S3=f"http://user:{MARK}@127.0.0.1:{free_port()}",
        AWS_ACCESS_KEY_ID=MARK,
        AWS_SECRET_ACCESS_KEY=MARK,
        AWS_DEFAULT_REGION="us-east-1",
    )
    return message_of(lambda: head_object("s3://shop/a.jpg", 1.0), StorageError)


def ledger_message(place: Place) -> str:
    ledger = Ledger(place.engine, get_settings(database_url=place.url))
    (claim,) = ledger.claim([1], 1)
    error = StageError(Stage.FETCH, Code.FETCH_DENIED, f"{SIGNED} answered 403")
    ledger.record([(claim, error)]) if hasattr(ledger, "record") else ledger.fail(claim, error)
    with place.engine.connect() as connection:
        (message,) = connection.execute(Job.__table__.select()).mappings()  # pyright: ignore
        return str(message["message"])


def quarantined(*words: str) -> Probe:
    def probe(place: Place) -> str:
        with place.engine.begin() as connection:
            connection.execute(
                Job.__table__.update().values(  # pyright: ignore[reportAttributeAccessIssue]
                    state=JobState.QUARANTINED, code=Code.FETCH_DENIED, stage=Stage.FETCH
                )
            )
        return said(place, "quarantine", "list", *words)

    return probe


def bad_feed(*words: str) -> Probe:
    def probe(place: Place) -> str:
        feed = place.folder / "feed.csv"
        bad = SIGNED.replace("https://", "https://https://")
        rows = [
            f"A,{bad}",
            f"B,ftp://user:{MARK}@h/a.jpg?sig={MARK}",
            f"C,//u:{MARK}@h/a?token={MARK}",
        ]
        feed.write_text("sku,image_link\n" + "\n".join(rows) + "\n")
        return said(place, words[0], feed, *words[1:])

    return probe


def exported(kind: ExportFormat) -> Probe:
    def probe(place: Place) -> str:
        out = place.folder / "out"
        spoken = said(place, "export", "--catalogue", "shop", "--format", kind.value, "--out", out)
        return spoken + out.read_bytes().decode("utf-8", "replace")

    return probe


def audited(place: Place) -> str:
    table, page = place.folder / "audit.csv", place.folder / "audit.html"
    spoken = said(place, "audit", "--catalogue", "shop", "--csv", table, "--html", page)
    assert "https://cdn.example/a.jpg?w=80" in table.read_text("utf-8")
    return spoken + table.read_text("utf-8") + page.read_text("utf-8")


def scored(place: Place) -> str:
    feed, out = place.folder / "feed.csv", place.folder / "score"
    feed.write_text(f"sku,image_link,color\nA-1,{SIGNED},navy\nB-2,{SIGNED},blue\n")
    spoken = said(place, "score", feed, "--catalogue", "shop", "--out", out)
    assert spoken, out
    return spoken + "".join(
        file.read_text("utf-8", "replace") for file in out.rglob("*") if file.is_file()
    )


def mark_settings(place: Place) -> None:
    """Put the marked secret into every setting that takes one."""
    place.shell.set(
        DATABASE_URL=DATABASE,
        CELERY_BROKER_URL=f"redis://:{MARK}@127.0.0.1:1/0",
        COLOURWAY_FETCH_PROXY=f"http://user:{MARK}@127.0.0.1:1",
        COLOURWAY_EVENTS_TOKEN=MARK,
        COLOURWAY_EVENTS_SECRET=MARK,
        COLOURWAY_EVENTS_TOKEN_PREVIOUS=MARK,
        COLOURWAY_EVENTS_SECRET_PREVIOUS=MARK,
    )


def help_pages(place: Place) -> str:
    mark_settings(place)
    return "".join(said(place, command, "--help") for command in COMMANDS)


def settings_shown(place: Place) -> str:
    mark_settings(place)
    settings = get_settings()
    assert MARK in settings.database_url
    return f"{settings!r} {settings}"


def settings_refused(place: Place) -> str:
    place.shell.set(
        DATABASE_URL=f"mysql://shop:{MARK}@h/shop",
        COLOURWAY_FETCH_PROXY=f"socks://user:{MARK}@h:1",
        COLOURWAY_EVENTS_TOKEN=MARK[:8],
        COLOURWAY_EVENTS_SECRET_PREVIOUS=MARK[:8],
        COLOURWAY_STORAGE=f"gs://user:{MARK}@bucket",
    )
    return message_of(get_settings, SettingsError)


def examined(place: Place, *words: str) -> str:
    place.shell.set(
        DATABASE_URL=DATABASE,
        CELERY_BROKER_URL=f"redis://user:{MARK}@127.0.0.1:1/0",
        COLOURWAY_STORAGE="s3://shop",
        AWS_ENDPOINT_URL_S3=f"http://user:{MARK}@127.0.0.1:{free_port()}",
        AWS_ACCESS_KEY_ID=MARK,
        AWS_SECRET_ACCESS_KEY=MARK,
        AWS_DEFAULT_REGION="us-east-1",
    )
    shown = said(place, "doctor", *words)
    assert shown.count("wrong") == 3, shown
    return shown


PROBES: dict[str, Probe] = {
    "log, JSON": log_words("json"),
    "log, console": log_words("console"),
    "log of a library, JSON": log_of_a_library("json"),
    "log of a library, console": log_of_a_library("console"),
    "log of a traceback, JSON": log_of_a_traceback("json"),
    "log of a traceback, console": log_of_a_traceback("console"),
    "log of a retry": log_of_a_retry,
    "repr of a claim": lambda _: repr(CLAIM),
    "repr of settings": settings_shown,
    "settings that are refused": settings_refused,
    "statement that fails": statement_that_fails,
    "database without tables": database_without_tables,
    "database away": lambda place: said(place, "status", DATABASE_URL=DATABASE),
    "broker away": lambda place: said(
        place, "dispatch", CELERY_BROKER_URL=f"redis://:{MARK}@127.0.0.1:1/0"
    ),
    "picture's server away": picture_that_cannot_be_had(
        SIGNED.replace("cdn.example", f"127.0.0.1:{free_port()}")
    ),
    "picture's address forbidden": picture_that_cannot_be_had(
        SIGNED.replace("cdn.example", "10.0.0.1")
    ),
    "picture's address wrong": picture_that_cannot_be_had(
        SIGNED.replace("cdn.example", "two words")
    ),
    "picture's bucket not allowed": picture_that_cannot_be_had(f"s3://u:{MARK}@shop/a?sig={MARK}"),
    "store away": store_that_is_away,
    "message in the ledger": ledger_message,
    "quarantine, table": quarantined(),
    "quarantine, JSON": quarantined("--json"),
    "rejected rows": bad_feed("enqueue", "--dry-run"),
    "rejected rows, JSON": bad_feed("enqueue", "--dry-run", "--json"),
    "a feed's preview": bad_feed("feed-check"),
    "an address of a feed": lambda _: message_of(
        lambda: check_address(f"ftp://user:{MARK}@h/a.jpg?sig={MARK}"), ValueError
    ),
    **{f"export, {kind.value}": exported(kind) for kind in ExportFormat},
    "audit, table and page": audited,
    "score, page and table": scored,
    "help of every command": help_pages,
    "doctor, of what is away": examined,
    "doctor, of what is away, JSON": lambda place: examined(place, "--json"),
}
