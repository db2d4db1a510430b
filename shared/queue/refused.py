"""Refused messages: counted, told, and kept at the broker to be looked at.

They lie in ``colourway.refused`` (a list of Redis, a queue of RabbitMQ), the newest
:data:`MOST_REFUSED` of them, as JSON: ``at``, ``reason``, ``queue``, ``headers`` and ``body``.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

import structlog
from kombu import Queue as BrokerQueue

from shared.metrics.counting import notification_refused
from shared.redaction import redact

if TYPE_CHECKING:
    from kombu.message import Message
    from redis import Redis

MOST_REFUSED: Final = 1000
"""How many refused messages are kept; the oldest go first."""

LONGEST_PART: Final = 2_000
"""The most characters of each part that is kept of a refused message."""

log = structlog.get_logger("colourway.queue")


def refused_queue(prefix: str) -> str:
    """Return the name of the list or queue in which refused messages are kept."""
    return f"{prefix}.refused"


def as_kept(reason: str, queue: object, headers: object, body: object) -> str:
    """Return what is kept of a refused message: JSON, bounded, without secrets."""
    return json.dumps(
        {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "reason": redact(reason)[:LONGEST_PART],
            "queue": _shown(queue),
            "headers": _shown(headers),
            "body": _shown(body),
        }
    )


def _shown(value: object) -> str:
    try:
        text = value if isinstance(value, str) else repr(value)
    except RecursionError:
        text = "too deep to be shown"
    return redact(text[: 2 * LONGEST_PART])[:LONGEST_PART]


def keep_in_redis(client: "Redis", key: str, kept: str) -> None:
    """Keep a refused message in a list.

    Where the server takes no more, or holds something else under that key, the message is told of
    and let go: it must not come back. Raises redis' errors of connection.
    """
    from redis.exceptions import ResponseError  # noqa: PLC0415 - RabbitMQ needs no client of Redis

    pipeline = client.pipeline()
    pipeline.lpush(key, kept)
    pipeline.ltrim(key, 0, MOST_REFUSED - 1)
    try:
        pipeline.execute()
    except ResponseError as error:
        log.error("refused message not kept", key=key, error=str(error))


class KeptInRabbitmq:
    """Keeps refused messages in a queue; acknowledges each once the broker has confirmed its copy.

    Without a confirmation RabbitMQ drops the last messages of a channel that is closed soon after
    (``findings/rabbitmq-last-messages.sh``). Nothing here waits for one: waiting would take up
    other messages in the middle of this one. A message whose copy is not confirmed comes again, and
    so does one whose copy came back because somebody has deleted the queue: it is made again first.
    """

    def __init__(self, name: str, connection: Any) -> None:
        """Make the queue where it is not there. Raises the broker's errors of connection."""
        self._name = name
        self._published = 0
        self._unconfirmed: dict[int, _Copied] = {}
        self._returned: set[str] = set()
        self._channel = connection.channel()  # of its own: confirmations count what it published
        bound = {"x-queue-type": "quorum", "x-max-length": MOST_REFUSED, "x-overflow": "drop-head"}
        self._queue = BrokerQueue(name, channel=self._channel, durable=True, queue_arguments=bound)
        self._queue.declare()
        self._channel.confirm_select()
        self._channel.events["basic_return"].add(self._on_returned)
        self._channel.events["basic_ack"].add(self._on_confirmed)
        self._channel.events["basic_nack"].add(self._on_refused)

    def keep(self, message: "Message", kept: str) -> None:
        """Keep a copy of a refused message. Raises the broker's errors of connection."""
        copied = _Copied(message, uuid4().hex)
        copy = self._channel.prepare_message(
            kept.encode(),
            content_type="application/json",
            content_encoding="utf-8",
            properties={"delivery_mode": 2, "message_id": copied.copy_id},
        )
        # The class's own: the channel's waits. It may take up other messages before it sends this
        # one, so that the broker's count is known only afterwards.
        type(self._channel).basic_publish(
            self._channel, copy, exchange="", routing_key=self._name, mandatory=True
        )
        self._published += 1
        self._unconfirmed[self._published] = copied

    def _on_returned(self, error: Exception, exchange: str, key: str, copy: Any) -> None:
        """Make the queue again: it is there before what comes again is copied, by this channel."""
        log.warning("queue of refused messages made again", queue=self._name)
        self._returned.add(copy.properties["message_id"])
        self._queue.queue_declare(nowait=True)

    def _on_confirmed(self, number: int, multiple: bool) -> None:
        # The broker confirms what it has returned, too, and only then.
        for message, copy_id in self._answered(number, multiple):
            if copy_id in self._returned:
                self._returned.remove(copy_id)
                message.requeue()
            else:
                message.ack()

    def _on_refused(self, number: int, multiple: bool) -> None:
        for message, _ in self._answered(number, multiple):
            log.error("refused message not kept", queue=self._name)
            message.requeue()

    def _answered(self, number: int, multiple: bool) -> list["_Copied"]:
        """Return the messages that the broker's answer is about."""
        answered = [at for at in self._unconfirmed if at == number or (multiple and at < number)]
        return [self._unconfirmed.pop(at) for at in answered]


class _Copied(NamedTuple):
    """A refused message, and what its copy is known by."""

    message: "Message"
    copy_id: str


class Refused:
    """Counts what a process has refused, and says so: each of the first, then every hundredth."""

    def __init__(self) -> None:
        self.count = 0

    def tell(self, reason: str) -> None:
        """Count one more message."""
        self.count += 1
        notification_refused()
        if self.count <= 10 or self.count % 100 == 0:
            log.error("message refused", reason=redact(reason), refused=self.count)


refused: Final = Refused()
"""What this process has refused."""
