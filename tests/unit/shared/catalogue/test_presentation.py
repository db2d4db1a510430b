"""How the colours of a product are presented, read from what is stored of it."""

import pytest

from shared.catalogue.presentation import Presentations
from shared.colour.families.table import Presentation

PRESENTATIONS = Presentations.load()


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("Jeans", "denim"),
        ("Herren/Jeansjacken", "denim"),
        ("Vaqueros", "denim"),
        ("Sneakers", "shoes"),
        ("Women > Bags", "bag"),
        ("Kleider", "dress"),
        ("Thing", None),
        ("", None),
        (None, None),
    ],
)
def test_the_category_tells_the_kind(category: str | None, kind: str | None) -> None:
    assert PRESENTATIONS.of("packshot", category) == Presentation("packshot", kind)


def test_one_lexicon_is_read_once() -> None:
    assert Presentations.load() is PRESENTATIONS
