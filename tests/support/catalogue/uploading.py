"""Upload events as tests write them, and what the database holds afterwards."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_plus

from sqlalchemy import Engine, make_url, select

from producer.uploads.apply import Uploads
from producer.uploads.event import ObjectChange, UploadEvent
from producer.uploads.key_templates import UploadKeys
from shared.database.models import Upload
from shared.settings import get_settings
from tests.support.services.postgres import connect

BUCKET = "shop-photos"


def uploads(engine: Engine, templates: str = "{sku}/{position}.jpg") -> Uploads:
    settings = get_settings(upload_keys=templates, upload_catalogue="shop", allowed_buckets="*")
    keys = UploadKeys.from_settings(settings)
    return Uploads(engine, keys)


def put(
    key: str, sequencer: str | None = None, etag: str | None = None, **more: Any
) -> UploadEvent:
    return UploadEvent(ObjectChange.CREATED, BUCKET, key, sequencer, etag=etag, **more)


def gone(key: str, sequencer: str | None = None, version: str | None = None) -> UploadEvent:
    return UploadEvent(ObjectChange.REMOVED, BUCKET, key, sequencer, version)


def s3_url(key: str) -> str:
    return f"s3://{BUCKET}/{key}"


def message(*records: dict[str, Any]) -> str:
    return json.dumps({"Records": records})


def record(
    key: str, sequencer: str, name: str = "ObjectCreated:Put", etag: str | None = None
) -> dict[str, Any]:
    item = {"key": quote_plus(key), "sequencer": sequencer, "eTag": etag or sequencer}
    return {
        "eventSource": "aws:s3",
        "eventTime": "2026-03-29T01:30:00.000Z",
        "eventName": name,
        "s3": {"bucket": {"name": BUCKET}, "object": item},
    }


@contextmanager
def shut(database_url: str) -> Generator[None]:
    """Cut all connections to a PostgreSQL database, and refuse new ones until the block ends."""
    name = str(make_url(database_url).database)
    server = make_url(database_url).set(database="postgres").render_as_string(hide_password=False)
    with connect(server) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def last_seen(engine: Engine) -> dict[str, tuple[str | None, str | None]]:
    """Return the sequencer and the eTag of every object of which something was noted."""
    with engine.connect() as connection:
        rows = connection.execute(select(Upload.key, Upload.sequencer, Upload.etag))
        return {key: (sequencer, etag) for key, sequencer, etag in rows}
