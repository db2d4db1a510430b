from collections.abc import Iterator

import boto3
import pytest

from shared.contracts.stages import Code
from shared.errors import StageError
from shared.settings import get_settings
from tests.support.pictures import encode, smooth
from tests.support.services import free_port
from tests.support.services.s3 import Bucket
from worker.stages.fetch import Fetcher

PICTURE = encode(smooth(32, 24), "PNG")


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    settings = get_settings(max_image_bytes=len(PICTURE), fetch_timeout_s=10.0)
    with Fetcher(settings) as made:
        yield made


def put(bucket: Bucket, key: str, content: bytes) -> str:
    client = boto3.session.Session().client("s3", endpoint_url=bucket.endpoint)
    client.put_object(Bucket=bucket.name, Key=key, Body=content)
    return f"s3://{bucket.name}/{key}"


def refusal(fetcher: Fetcher, url: str) -> StageError:
    with pytest.raises(StageError) as caught:
        fetcher.fetch(url)
    return caught.value


def test_a_picture(bucket: Bucket, fetcher: Fetcher) -> None:
    url = put(bucket, "front/a b#1?.png", PICTURE)

    fetched = fetcher.fetch(url)

    assert fetched.content == PICTURE
    assert fetched.content_type == "image/png"
    assert fetched.url == url


def test_a_missing_picture_and_a_missing_bucket(bucket: Bucket, fetcher: Fetcher) -> None:
    for url in (f"s3://{bucket.name}/none.png", f"s3://{bucket.name}-none/x.png"):
        error = refusal(fetcher, url)
        assert error.code is Code.FETCH_NOT_FOUND
        assert not error.retry
        assert url in error.message


def test_a_picture_over_the_cap(bucket: Bucket, fetcher: Fetcher) -> None:
    error = refusal(fetcher, put(bucket, "large.png", PICTURE + b"x"))

    assert error.code is Code.FETCH_TOO_LARGE
    assert not error.retry
    assert "COLOURWAY_MAX_IMAGE_BYTES" in error.message


def test_a_wrong_key_is_denied(
    rclone_bucket: Bucket, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = put(rclone_bucket, "x.png", PICTURE)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")

    error = refusal(fetcher, url)

    assert error.code is Code.FETCH_DENIED
    assert not error.retry


def test_a_server_that_is_not_there(
    moto_bucket: Bucket, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")

    error = refusal(fetcher, f"s3://{moto_bucket.name}/x.png")

    assert error.code is Code.FETCH_UNREACHABLE
    assert error.retry


@pytest.mark.parametrize(
    "url", ["s3://", "s3://bucket", "s3://bucket/", "s3:///key", "s3:bucket/key"]
)
def test_what_names_no_object(fetcher: Fetcher, url: str) -> None:
    assert refusal(fetcher, url).code is Code.FETCH_BAD_URL
