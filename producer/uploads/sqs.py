"""The SQS queue of upload events: received, hidden, deleted. boto3 is imported when it is opened.

Endpoint, region and credentials are boto3's business (``AWS_…``, ``AWS_ENDPOINT_URL_SQS``); keys
are never required, a role will do.
"""

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from shared.errors import QueueError, QueueUnavailable, SettingsError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST_AT_ONCE: Final = 10
"""The most messages that SQS delivers at a time."""

LONGEST_POLL_S: Final = 20
"""The longest that SQS keeps a question open until something comes."""

_AMAZONS = re.compile(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?/")
_PASSING = {"RequestThrottled", "Throttling", "ThrottlingException", "OverLimit", "KmsThrottled"}


@dataclass(frozen=True, slots=True)
class Message:
    """A message in hand; ``receives`` counts how often it was handed out, this time included."""

    id: str
    receipt: str
    body: str
    receives: int


class UploadQueue:
    """One queue. Every method raises QueueUnavailable, or QueueError where waiting is in vain."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._sqs = _client(url)

    def receive(self, most: int = MOST_AT_ONCE, wait_s: int = LONGEST_POLL_S) -> list[Message]:
        """Wait up to ``wait_s`` seconds for messages; return up to ``most``, none where none came.

        They are hidden from others for the queue's visibility timeout.
        """
        with _failures(self.url):
            answer = self._sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=min(most, MOST_AT_ONCE),
                WaitTimeSeconds=wait_s,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        return [_message(raw) for raw in answer.get("Messages", [])]

    def delete(self, messages: Sequence[Message]) -> int:
        """Take messages off the queue for good; return how many of them it let go."""
        if not messages:
            return 0
        entries: Any = [
            {"Id": str(number), "ReceiptHandle": message.receipt}
            for number, message in enumerate(messages)
        ]
        with _failures(self.url):
            answer = self._sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)
        return len(answer.get("Successful", []))

    def hold(self, messages: Sequence[Message], seconds: int) -> None:
        """Hide messages for so many seconds from now; 0 releases them at once."""
        if not messages:
            return
        entries: Any = [
            {"Id": str(number), "ReceiptHandle": message.receipt, "VisibilityTimeout": seconds}
            for number, message in enumerate(messages)
        ]
        with _failures(self.url):
            self._sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def has_redrive_policy(self) -> bool | None:
        """Return whether messages that nobody can use end elsewhere; None where we may not ask."""
        try:
            with _failures(self.url):
                answer = self._sqs.get_queue_attributes(
                    QueueUrl=self.url, AttributeNames=["RedrivePolicy"]
                )
        except QueueError:
            return None
        return "RedrivePolicy" in answer.get("Attributes", {})


def _message(raw: Any) -> Message:
    receives = raw.get("Attributes", {}).get("ApproximateReceiveCount", "1")
    return Message(raw["MessageId"], raw["ReceiptHandle"], raw["Body"], int(receives))


@contextmanager
def _failures(url: str) -> Generator[None]:
    from botocore.exceptions import (  # noqa: PLC0415 (see the head of this file)
        BotoCoreError,
        ClientError,
        NoCredentialsError,
    )

    try:
        yield
    except ClientError as error:
        word = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 500
        if status >= 500 or status == 429 or word in _PASSING:
            raise QueueUnavailable(f"{url}: SQS answered {word} ({status})") from error
        raise QueueError(f"{url}: SQS answered {word} ({error})") from error
    except NoCredentialsError as error:
        raise QueueError(
            f"{url}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or give this machine a role"
        ) from error
    except BotoCoreError as error:
        raise QueueUnavailable(f"{url}: {error}") from error


def _client(url: str) -> "SQSClient":
    try:
        import boto3  # noqa: PLC0415 (see the head of this file)
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import NoRegionError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SettingsError("a queue needs boto3: pip install 'colourway[s3]'") from error
    amazons = _AMAZONS.match(url)
    config = Config(
        connect_timeout=5,
        read_timeout=LONGEST_POLL_S + 10,
        retries={"mode": "standard", "max_attempts": 2},
    )
    try:
        # The address of one of Amazon's own queues says where it is, whatever the machine's region.
        return boto3.session.Session().client(
            "sqs", config=config, region_name=amazons[1] if amazons else None
        )
    except NoRegionError as error:
        raise SettingsError(f"{url} does not say its region; set AWS_DEFAULT_REGION") from error
