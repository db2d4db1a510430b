"""One trace from an enqueue, or an upload event, to the record, received over OTLP."""

import csv
from collections.abc import Generator
from pathlib import Path

import pytest

from shared.contracts.stages import Stage
from tests.support.catalogue.uploading import message, record
from tests.support.otlp_receiver import OtlpReceiver, ReceivedSpan
from tests.support.picture_server import PictureServer
from tests.support.pictures import encode
from tests.support.programs import deadline, run, running
from tests.support.web_hook import environment_of, serving
from worker.lookbook.look import render

STAGES = [stage.value for stage in Stage]


@pytest.fixture
def receiver() -> Generator[OtlpReceiver]:
    with OtlpReceiver() as receiving:
        yield receiving


def write_feed(folder: Path, *urls: str) -> Path:
    feed = folder / "feed.csv"
    with feed.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sku", "image_url"])
        rows.writerows([f"A-{number}", url] for number, url in enumerate(urls))
    return feed


def pictures(receiver: OtlpReceiver, count: int) -> list[ReceivedSpan]:
    """Return the spans of so many pictures, once they were received."""
    for _ in deadline():
        if len(receiver.named("picture")) >= count:
            break
    return receiver.named("picture")


def test_a_picture_is_one_trace_from_enqueue_to_record(
    receiver: OtlpReceiver, tmp_path: Path
) -> None:
    looks = tmp_path / "looks"
    looks.mkdir()
    look = render(0, "figure", scene="studio").pixels
    (looks / "look.jpg").write_bytes(encode(look, "JPEG", quality=92))
    environment = {
        **receiver.environment,
        "COLOURWAY_HOME": str(tmp_path / "home"),
        "COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    with PictureServer(looks) as server:
        feed = write_feed(tmp_path, server.url("/pictures/look.jpg?sig=secret"))
        run(environment, "colourway", "run", str(feed), "--quiet")

    (enqueue,) = receiver.named("enqueue")
    assert enqueue.parent_id == ""
    (picture,) = pictures(receiver, 1)
    assert (picture.trace_id, picture.parent_id) == (enqueue.trace_id, enqueue.span_id)
    assert picture.attributes["colourway.state"] == "done"
    assert picture.attributes["colourway.host"].startswith("127.0.0.1:")
    parts = receiver.parts_of(picture)
    assert [part.name for part in parts] == STAGES
    assert all(picture.began_ns <= part.began_ns <= part.ended_ns for part in parts)
    assert parts[-1].ended_ns <= picture.ended_ns
    assert {span.service for span in receiver.spans} == {"colourway"}
    assert "secret" not in repr(receiver.spans)


def test_an_upload_event_is_traced_through_the_ledger_to_another_process(
    receiver: OtlpReceiver, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    environment = environment_of(postgres_url, redis_url) | receiver.environment
    worker = ("--app", "tests.support.queue_worker", "worker", "--beat")
    with (
        serving(environment, tmp_path / "serve.log") as hook,
        running(environment, tmp_path / "work.log", "celery", *worker) as work,
    ):
        assert hook.send(message(record("dress/1.jpg", "01")))[0] == 200
        (picture,) = pictures(receiver, 1)
        assert work.terminate() == 0

    (event,) = receiver.named("upload event")
    assert (picture.trace_id, picture.parent_id) == (event.trace_id, event.span_id)
    assert [part.name for part in receiver.parts_of(picture)] == ["record"]
    assert picture.attributes["colourway.code"]
