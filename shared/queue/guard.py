"""Between the broker and Celery: what is not ours is refused, counted and kept, and ends nothing.

Two places, for there are two in which a message can do harm: where kombu takes it from Redis, which
may hold any bytes, and where Celery's worker unpacks it. What is kept lies in a list or queue of
the broker, ``colourway.refused``, which holds the newest
:data:`~shared.queue.refusal.MOST_REFUSED`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from celery import Celery
from celery.worker.consumer import Consumer
from kombu import Queue as BrokerQueue
from kombu.transport import redis as redis_transport

from shared.queue.refusal import MOST_REFUSED, as_kept, objection, refused

if TYPE_CHECKING:
    from kombu.message import Message

TAKES: Final = {
    "colourway.process": True,
    "colourway.dispatch": False,
    "colourway.nightly": False,
}
"""Every task, and whether it takes a notification."""

DEFAULT_PREFIX: Final = "colourway"
"""What the names of queues begin with, unless ``COLOURWAY_QUEUE_PREFIX`` says otherwise."""


def refused_queue(prefix: str = DEFAULT_PREFIX) -> str:
    """Return the name of the list or queue in which refused messages are kept."""
    return f"{prefix}.refused"


class GuardedConsumer(Consumer):
    """Celery's consumer, which hands on only messages of ours."""

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[["Message"], object]:
        """Return what receives each message of a task's queue."""
        handle = super().create_task_handler(*args, **kwargs)
        takes = {name: takes for name, takes in TAKES.items() if name in self.app.tasks}
        known = cast("Any", self)  # Celery's types do not tell of them
        errors: tuple[type[Exception], ...] = (*known.connection_errors, *known.channel_errors)

        def receive(message: "Message") -> object:
            content = (message.content_type, message.content_encoding)
            reason = objection(message.headers, content, message.body, takes)
            if reason is None and not isinstance(cast("object", message.delivery_info), dict):
                reason = "it does not say where it was delivered"
            if reason is None:
                try:
                    return handle(message)
                except Exception as error:
                    # Kombu counts a KeyError among its errors of connection.
                    if isinstance(error, errors) and not isinstance(error, KeyError):
                        raise
                    reason = f"Celery cannot unpack it: {type(error).__name__}: {error}"
            self._refuse(message, reason)
            return None

        return receive

    def _refuse(self, message: "Message", reason: str) -> None:
        queue = message.delivery_info
        kept = as_kept(reason, queue, message.headers, message.body)
        keep(self.app, message.channel, kept)
        message.ack()  # only now: what was not kept comes again
        refused.tell(reason)


def keep(app: Celery, channel: Any, kept: str) -> None:
    """Keep a refused message at the broker; raises the broker's errors of connection."""
    if isinstance(channel, redis_transport.Channel):
        _keep_in_redis(channel, kept)
        return
    name = refused_queue(str(app.conf.task_default_queue).partition(".")[0])
    bound = {"x-max-length": MOST_REFUSED, "x-overflow": "drop-head"}
    queue = BrokerQueue(name, routing_key=name, durable=True, queue_arguments=bound)
    # Over a connection of its own: this one is in the middle of a delivery.
    with app.connection_for_write() as connection:
        connection.Producer().publish(
            kept,
            routing_key=name,
            declare=[queue],
            content_type="application/json",
            content_encoding="utf-8",
        )


def _keep_in_redis(channel: Any, kept: str) -> None:
    before: str = channel.global_keyprefix
    name = refused_queue(before.rstrip(":") or DEFAULT_PREFIX)
    with channel.conn_or_acquire() as client:
        pipeline = client.pipeline()
        pipeline.lpush(name, kept)
        # Kombu puts its prefix before the keys of those commands alone that it uses itself.
        pipeline.ltrim(f"{before}{name}", 0, MOST_REFUSED - 1)
        pipeline.execute()


class _GuardedChannel:
    """What a channel of Redis does otherwise: bytes that are no JSON are refused."""

    def _brpop_read(self, **options: Any) -> object:
        try:
            return cast("Any", super())._brpop_read(**options)
        except (ValueError, TypeError, RecursionError) as error:
            # It has left the queue, and nothing knows of it: it will not come again.
            body = getattr(error, "doc", None) or getattr(error, "object", None)
            _refuse_in_redis(self, f"no message: {type(error).__name__}: {error}", body)
            return True


class _GuardedTransport:
    """What a transport does otherwise: JSON that is no envelope of kombu's is refused."""

    channels: list[Any]

    def _deliver(self, message: object, queue: str) -> None:
        if (reason := _fault_of_envelope(message)) is None:
            cast("Any", super())._deliver(message, queue)
        else:
            _refuse_in_redis(self.channels[0], f"no message: {reason}", message)


def _refuse_in_redis(channel: Any, reason: str, body: object) -> None:
    _keep_in_redis(channel, as_kept(reason, None, None, body))
    refused.tell(reason)


def _fault_of_envelope(message: object) -> str | None:
    """Say what kombu would stumble over; None where it can make a message of it."""
    match message:
        case {
            "properties": {
                "delivery_tag": str(),
                "delivery_info": {"exchange": str(), "routing_key": str()},
            }
        }:
            envelope = cast("dict[str, object]", message)
        case _:
            return "it has no delivery tag, or does not say where it was delivered"
    if not isinstance(envelope.get("headers", {}), dict):
        return "its headers are no object"
    return None if isinstance(envelope.get("body"), str) else "its body is no text"


def guarded(transport: Any) -> Any:
    """Return a transport of kombu's so that it refuses bytes of Redis that are no message."""
    if not (isinstance(transport, type) and issubclass(transport, redis_transport.Transport)):
        return cast("Any", transport)
    channel = type("GuardedChannel", (_GuardedChannel, transport.Channel), {})
    return type("GuardedTransport", (_GuardedTransport, transport), {"Channel": channel})
