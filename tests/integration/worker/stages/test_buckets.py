"""Addresses of S3 that are none of ours: refused before anything is asked."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from shared.contracts.stages import Code
from shared.errors import StageError
from shared.settings import get_settings
from worker.stages.fetch import Fetcher

ARN = "arn:aws:s3:eu-west-1:123456789012:accesspoint"
FORMS = [
    "s3://other/a.jpg",
    "S3://other/a.jpg",
    "s3://Shop/a.jpg",
    "s3://shop./a.jpg",
    "s3://.shop/a.jpg",
    "s3://shop-/a.jpg",
    "s3://shop%2f/a.jpg",
    "s3://shop%00/a.jpg",
    "s3://shop /a.jpg",
    "s3://shop\t/a.jpg",
    "s3://shop\\other/a.jpg",
    "s3://shop@other/a.jpg",
    "s3://user:word@shop/a.jpg",
    "s3://shop:80/a.jpg",
    "s3://shop?x/a.jpg",
    "s3://shop#x/a.jpg",
    "s3://*/a.jpg",
    "s3://../shop/a.jpg",
    "s3://./shop/a.jpg",
    "s3://[::1]/a.jpg",
    "s3://shоp/a.jpg",
    f"s3://{ARN}:shop/a.jpg",
    f"s3://{ARN}/shop/object/a.jpg",
    "s3://arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap/a.jpg",
    "s3://arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint:shop/a.jpg",
    "s3://arn:aws:s3-outposts:eu-west-1:1:outpost:op-1:accesspoint:shop/a.jpg",
    "s3://arn%3Aaws%3As3:::shop/a.jpg",
    "s3://shop-ab12cd34-s3alias/a.jpg",
    "s3://mfzwi23gnjvgw.mrap/a.jpg",
    "s3://shop/../other/a.jpg",
    "s3://shop/a/../../other/a.jpg",
    "s3://shop/./a.jpg",
    "s3://shop/a/..",
    "s3://shop/%2e%2e/other/a.jpg",
    "s3://shop/%2E./other/a.jpg",
    "s3://shop//../other/a.jpg",
    "s3:///shop/a.jpg",
    "s3:/shop/a.jpg",
    "s3:shop/a.jpg",
    "s3://",
]


class Counter:
    """A server that counts connections and answers none."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    made = Counter()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", made.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield made
    made.close()


def refusal(fetcher: Fetcher, url: str) -> StageError:
    with pytest.raises(StageError) as caught:
        fetcher.fetch(url)
    return caught.value


def test_no_form_of_another_address_makes_a_request(store: Counter) -> None:
    assert len(FORMS) >= 30
    with Fetcher(get_settings(storage="s3://shop/crops", fetch_timeout_s=5.0)) as fetcher:
        for form in FORMS:
            error = refusal(fetcher, form)
            assert (error.code, error.retry) == (Code.FETCH_BAD_URL, False), form
        assert store.connections == 0

        # The storage's own bucket is asked for.
        assert refusal(fetcher, "s3://shop/..a/b...jpg").code is not Code.FETCH_BAD_URL
        assert store.connections > 0


def test_every_bucket_may_be_let_in_and_still_no_arn_nor_dots(store: Counter) -> None:
    with Fetcher(get_settings(allowed_buckets="*", fetch_timeout_s=5.0)) as fetcher:
        for form in (f"s3://{ARN}:shop/a.jpg", "s3://shop/../other/a.jpg"):
            assert refusal(fetcher, form).code is Code.FETCH_BAD_URL
        assert store.connections == 0
        assert refusal(fetcher, "s3://any/a.jpg").code is not Code.FETCH_BAD_URL
        assert store.connections > 0
