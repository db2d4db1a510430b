"""Kombu's Redis, which refuses what is no message at all.

A list of Redis holds any bytes. Kombu takes one out before it looks at it, and what it cannot read
ends the process: nothing above a transport gets to see it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Literal, cast

from kombu.transport import redis as kombu_redis
from kombu.utils.json import loads
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from redis import Redis

from shared.queue.refused import as_kept, keep_in_redis, refused

REFUSED_KEY: Final = "refused_key"
"""The transport option that names the list of refused messages, all prefixes included."""


class _Delivery(BaseModel):
    exchange: str
    routing_key: str


class _Properties(BaseModel):
    delivery_tag: str = Field(min_length=1, max_length=255)
    delivery_info: _Delivery
    body_encoding: Literal["base64"] | None = None


class _Envelope(BaseModel):
    """What kombu relies on in what it puts around a message."""

    model_config = ConfigDict(strict=True)

    body: str
    headers: dict[str, Any]
    properties: _Properties


class GuardedChannel(kombu_redis.Channel):
    """A channel that hands on only what kombu can make a message of."""

    connection: Any  # this transport

    def keep_refused(self, kept: str) -> None:
        """Keep a refused message in its list. Raises redis' errors of connection."""
        # A client without kombu's prefix, which would come before some commands and not others.
        key: str = self.connection.client.transport_options[REFUSED_KEY]
        keep_in_redis(Redis(connection_pool=self.pool), key, kept)

    def _create_client(self, asynchronous: bool = False) -> Any:
        client: Any = cast("Any", super())._create_client(asynchronous)
        if asynchronous:  # the one that takes messages out
            client.parse_response = partial(self._take, client.parse_response)
        return client

    def _take(
        self, parse: Callable[..., Any], connection: Any, command: str, **options: Any
    ) -> Any:
        """Return the server's reply; None, as if there was no message, where it is none."""
        reply = parse(connection, command, **options)
        if command != "BRPOP" or not reply:
            return reply
        try:
            fault = self._fault_of(loads(reply[1]))
        except (ValueError, TypeError, RecursionError) as error:
            fault = f"{type(error).__name__}: {error}"
        return reply if fault is None else self._refuse(fault, *reply)

    def _deliver_fanout_message(self, message: Any, exchange: str) -> bool:
        fault = self._fault_of(message)
        if fault is None:
            return bool(cast("Any", super())._deliver_fanout_message(message, exchange))
        self._refuse(fault, exchange, message)
        return True

    def _fault_of(self, message: Any) -> str | None:
        """Say what kombu would stumble over; None where it can make a message of it."""
        try:
            _Envelope.model_validate(message)
            self.Message(message, channel=self)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            return f"{'.'.join(map(str, first['loc']))!r:.60}: {first['msg']:.200}"
        except (ValueError, TypeError) as error:
            return f"{type(error).__name__}: {error}"
        return None

    def _refuse(self, fault: str, queue: object, message: object) -> None:
        reason = f"it is no message: {fault}"
        self.keep_refused(as_kept(reason, queue, None, message))
        refused.tell(reason)


class GuardedTransport(kombu_redis.Transport):
    """Kombu's transport with such channels."""

    Channel = GuardedChannel
