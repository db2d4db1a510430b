from typing import Any

import pytest

from web.in_words import in_words


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ({"q": "skirt", "mismatch": True, "size": None}, "q skirt, mismatch yes, size none"),
        ([[59, 1], [60, 2]], "59:1, 60:2"),
        (["a", 2, False], "a, 2, no"),
        ("text", "text"),
        (0, "0"),
        ({}, ""),
    ],
)
def test_facts_are_read_as_words(stored: Any, said: str) -> None:
    assert in_words(stored) == said
