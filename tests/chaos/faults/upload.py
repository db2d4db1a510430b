"""Upload events, doubled and shuffled, by web hook and by queue."""

import json
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import boto3
from moto.server import ThreadedMotoServer

from tests.chaos.rig import Rig
from tests.chaos.scenario import scenario
from tests.chaos.servers.bucket import Bucket
from tests.chaos.upload_hook import Event, UploadHook, upload

MOST_OF_ONE: Final = 8
"""The most events of one object."""
SENDERS: Final = 8


@scenario("uploads")
def uploads(rig: Rig) -> None:
    """Upload events, doubled and shuffled, through POST /events/s3 and through SQS."""
    bucket = Bucket(rig.objects)
    events = _history(rig, bucket, rig.jobs(full=1000, short=100))
    rig.injected.faults["events doubled"] = len(events)
    rig.injected.faults["events out of order"] = len(events)
    sent = events * 2
    rig.chance.shuffle(sent)
    by_hook, by_queue = sent[::2], sent[1::2]
    with UploadHook(rig) as hook, _Queue(rig) as queue, ThreadPoolExecutor(SENDERS) as senders:
        rig.start(2)
        queue.send(_messages(rig, by_queue))
        heard = senders.submit(rig.command, "listen", "--once", "--json")
        for answer in [senders.submit(hook.send, some) for some in _messages(rig, by_hook)]:
            answer.result()
        listened = heard.result()
        (rig.folder / "listen.log").write_text(listened.stdout + listened.stderr)
        if left := queue.left():
            rig.problems.append(f"{left} messages were left in the queue")
        rig.finish()
    _check_jobs(rig)


def _history(rig: Rig, bucket: Bucket, count: int) -> list[Event]:
    """Make up what happened to objects, and leave the bucket as it was in the end."""
    events: list[Event] = []
    number = 0
    while len(events) < count:
        picture, key = bucket.picture(number), bucket.key(number)
        times = min(rig.chance.randint(1, MOST_OF_ONE), count - len(events))
        removed = [False, *(rig.chance.random() < 0.3 for _ in range(times - 1))]
        events += [
            upload(bucket.name, key, f"{turn + 1:016X}", removed=gone)
            for turn, gone in enumerate(removed)
        ]
        if removed[-1]:
            rig.retired.add(picture.sku)
        else:
            bucket.put(number)
            rig.present[picture.sku] = picture.url
        number += 1
    return events


def _messages(rig: Rig, events: list[Event]) -> Iterable[list[Event]]:
    """Put one to five events into each message."""
    start = 0
    while start < len(events):
        size = rig.chance.randint(1, 5)
        yield events[start : start + size]
        start += size


def _check_jobs(rig: Rig) -> None:
    """Every generation of a picture must have had exactly one job."""
    odd = rig.query(
        "SELECT i.url, i.generation, count(j.id) FROM product_images i LEFT JOIN jobs j "
        "ON j.image_id = i.id GROUP BY i.id HAVING count(j.id) <> i.generation"
    )
    rig.problems += [f"{url} has {jobs} jobs for {turn} generations" for url, turn, jobs in odd]
    seen = dict(rig.query("SELECT key, sequencer FROM uploads"))
    if len(seen) != len(rig.present) + len(rig.retired):
        rig.problems.append(f"{len(seen)} objects were noted")


class _Queue:
    """An SQS queue on moto's server, which `colourway listen` is pointed at."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request

    def __enter__(self) -> "_Queue":
        self._server.start()
        host, port = self._server.get_host_and_port()
        variables = self._rig.objects.variables()
        self._sqs: Any = boto3.session.Session().client(
            "sqs",
            endpoint_url=f"http://{host}:{port}",
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_DEFAULT_REGION"],
        )
        self._url = self._sqs.create_queue(QueueName=f"uploads-{port}")["QueueUrl"]
        self._rig.environment["AWS_ENDPOINT_URL_SQS"] = f"http://{host}:{port}"
        self._rig.environment["COLOURWAY_UPLOAD_QUEUE_URL"] = self._url
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def send(self, messages: Iterable[list[Event]]) -> None:
        for events in messages:
            self._sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps({"Records": events}))

    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)
