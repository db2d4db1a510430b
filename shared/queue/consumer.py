"""Celery's consumer, which hands on only messages of ours: the setting ``worker_consumer``."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from celery.worker.consumer import Consumer
from celery.worker.control import Panel
from kombu import compression

from shared.errors import MessageRefused
from shared.queue.admission import admit
from shared.queue.amqp_properties import survive_unreadable_properties
from shared.queue.celery_app import DISPATCH, NIGHTLY, PROCESS
from shared.queue.refused import KeptInRabbitmq, as_kept, refused, refused_queue

if TYPE_CHECKING:
    from kombu.message import Message

TAKES: Final = {PROCESS: True, DISPATCH: False, NIGHTLY: False}
"""Every task, and whether it takes a notification."""

MAY_BE_ASKED: Final = frozenset(
    {
        *("active", "active_queues", "clock", "conf", "ping", "query_task", "registered"),
        *("report", "reserved", "revoked", "scheduled", "stats", "dump_active", "dump_conf"),
        *("dump_reserved", "dump_revoked", "dump_schedule", "dump_tasks"),
    }
)
"""What a worker answers over the broker (``celery inspect``). It takes no orders over it: signals
end a worker, and are for those alone who may send them."""


def _refuse_compressed(_: object) -> bytes:
    raise ValueError("it is compressed, and messages here are not")


def _unpack_nothing() -> None:
    # Kombu decompresses whatever a header says so of, to any size, as soon as it comes.
    for kind in compression.encoders():
        encoder, content_type = cast("Any", compression.get_encoder(kind))
        compression.register(encoder, _refuse_compressed, content_type)


def _take_no_orders() -> None:
    for command in Panel.data.keys() - MAY_BE_ASKED:
        del Panel.data[command]


class GuardedConsumer(Consumer):
    """Reads each message before Celery does; what is none of ours is refused, and ends nothing."""

    connection: Any  # once there is one
    _kept_in_rabbitmq: KeptInRabbitmq | None = None

    def __init__(
        self, *args: Any, worker_options: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        survive_unreadable_properties()
        _unpack_nothing()
        _take_no_orders()
        # Workers have nothing to say to each other, nor to hear from whoever says it.
        alone = {"without_gossip": True, "without_mingle": True}
        super().__init__(*args, worker_options={**(worker_options or {}), **alone}, **kwargs)

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[["Message"], object]:
        """Return what receives each message of a task's queue. Called for each connection."""
        handle = super().create_task_handler(*args, **kwargs)
        takes = {name: takes for name, takes in TAKES.items() if name in self.app.tasks}
        if self.connection.transport.driver_type == "amqp":
            name = refused_queue(str(self.app.conf.task_default_queue).partition(".")[0])
            self._kept_in_rabbitmq = KeptInRabbitmq(name, self.connection)

        def receive(message: "Message") -> object:
            content = (message.content_type, message.content_encoding)
            try:
                admitted = admit(message.headers, content, message.body, takes)
            except MessageRefused as error:
                self._refuse(message, str(error))
                return None
            message.headers, message.body = admitted.headers, cast("Any", admitted.body)
            return handle(message)

        return receive

    def on_decode_error(self, message: "Message", exc: Exception) -> None:
        """Refuse what kombu could not make a message of."""
        self._refuse(message, f"it cannot be decoded: {exc}")

    def _refuse(self, message: "Message", reason: str) -> None:
        kept = as_kept(reason, message.delivery_info, message.headers, message.body)
        if self._kept_in_rabbitmq is None:
            cast("Any", message.channel).keep_refused(kept)
            message.ack()  # only now: what was not kept comes again
        else:
            self._kept_in_rabbitmq.keep(message, kept)
        refused.tell(reason)
