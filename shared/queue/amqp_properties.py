"""What stands before a message of RabbitMQ, where py-amqp cannot read it.

RabbitMQ takes values that py-amqp stumbles over, and the process with it, before a message exists
that anybody could refuse.
"""

from typing import Any, cast

from amqp import method_framing
from amqp.basic_message import Message


class _ReadableMessage(Message):
    """A message that has no properties, and so no headers, where they cannot be read."""

    def _load_properties(self, class_id: int, buf: Any, offset: int) -> int:
        try:
            return int(cast("Any", super())._load_properties(class_id, buf, offset))
        except Exception:  # noqa: BLE001 - it only reads bytes; the message is refused soon
            self.properties: dict[str, Any] = {}
            return len(buf)


def survive_unreadable_properties() -> None:
    """Have this process read messages so; whoever consumes them refuses those without headers."""
    cast("Any", method_framing).Message = _ReadableMessage
