"""The colours of people, taken out of everything that holds them."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine, select

from producer.enqueue.enqueue import Order, enqueue
from producer.reprocess import forget_people as people
from producer.reprocess.backfill import Selection
from producer.reprocess.forget_people import Forgotten, forget_people
from producer.staged.promotion import promote, rollback
from shared.database.models import Catalogue, Product, ProductImage, StagedResult
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.staged import batch, hold
from tests.support.catalogue.stored import product
from tests.support.rows import NAVY, RED, TAN, result


@pytest.fixture
def ledger(engine: Engine, database_url: str) -> Ledger:
    return Ledger(engine, get_settings(database_url=database_url))


def work(ledger: Ledger, clothes: Any, skin: tuple[Any, ...] = (TAN,)) -> None:
    while claims := ledger.claim():
        for claim in claims:
            assert ledger.finish(claim, result(clothes, skin=skin, name=f"n{claim.image_id}"))


def stored(engine: Engine) -> str:
    """Everything that is stored of products, pictures and staged results, as text."""
    with engine.connect() as connection:
        tables = (Product, ProductImage, StagedResult)
        rows = [dict(row._mapping) for table in tables for row in connection.execute(select(table))]
        return json.dumps(rows, default=str)


@pytest.fixture
def shop(engine: Engine, ledger: Ledger) -> int:
    """Five products, one without a result, and a staged batch, promoted: its number.

    In every place that may hold it, the skin is TAN.
    """
    enqueue(engine, [product(f"P{n}", n, f"{n}-back") for n in range(4)], Order("shop"))
    work(ledger, NAVY)
    staged = hold(engine, Selection(catalogue_id=None)).batch_id
    assert staged is not None
    work(ledger, RED)
    promote(engine, batch(engine, staged))
    enqueue(engine, [product("NEW", "new")], Order("shop"))
    return staged


def test_skin_and_hair_go_and_everything_else_stays(engine: Engine, shop: int) -> None:
    before = stored(engine)
    assert before.count(TAN.hex) == 4 + 8 + 16
    assert forget_people(engine) == Forgotten(products=4, pictures=8, staged_results=8)
    after = stored(engine)
    assert TAN.hex not in after
    assert after.count(RED.hex) == before.count(RED.hex)
    assert after.count(NAVY.hex) == before.count(NAVY.hex)
    with engine.connect() as connection:
        row = connection.execute(select(Product).where(Product.sku == "P1")).one()
        new = connection.execute(select(Product).where(Product.sku == "NEW")).one()
        shades = connection.scalars(select(ProductImage.shades).order_by(ProductImage.id)).all()
    assert (row.skin, row.hair, row.colour_hex) == ([], [], RED.hex)
    assert (new.skin, new.hair) == (None, None)
    assert shades[0] == {"clothes": [RED.to_json()], "skin": [], "hair": []}
    assert shades[-1] is None


def test_a_second_run_finds_nothing(engine: Engine, shop: int) -> None:
    forget_people(engine)
    after = stored(engine)
    assert forget_people(engine) == Forgotten()
    assert stored(engine) == after


def test_a_dry_run_counts_and_changes_nothing(engine: Engine, shop: int) -> None:
    before = stored(engine)
    assert forget_people(engine, dry_run=True) == Forgotten(
        products=4, pictures=8, staged_results=8
    )
    assert stored(engine) == before


def test_a_rollback_brings_nobody_back(engine: Engine, shop: int) -> None:
    forget_people(engine)
    rollback(engine, batch(engine, shop))
    after = stored(engine)
    assert TAN.hex not in after
    with engine.connect() as connection:
        row = connection.execute(select(Product).where(Product.sku == "P1")).one()
    assert row.colour_hex == NAVY.hex


def test_what_was_cut_short_goes_on_with_what_is_left(
    engine: Engine, shop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PRODUCTS_AT_ONCE", 1)
    numbers: list[Forgotten] = []

    def stop(done: Forgotten) -> None:
        numbers.append(done)
        if len(numbers) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forget_people(engine, on_progress=stop)
    assert numbers[-1] == Forgotten(products=2, pictures=4, staged_results=4)
    assert forget_people(engine) == Forgotten(products=2, pictures=4, staged_results=4)


def test_another_catalogue_is_left_alone(engine: Engine, ledger: Ledger, shop: int) -> None:
    enqueue(engine, [product("X", "x")], Order("other"))
    work(ledger, NAVY)  # NEW's picture too
    with engine.connect() as connection:
        other = connection.scalar(select(Catalogue.id).where(Catalogue.name == "other"))
    assert forget_people(engine, catalogue_id=other) == Forgotten(products=1, pictures=1)
    assert stored(engine).count(TAN.hex) == 4 + 8 + 16 + 2


def test_the_command_tells_what_it_did(
    engine: Engine, database_url: str, shop: int, shell: Shell
) -> None:
    shell.set(DATABASE_URL=database_url, COLOURWAY_KEEP_PEOPLE="false")
    counted = {"products": 4, "pictures": 8, "staged_results": 8, "drafts": 8}
    assert shell.answer("forget-people", "--dry-run") == {"dry_run": True, **counted}
    said = shell.call("forget-people", "--yes")
    assert (said.exit_code, said.err) == (0, "")
    assert (
        said.out == "colours of skin and hair removed: 4 products, 8 pictures, 8 staged results\n"
    )
    assert TAN.hex not in stored(engine)


def test_the_command_says_where_workers_go_on_storing(
    engine: Engine, database_url: str, shell: Shell
) -> None:
    shell.set(DATABASE_URL=database_url)
    assert "COLOURWAY_KEEP_PEOPLE is not false here" in shell.call("forget-people").err
    said = shell.call("forget-people", "--catalogue", "none")
    assert said.exit_code == 2
    assert "there is no such catalogue; the ledger is empty" in said.err
