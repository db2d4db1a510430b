"""What tests of staged batches may ask for by name."""

import pytest

from producer.staged import batch as staged


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged.product_pages, "__defaults__", (2,))
