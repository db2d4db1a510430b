"""A bucket with pictures, which feeds and upload events name by ``s3://`` URLs."""

from typing import Any

import boto3

from tests.chaos.servers.pictures import Picture, content_of
from tests.chaos.servers.server import ObjectStore


class Bucket:
    """A new bucket of the suite's S3 server, written through its front door."""

    def __init__(self, server: ObjectStore) -> None:
        self.name, self.folder = server.new_bucket()
        variables = server.variables()
        self.s3: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=variables["AWS_ENDPOINT_URL_S3"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_DEFAULT_REGION"],
        )

    def picture(self, number: int) -> Picture:
        """Return picture ``number`` of this bucket; it is not there before :meth:`put`."""
        return Picture(f"B-{number:06}", f"s3://{self.name}/{self.key(number)}")

    def key(self, number: int) -> str:
        """Return the key of a picture; an upload of it is told by it."""
        return f"pictures/B-{number:06}.png"

    def put(self, number: int, content: bytes | None = None) -> None:
        """Upload a picture: other content than its path says where it is to be replaced."""
        key = self.key(number)
        body = content_of(f"/{key}") if content is None else content
        self.s3.put_object(Bucket=self.name, Key=key, Body=body)

    def remove(self, number: int) -> None:
        self.s3.delete_object(Bucket=self.name, Key=self.key(number))
