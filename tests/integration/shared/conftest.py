"""A ledger on each kind of database, with a clock that tests move."""

import pytest
from sqlalchemy import Engine

from shared.ledger.ledger import Ledger
from shared.settings import Settings, get_settings
from tests.support.rows import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(database_url: str) -> Settings:
    return get_settings(
        database_url=database_url, lease_s=600, max_attempts=3, backoff_s=30, redispatch_after_s=300
    )


@pytest.fixture
def ledger(engine: Engine, settings: Settings, clock: Clock) -> Ledger:
    return Ledger(engine, settings, clock)
