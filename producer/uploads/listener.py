"""Listening: upload events from a queue, each message deleted only after it is in the ledger."""

import random
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from producer.dispatching.background import BackgroundDispatcher
from producer.uploads.apply import AWAY, Effect, Uploads
from producer.uploads.s3_formats import read_events
from producer.uploads.sqs import (
    LONGEST_POLL_S,
    MOST_AT_ONCE,
    Message,
    UploadQueue,
)
from shared.errors import QueueUnavailable, StorageError, UploadEventError
from shared.metrics import counting

FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
"""Waits for a queue or a database that fails begin here, double, and end there."""

HOLD_S: Final = 120
"""For how long messages stay hidden while the database, or the store, is away; renewed with each
further try."""

ONCE_POLL_S: Final = 2
"""How long ``--once`` asks whether there is more. An answer at once would not have asked everywhere
where the queue keeps its messages."""

log = structlog.get_logger(__name__)


class ListeningStopped(BaseException):
    """The listener was asked to end while it had no message to apply.

    Not an Exception: botocore takes every Exception for a broken connection, and tries again.
    """


@dataclass(slots=True)
class Heard:
    """What a listener has received, in numbers; ``left`` messages stay on the queue."""

    messages: int = 0
    deleted: int = 0
    left: int = 0
    jobs: int = 0
    effects: Counter[Effect] = field(default_factory=Counter[Effect])

    def as_json(self) -> dict[str, object]:
        """Return plain JSON values."""
        return {
            "messages": self.messages,
            "deleted": self.deleted,
            "left": self.left,
            "jobs": self.jobs,
            "effects": {effect.value: self.effects[effect] for effect in Effect},
        }


class Listener:
    """Takes messages off a queue until it is stopped, or (``once``) until the queue is empty.

    :meth:`stop` may be called from a signal's handler: it interrupts a wait, never a message.
    """

    def __init__(
        self, queue: UploadQueue, uploads: Uploads, dispatcher: BackgroundDispatcher
    ) -> None:
        self._queue = queue
        self._uploads = uploads
        self._dispatcher = dispatcher
        self._stopping = False
        self._waits = False
        self.heard = Heard()

    def stop(self) -> None:
        """End after the present message; at once where there is none.

        Messages that are being received come again after their visibility timeout.
        """
        self._stopping = True  # no threading.Event: its lock is not made for signals' handlers
        if self._waits:
            self._waits = False
            raise ListeningStopped

    def run(self, *, once: bool = False, limit: int | None = None) -> Heard:
        """Listen, and return what was received.

        Raises :class:`~shared.errors.QueueError` where the queue cannot be read, and
        QueueUnavailable with ``once``; without it, a queue that does not answer is asked again,
        less and less often.
        """
        if self._queue.has_redrive_policy() is False:
            log.warning(
                "the queue has no redrive policy: a message that cannot be used comes for ever",
                queue=self._queue.url,
            )
        wait_s = FIRST_WAIT_S
        try:
            while not self._stopping and self.heard.messages != limit:
                most = MOST_AT_ONCE if limit is None else limit - self.heard.messages
                try:
                    messages = self._receive(most, once)
                except QueueUnavailable as error:
                    if once:
                        raise
                    log.warning("the queue does not answer", error=str(error), wait_s=wait_s)
                    wait_s = self._wait(wait_s)
                    continue
                wait_s = FIRST_WAIT_S
                if once and not messages:
                    break
                self._take(messages)
        except ListeningStopped:
            pass
        return self.heard

    def _receive(self, most: int, once: bool) -> list[Message]:
        with self._interruptible():
            return self._queue.receive(most, ONCE_POLL_S if once else LONGEST_POLL_S)

    def _take(self, messages: Sequence[Message]) -> None:
        """Apply messages to the ledger one by one, then delete those that were applied."""
        done: list[Message] = []
        try:
            for number, message in enumerate(messages):
                if self._stopping:
                    self._hold(messages[number:], 0)
                    break
                self.heard.messages += 1
                applied = self._apply_patiently(message, messages)
                counting.upload_message(applied=applied)
                if applied:
                    done.append(message)
                else:
                    self.heard.left += 1
        finally:
            self._delete(done)
            self._dispatcher.ask()

    def _apply_patiently(self, message: Message, in_flight: Sequence[Message]) -> bool:
        """Apply a message, however long database or store are away; return if it may be deleted.

        Meanwhile the messages stay hidden: to receive them again and again would count, and the
        redrive policy would put good messages where bad ones go.
        """
        wait_s = FIRST_WAIT_S
        while True:
            try:
                return self._apply(message)
            except AWAY as error:
                what = "store" if isinstance(error, StorageError) else "database"
                reason = str(error.__cause__ or error).strip().splitlines()[0]
                log.warning(f"the {what} fails", message_id=message.id, error=reason)
            self._hold(in_flight, HOLD_S)
            try:
                wait_s = self._wait(wait_s)
            except ListeningStopped:
                self._hold([message], 0)
                return False

    def _apply(self, message: Message) -> bool:
        """Apply a message; return False where it, or a record of it, cannot be used."""
        try:
            records = read_events(message.body)
            applied = [self._uploads.apply(record) for record in records]
        except UploadEventError as error:
            return self._tell_poison(message, str(error))
        except AWAY:
            raise
        except Exception as error:  # whatever it is, the next message may be applied
            log.exception("a message that cannot be applied", message_id=message.id)
            return self._tell_poison(message, repr(error))
        for one in applied:
            counting.upload_event(one.effect.value)
            self.heard.effects[one.effect] += 1
            self.heard.jobs += one.jobs
        if bad := [one for one in applied if one.effect is Effect.MALFORMED]:
            return self._tell_poison(message, f"{bad[0].what}: {bad[0].reason}")
        return True

    def _tell_poison(self, message: Message, reason: str) -> bool:
        log.error(
            "a message is left to the queue's redrive policy",
            message_id=message.id,
            receives=message.receives,
            reason=reason,
            begins=message.body[:200],
        )
        return False

    def _delete(self, messages: Sequence[Message]) -> None:
        try:
            deleted = self._queue.delete(messages)
        except QueueUnavailable as error:
            # They come again, and their events are old then.
            log.warning("messages could not be deleted", count=len(messages), error=str(error))
        else:
            self.heard.deleted += deleted

    def _hold(self, messages: Sequence[Message], seconds: int) -> None:
        try:
            self._queue.hold(messages, seconds)
        except QueueUnavailable as error:
            log.warning("messages could not be hidden", count=len(messages), error=str(error))

    def _wait(self, seconds: float) -> float:
        """Wait about so long; return how long to wait the next time. Raises ListeningStopped."""
        # Jittered, so that listeners which failed together come back apart; not a secret.
        with self._interruptible():
            time.sleep(seconds * random.uniform(0.5, 1.0))  # noqa: S311
        return min(2 * seconds, LONGEST_WAIT_S)

    @contextmanager
    def _interruptible(self) -> Generator[None]:
        self._waits = True
        try:
            if self._stopping:
                raise ListeningStopped
            yield
        finally:
            self._waits = False
