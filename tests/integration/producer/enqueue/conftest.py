"""A ledger, and chunks of three products, so that few rows make several."""

import pytest
from sqlalchemy import Engine

from producer.enqueue import enqueue as module
from shared.ledger.ledger import Ledger
from shared.settings import get_settings


@pytest.fixture
def ledger(engine: Engine, database_url: str) -> Ledger:
    return Ledger(engine, get_settings(database_url=database_url))


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PRODUCTS_AT_ONCE", 3)
