"""A service's connections: how many there are, and how long each may keep us waiting.

uvicorn waits for as long as a client takes, and for as many clients as there are file descriptors.
Here a client has a deadline for the head of each request, for its body, and for taking the answer;
bytes that trickle in do not put it off. Where there are as many connections as may be, a new one
takes the place of the one that has kept us waiting longest: whoever only holds connections open
loses them, and a client that sends its request at once is served.
"""

from asyncio import AbstractEventLoop, BaseTransport, TimerHandle
from collections import Counter
from enum import StrEnum
from typing import ClassVar, Final

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

LINGER_S: Final = 2.0
"""How long a body that nobody reads is thrown away after the answer. To hang up at once would take
the answer from a client that still sends."""

TELL_AFTER_S: Final = 5.0
"""For how long clients that were dropped are counted until the log tells of them."""

log = structlog.get_logger(__name__)


class Wait(StrEnum):
    """What a client owes us."""

    HEAD = "the head of a request"
    BODY = "the body of a request"
    REST = "the rest of a body that was refused"
    TAKING = "taking the answer"


class Connections:
    """The connections of one server; those that wait for their client in the order of waiting."""

    def __init__(self, most: int, timeout_s: float) -> None:
        self._most = most
        self.timeout_s = timeout_s
        self._open: set[DeadlineProtocol] = set()
        self._waiting: dict[DeadlineProtocol, None] = {}
        self._dropped: Counter[str] = Counter()
        self._telling: TimerHandle | None = None

    def enter(self, new: "DeadlineProtocol") -> bool:
        """Count a connection in; return False where there is no place for it."""
        if len(self._open) >= self._most:
            longest = next(iter(self._waiting), None)
            if longest is None:
                return False
            longest.drop("another needs its place")
        self._open.add(new)
        return True

    def leave(self, connection: "DeadlineProtocol") -> None:
        """Count a connection out. Calling again changes nothing."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)

    def note(self, connection: "DeadlineProtocol", *, waits: bool) -> None:
        """Note that a connection begins to wait for its client, or that it no longer does."""
        self._waiting.pop(connection, None)
        if waits and connection in self._open:
            self._waiting[connection] = None

    def count_drop(self, why: str, loop: AbstractEventLoop) -> None:
        """Count a client that was dropped; the log has one line for all of some seconds."""
        self._dropped[why] += 1
        if self._telling is None:
            self._telling = loop.call_later(TELL_AFTER_S, self.tell)

    def tell(self) -> None:
        """Log how many clients were dropped since this was last told."""
        self._telling = None
        if self._dropped:
            log.warning("clients were dropped", reasons=dict(self._dropped))
            self._dropped.clear()

    def protocol(self) -> type[H11Protocol]:
        """Return the class of protocol that uvicorn is to make for each connection."""
        return type("CountedProtocol", (DeadlineProtocol,), {"register": self})


class DeadlineProtocol(H11Protocol):
    """One connection, dropped when its client lets a deadline pass."""

    register: ClassVar[Connections]

    _timer: TimerHandle | None = None
    _wait: tuple[object, ...] | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for the first request, if there is a place."""
        super().connection_made(transport)  # pyright: ignore[reportArgumentType] - always TCP here
        if self.register.enter(self):
            self._look()
        else:
            self.drop("all connections are at work")

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request, or until this answer is taken."""
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        """Wait for a client that does not read."""
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        self._look()

    def shutdown(self) -> None:
        """End after the present request; at once where there is none."""
        super().shutdown()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Free the place."""
        super().connection_lost(exc)
        self._stop_timer()
        self.register.leave(self)

    def drop(self, why: str) -> None:
        """Hang up at once, whatever is under way."""
        self._stop_timer()
        self.register.leave(self)
        self.register.count_drop(why, self.loop)
        self.transport.abort()

    def _owed(self) -> Wait | None:
        """Return what the client is to do next; None while it is our turn."""
        if self.transport.is_closing() or self.flow.write_paused:
            return Wait.TAKING
        if self.conn.their_state is h11.IDLE:
            return Wait.HEAD
        if self.conn.their_state is h11.SEND_BODY:
            return Wait.REST if self.cycle.response_complete else Wait.BODY
        return None

    def _look(self) -> None:
        """Set the deadline anew where the client owes something else than before."""
        owed = self._owed()
        # The cycle tells this request from the one before.
        wait = None if owed is None else (owed, self.cycle)
        if wait == self._wait:
            return
        self._wait = wait
        self._stop_timer()
        self.register.note(self, waits=owed is not None)
        if owed is not None:
            self._timer = self.loop.call_later(self._patience_s(owed), self._be_late, owed)

    def _patience_s(self, owed: Wait) -> float:
        if owed is Wait.REST:
            return LINGER_S
        # Whoever reads a body has the same deadline and an answer for it; this is for the others.
        return self.register.timeout_s + (LINGER_S if owed is Wait.BODY else 0)

    def _be_late(self, owed: Wait) -> None:
        if owed is Wait.REST:
            self.transport.close()
            self._look()
        else:
            self.drop(f"{owed} took more than {self._patience_s(owed):g} s")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
