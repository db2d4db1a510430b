"""What tests of the distributed mode share: the ledger's engine, and a shop to fetch from."""

from collections.abc import Generator

import pytest
from sqlalchemy import Engine

from shared.database.engine import open_engine
from tests.support.picture_server import PictureServer


@pytest.fixture
def pg(postgres_url: str) -> Generator[Engine]:
    opened = open_engine(postgres_url)
    yield opened
    opened.dispose()


@pytest.fixture
def server() -> Generator[PictureServer]:
    with PictureServer() as serving:
        yield serving
