"""A fetcher beside a server of pictures, on loopback, as several tests want it."""

from collections.abc import Iterator

import pytest

from shared.contracts.stages import Stage
from shared.errors import StageError
from shared.settings import Settings, get_settings
from tests.support.picture_server import PictureServer
from worker.stages.fetch import Fetcher

TIMEOUT_S = 0.6


def make_settings(**changes: object) -> Settings:
    values: dict[str, object] = {
        "fetch_timeout_s": 10.0,
        "max_image_bytes": 1_000_000,
        "allowed_networks": "127.0.0.0/8",
    }
    return get_settings(**values | changes)


@pytest.fixture(scope="module")
def server() -> Iterator[PictureServer]:
    with PictureServer() as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(make_settings()) as made:
        yield made


def refusal(fetcher: Fetcher, url: str) -> StageError:
    with pytest.raises(StageError) as caught:
        fetcher.fetch(url)
    assert caught.value.stage is Stage.FETCH
    return caught.value
