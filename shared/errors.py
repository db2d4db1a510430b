"""Every error that Colourway raises on purpose.

A message says what went wrong, names the thing, and says what to do next.
"""

from shared.contracts.fingerprint import SourceFingerprint
from shared.contracts.stages import Code, Stage
from shared.redaction import redact


class ColourwayError(Exception):
    """The root of all errors of this project: catch it to catch them all."""


class SettingsError(ColourwayError):
    """A setting is missing or invalid; the message names its environment variable."""


class SchemaError(ColourwayError):
    """The database is not at the schema that this version of the code needs."""


class FeedError(ColourwayError):
    """A feed, or one row of it, cannot be read."""


class UploadEventError(ColourwayError):
    """A message is not an upload event of any known format."""


class QueueError(ColourwayError):
    """The queue of upload events cannot be read, and trying again will not help."""


class QueueUnavailable(QueueError):
    """The queue of upload events does not answer; trying again may help."""


class WeightsError(ColourwayError):
    """A weights file is missing, damaged, or does not fit its network."""


class StorageError(ColourwayError):
    """The picture storage cannot be reached or refuses a request.

    ``status`` is the server's HTTP status where it gave one. Servers and libraries quote addresses
    with their passwords; the message holds none.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        message = redact(message)
        super().__init__(message, status)
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return self.message


class KeyNotFound(StorageError):
    """Nothing is stored under this key; the same error for every kind of storage."""

    def __init__(self, key: str) -> None:
        super().__init__(f"nothing is stored under {key!r}", 404)
        self.args = (key,)  # what copying and pickling call this class with
        self.key = key


class StorageTimeout(StorageError):
    """The storage did not answer in time."""


class StorageRefused(StorageError):
    """The storage answers and takes nothing: its settings, credentials or rights are at fault."""


class StorageUnavailable(StorageError):
    """The storage takes nothing at all now, whatever is stored: no picture is at fault.

    ``refused`` says that it answers, and refuses (:class:`StorageRefused`); else it is away.
    """

    def __init__(self, message: str, refused: bool = False) -> None:
        super().__init__(message)
        self.args = (message, refused)
        self.refused = refused


class ObjectTooLarge(StorageError):
    """An object holds more bytes than its reader allows."""

    def __init__(self, url: str, max_bytes: int) -> None:
        super().__init__(f"{url} is larger than the {max_bytes:,} bytes allowed")
        self.args = (url, max_bytes)
        self.url = url
        self.max_bytes = max_bytes


class NotificationError(ColourwayError):
    """A message on the broker is not a notification; ``raw`` holds it as it came."""

    def __init__(self, reason: str, raw: object) -> None:
        super().__init__(reason, raw)
        self.reason = reason
        self.raw = raw

    def __str__(self) -> str:
        return f"not a notification: {self.reason}; got {self.raw!r:.200}"


class MessageRefused(ColourwayError):
    """A message on the broker is none of ours; the text says why, without what it holds."""


class StageError(ColourwayError):
    """One picture failed at one stage of the pipeline.

    ``stage`` and ``code`` go into the ledger as they are; ``message`` is for people.
    ``retry`` is True where a later attempt may succeed, and ``retry_after_s`` (seconds) is the
    shortest wait that the server asked for, if it did. ``seen`` is the fingerprint of a picture
    that was fetched whole and shows nobody. No message holds a password or a signature.
    """

    def __init__(
        self,
        stage: Stage,
        code: Code,
        message: str,
        retry: bool = False,
        retry_after_s: float | None = None,
        *,
        seen: SourceFingerprint | None = None,
    ) -> None:
        message = redact(message)
        super().__init__(stage, code, message, retry, retry_after_s)
        self.stage = stage
        self.code = code
        self.message = message
        self.retry = retry
        self.retry_after_s = retry_after_s
        self.seen = seen

    def __str__(self) -> str:
        return f"{self.stage}: {self.message} [{self.code}]"


class NoPersonError(StageError):
    """A picture shows neither a person nor a product on a plain backdrop: code ``no_person``."""
