import hashlib
import io

import boto3
import numpy as np
import pytest
from PIL import Image

from shared.contracts.stages import Code
from shared.errors import StageError
from shared.storage.storage import S3Storage
from tests.support.services import free_port
from tests.support.services.s3 import Bucket
from tests.unit.worker.stages.test_store import EVERYTHING, make_pictures
from worker.stages.store import store

SHA256 = hashlib.sha256(b"another picture").hexdigest()


def test_crops_arrive_with_their_types(bucket: Bucket) -> None:
    storage = S3Storage(bucket.name, "shop")

    keys = store(make_pictures(), storage, SHA256, "3", EVERYTHING)

    client = boto3.session.Session().client("s3", endpoint_url=bucket.endpoint)
    heads = [
        client.head_object(Bucket=bucket.name, Key=f"shop/{key}")["ContentType"]
        for key in (keys.cutout, keys.outfit, keys.crop, keys.thumbnail)
    ]
    assert heads == ["image/webp", "image/webp", "image/jpeg", "image/jpeg"]
    cutout = np.asarray(Image.open(io.BytesIO(storage.get(keys.cutout))))
    assert cutout.shape == (40, 30, 4)


def test_a_bucket_that_is_gone(moto_bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for endpoint, name in (
        (moto_bucket.endpoint, f"{moto_bucket.name}-none"),
        (f"http://127.0.0.1:{free_port()}", moto_bucket.name),
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        with pytest.raises(StageError) as caught:
            store(make_pictures(), S3Storage(name), SHA256, "3")
        assert caught.value.code is Code.STORE_FAILED
        assert caught.value.retry
