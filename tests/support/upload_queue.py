"""A queue of upload events at SQS, with a second one for what nobody can use."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest

from tests.support.services.s3 import Bucket

VISIBILITY_S = 3


@dataclass
class UploadQueue:
    """An empty queue with a second one for what nobody can use, as its owner sees them."""

    sqs: Any
    url: str
    dead_url: str

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def left(self, url: str | None = None) -> int:
        """How many messages there are, those included that were received."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=names)
        return sum(int(count) for count in found["Attributes"].values())


def new_queue(endpoint: str, receives: int = 2) -> UploadQueue:
    sqs = boto3.session.Session().client("sqs", endpoint_url=endpoint)
    name = f"uploads-{uuid4().hex[:12]}"
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": receives}
    attributes = {"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": str(VISIBILITY_S)}
    return UploadQueue(
        sqs, sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"], dead
    )


@pytest.fixture
def queue(moto_bucket: Bucket) -> UploadQueue:
    return new_queue(moto_bucket.endpoint)
