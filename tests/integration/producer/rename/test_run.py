"""Renaming: the ledger as if all of it had been named by the new table from the beginning."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from producer.rename.run import Rename, RenameSelection
from producer.rename.stale_products import StaleProducts
from producer.reprocess.backfill import Selection, backfill
from producer.staged.changes import Change, Pair
from producer.staged.promotion import promote, rollback
from shared.catalogue.presentation import Presentations
from shared.colour.naming import Naming
from shared.database.models import Product, ProductImage, StagedResult
from shared.errors import SettingsError
from shared.ledger.ledger import Ledger
from tests.support.catalogue.renamed import BLUE, PICTURES, RED, fill, version, work
from tests.support.catalogue.staged import batch, catalogue, families, hold
from tests.support.rows import Clock


@pytest.mark.usefixtures("small_pages")
def test_all_is_as_if_the_new_table_had_named_it(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming, clock: Clock
) -> None:
    fill(engine, ledger, old)
    ours = catalogue(engine, times=False)
    renamed = Rename(engine, new, clock=clock).write()

    assert (renamed.seen, renamed.fresh, renamed.pictures, renamed.staged_results) == (4, 0, 5, 0)
    assert renamed.pairs == {
        Pair(Change.FAMILY, "navy", "blue"): 1,
        Pair(Change.UNCHANGED, "red", "red"): 1,
        Pair(Change.SHADE, "white", "white"): 1,
        Pair(Change.UNCHANGED, None, None): 1,
    }
    assert (renamed.compared, renamed.changed) == (3, 1)
    assert version(engine) == {new.version}
    after = catalogue(engine, times=False)
    assert after != ours
    # Named anew from the beginning: the same pictures once more, by workers with the new table.
    backfill(engine, Selection(), max_attempts=3)
    work(ledger, new, "one", PICTURES)
    assert catalogue(engine, times=False) == after


def test_only_what_a_shop_sees_makes_a_product_look_updated(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming, clock: Clock
) -> None:
    fill(engine, ledger, old)
    before = updated(engine)
    clock.pass_s(60)
    Rename(engine, new, clock=clock).write()
    after = updated(engine)
    assert {sku for sku in after if after[sku] != before[sku]} == {"P1", "P3", "P4"}
    assert {after[sku] for sku in ("P1", "P3", "P4")} == {clock.now}


def updated(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return dict(connection.execute(select(Product.sku, Product.updated_at)).all())


def test_the_same_table_changes_nothing(engine: Engine, ledger: Ledger, old: Naming) -> None:
    fill(engine, ledger, old)
    before = catalogue(engine)
    renamed = Rename(engine, old).write()
    assert (renamed.fresh, renamed.products.total(), renamed.pictures) == (4, 0, 0)
    assert catalogue(engine) == before


def test_cloths_names_of_skin_and_hair_become_tones(
    engine: Engine, ledger: Ledger, old: Naming
) -> None:
    fill(engine, ledger, old)
    before = families(engine)
    food = {"name": "caramel", "family": "brown", "family_second": "orange"}
    with engine.begin() as connection:
        for key, shades in connection.execute(select(ProductImage.id, ProductImage.shades)).all():
            for region in ("skin", "hair"):
                shades[region] = [{**each, **food} for each in shades["clothes"][:1]]
            this = update(ProductImage).where(ProductImage.id == key)
            connection.execute(this.values(shades=shades))
    outdate(engine)
    assert Rename(engine, old).write().changed == 0
    assert families(engine) == before
    # BLUE, RED and WHITE as if they were somebody's.
    for column, names in (
        (Product.skin, {"very light skin", "brown skin", "dark skin"}),
        (Product.hair, {"white hair", "red hair", "dyed hair"}),
    ):
        with engine.connect() as connection:
            every = [each for found in connection.scalars(select(column)) for each in found]
        assert {each["name"] for each in every} == names
        assert {each["family"] for each in every} == {column.key}
        assert {each["family_second"] for each in every} == {None}

    # Once more from an older version: all have their names, so nobody needs to be read whole.
    outdate(engine)
    with engine.connect() as connection:
        ids = list(connection.scalars(select(Product.id)))
        found = StaleProducts.find(connection, ids, old, Presentations.load(), lock=False)
    assert found.stale == {*ids}
    assert found.whole == (set() if engine.dialect.name == "postgresql" else {*ids})


def outdate(engine: Engine) -> None:
    """Have all stored names be of an older version."""
    with engine.begin() as connection:
        for model in (Product, ProductImage):
            for key, made in connection.execute(select(model.id, model.provenance)).all():
                older = {**made, "naming_version": "older"}
                this = update(model).where(model.id == key)
                connection.execute(this.values(provenance=older))


def test_to_foresee_writes_nothing_and_tells_the_same(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    before = catalogue(engine)
    foreseen = Rename(engine, new, RenameSelection(examples=3)).foresee()
    assert catalogue(engine) == before
    assert Rename(engine, new).write().pairs == foreseen.pairs
    examples = foreseen.examples
    assert set(examples) == {
        Pair(Change.FAMILY, "navy", "blue"),
        Pair(Change.SHADE, "white", "white"),
    }
    (example,) = examples[Pair(Change.FAMILY, "navy", "blue")]
    assert example.sku == "P1"
    assert example.before is not None
    assert example.before.colour is not None
    assert example.after is not None
    assert example.after.colour is not None
    assert (example.before.colour.name, example.after.colour.name) == ("ink", "midnight")


@pytest.mark.usefixtures("small_pages")
def test_cut_short_it_is_run_again(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)

    def stop(products: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Rename(engine, new, on_progress=stop).write()
    assert version(engine) == {old.version, new.version}
    again = Rename(engine, new).write()
    assert (again.fresh, again.products.total()) == (2, 2)
    assert version(engine) == {new.version}
    assert families(engine) == {"P1": "blue", "P3": "red", "P4": "white", "P5": None}


def test_staged_results_are_renamed_and_can_still_be_promoted_and_rolled_back(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    batch_id = hold(engine).batch_id
    assert batch_id is not None
    work(ledger, old, "two", {**PICTURES, 1: (RED,), 3: (BLUE,)})
    promote(engine, batch(engine, batch_id))
    assert families(engine)["P3"] == "navy"

    renamed = Rename(engine, new).write()
    assert (renamed.pictures, renamed.staged_results) == (5, 5)
    assert families(engine) == {"P1": "red", "P3": "blue", "P4": "white", "P5": None}
    with engine.connect() as connection:
        for staged_result in connection.execute(select(StagedResult.result, StagedResult.before)):
            assert staged_result.result["provenance"]["naming_version"] == new.version
            assert staged_result.before["provenance"]["naming_version"] == new.version

    assert rollback(engine, batch(engine, batch_id)).pictures == 5
    assert families(engine) == {"P1": "blue", "P3": "red", "P4": "white", "P5": None}
    names = {row["colour_name"] for row in catalogue(engine) if "sku" in row}
    assert names == {"midnight", "cherry", "milk", None}
    assert version(engine) == {new.version}


def test_results_of_an_older_version_get_their_pattern(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    with engine.begin() as connection:
        for model in (Product, ProductImage):
            connection.execute(update(model).values(pattern=None, warnings=None))
    Rename(engine, new).write()
    with engine.connect() as connection:
        rows = connection.execute(select(Product.sku, Product.pattern))
        assert dict(rows.all()) == {
            "P1": "plain",
            "P3": "two-tone",
            "P4": "plain",
            "P5": None,
        }
        assert set(connection.scalars(select(ProductImage.pattern))) == {"plain", "two-tone", None}


def test_shades_of_an_older_version_that_know_no_second_family_are_compared_too(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    with engine.begin() as connection:
        for key, shades in connection.execute(select(ProductImage.id, ProductImage.shades)).all():
            for shade in (each for region in shades.values() for each in region):
                del shade["family_second"]
            this = update(ProductImage).where(ProductImage.id == key)
            connection.execute(this.values(shades=shades))
    renamed = Rename(engine, new).write()
    assert renamed.pairs == {
        Pair(Change.FAMILY, "navy", "blue"): 1,
        Pair(Change.UNCHANGED, "red", "red"): 1,
        Pair(Change.SHADE, "white", "white"): 1,
        Pair(Change.UNCHANGED, None, None): 1,
    }
    assert families(engine) == {"P1": "blue", "P3": "red", "P4": "white", "P5": None}


def test_a_product_whose_answering_picture_went_is_renamed_by_its_own_colours(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    with engine.begin() as connection:
        connection.execute(update(ProductImage).values(enriched_at=None, provenance=None))
    renamed = Rename(engine, new).write()
    assert (renamed.changed, renamed.pictures) == (1, 0)
    assert families(engine) == {"P1": "blue", "P3": "red", "P4": "white", "P5": None}
    (product_row,) = (row for row in catalogue(engine) if row.get("sku") == "P1")
    assert product_row["colours"][0]["name"] == "midnight"
    assert product_row["provenance"]["naming_version"] == new.version
    assert product_row["confidence"] == 0.4375  # as it was: a witness had disagreed


def test_one_catalogue_or_the_first_so_many(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    assert Rename(engine, new, RenameSelection(limit=2)).write().seen == 2
    assert families(engine)["P4"] == "white"
    with pytest.raises(SettingsError, match="'x': there is no such catalogue; there are: shop"):
        Rename(engine, new, RenameSelection(catalogue="x")).foresee()
    assert Rename(engine, new, RenameSelection(catalogue="shop")).write().products.total() == 2
