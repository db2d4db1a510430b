"""One marked secret wherever secrets stand: no output shows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from shared.database.engine import open_engine
from shared.database.models import Product, ProductImage
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered
from tests.support.catalogue.shell import Shell, shell
from tests.support.marked_secret import MARK, SIGNED, Place
from tests.support.rows import add_product
from tests.support.secret_probes import PROBES

__all__ = ["shell"]  # a fixture


@pytest.fixture
def place(shell: Shell, sqlite_url: str, tmp_path: Path) -> Iterator[Place]:
    engine = open_engine(sqlite_url)
    add_answered(engine, "A-1", NAVY, WHITE, title="Shirt", photos={"back": (RED,)})
    add_answered(engine, "B-2", RED, title="Dress", merchant_colour="blue")
    add_product(engine, "C-3")
    with engine.begin() as connection:
        connection.execute(
            ProductImage.__table__.update().values(url=SIGNED)  # pyright: ignore[reportAttributeAccessIssue]
        )
    shell.set(DATABASE_URL=sqlite_url)
    yield Place(shell, engine, sqlite_url, tmp_path)
    engine.dispose()


@pytest.fixture(autouse=True)
def retries_as_before(logs_as_before: None) -> Iterator[None]:
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


def test_there_are_enough_probes() -> None:
    assert len(PROBES) >= 25


@pytest.mark.parametrize("name", PROBES)
def test_no_output_shows_a_secret(name: str, place: Place) -> None:
    shown = PROBES[name](place)

    assert len(shown) > 10, shown
    assert MARK not in shown


def test_the_mark_would_be_seen(place: Place) -> None:
    """What the database holds is signed: exports and pages had something to leave out."""
    with place.engine.connect() as connection:
        urls = connection.execute(ProductImage.__table__.select()).mappings().all()  # pyright: ignore
    assert all(MARK in row["url"] for row in urls)
    assert Product.__tablename__
