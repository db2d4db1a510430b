"""py-amqp's own frames, read with and without the properties of a message making sense."""

from collections.abc import Generator
from struct import pack
from types import SimpleNamespace
from typing import Any

import pytest
from amqp import method_framing, spec
from amqp.serialization import dumps

from shared.queue.amqp_properties import survive_unreadable_properties

METHOD, HEADER, BODY = 1, 2, 3
CONTENT_TYPE = 1 << 15
TEXT = b"[]"


@pytest.fixture(autouse=True)
def reading(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Have this process read so for one test."""
    monkeypatch.setattr(method_framing, "Message", method_framing.Message)
    survive_unreadable_properties()
    yield


def received(flags: int, properties: bytes) -> Any:
    """Return the message of three frames, as a connection hears them."""
    messages: list[Any] = []
    connection = SimpleNamespace(bytes_recv=0)
    hear = method_framing.frame_handler(connection, lambda *parts: messages.append(parts[3]))
    assert not hear((METHOD, 1, pack(">HH", *spec.Basic.Deliver)))
    assert not hear((HEADER, 1, pack(">HxxQH", 60, len(TEXT), flags) + properties))
    assert hear((BODY, 1, TEXT))
    return messages[0]


def test_what_can_be_read_is_read() -> None:
    message = received(CONTENT_TYPE, dumps("s", ["application/json"]))
    assert (message.properties, message.body) == ({"content_type": "application/json"}, TEXT)


@pytest.mark.parametrize(
    ("flags", "properties"), [(CONTENT_TYPE, b""), (CONTENT_TYPE, b"\x04\xff\xff\xff\xff")]
)
def test_what_cannot_be_read_leaves_a_message_without_properties(
    flags: int, properties: bytes
) -> None:
    message = received(flags, properties)
    assert (message.properties, message.body) == ({}, TEXT)
