"""Renaming: the ledger as if all of it had been named by the new table from the beginning."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from producer import rename as module
from producer.backfill import Selection, backfill
from producer.changes import Change, Pair
from producer.enqueue import enqueue
from producer.promotion import promote, rollback
from producer.rename import Rename, Wanted
from shared.cielab import hex_to_rgb, rgb_to_lab
from shared.contracts import PictureResult, Shade
from shared.errors import SettingsError
from shared.ledger import Ledger
from shared.models import Draft, Product, ProductImage
from shared.naming import Naming
from shared.settings import get_settings
from tests.integration.producer.held import SHOP, batch, catalogue, families, hold
from tests.integration.producer.shell import Shell
from tests.integration.producer.stored import product, url
from tests.integration.shared.rows import Clock, result

OLD = "name,family,hex\nink,navy,#1b2444\ncherry,red,#a8172f\nsnow,white,#ffffff\n"
NEW = "name,family,hex\nmidnight,blue,#1b2444\ncherry,red,#a8172f\nmilk,white,#fdfdfd\n"
BLUE, RED, WHITE = "#1c2545", "#a9182e", "#fefefe"
PICTURES = {1: (BLUE,), 2: (RED,), 3: (RED, WHITE), 4: (WHITE,), 5: ()}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(engine: Engine, database_url: str, clock: Clock) -> Ledger:
    return Ledger(engine, get_settings(database_url=database_url), clock)


@pytest.fixture
def old(tmp_path: Path) -> Naming:
    return table(tmp_path, OLD)


@pytest.fixture
def new(tmp_path: Path) -> Naming:
    return table(tmp_path, NEW)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PRODUCTS_AT_ONCE", 2)


def table(folder: Path, text: str) -> Naming:
    path = folder / "names.csv"
    path.write_text(text)
    return Naming.load(path)


def named(naming: Naming, name: str, *codes: str) -> PictureResult:
    """Return a result with these colours of clothes, named by this table."""
    shades: list[Shade] = []
    for code in codes:
        lightness, a, b = (round(float(value), 2) for value in rgb_to_lab(hex_to_rgb(code)))
        lab = (lightness, a, b)
        shades.append(Shade(code, lab, 1 / len(codes), *naming.name(lab)))
    found = result(*shades, skin=tuple(shades[:1]), name=name)
    return replace(found, provenance=replace(found.provenance, naming_version=naming.version))


def work(ledger: Ledger, naming: Naming, name: str, pictures: dict[int, tuple[str, ...]]) -> None:
    """Bring every job to its end, named by this table."""
    codes = {url(key): each for key, each in pictures.items()}
    while claims := ledger.claim():
        for claim in claims:
            made = named(naming, f"{name}{claim.image_id}", *codes[claim.url])
            assert ledger.finish(claim, made)


def fill(engine: Engine, ledger: Ledger, naming: Naming, name: str = "one") -> None:
    """Enqueue five products, of which the first has a second picture, and do them all."""
    feed = [product("P1", 1, 2), *(product(f"P{key}", key) for key in (3, 4, 5))]
    enqueue(engine, feed, SHOP)
    work(ledger, naming, name, PICTURES)


def version(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return {
            each["naming_version"]
            for model in (Product, ProductImage)
            for each in connection.scalars(select(model.provenance))
        }


@pytest.mark.usefixtures("small_pages")
def test_all_is_as_if_the_new_table_had_named_it(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming, clock: Clock
) -> None:
    fill(engine, ledger, old)
    ours = catalogue(engine, times=False)
    renamed = Rename(engine, new, clock=clock).write()

    assert (renamed.seen, renamed.fresh, renamed.pictures, renamed.drafts) == (4, 0, 5, 0)
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


def test_to_foresee_writes_nothing_and_tells_the_same(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    before = catalogue(engine)
    foreseen = Rename(engine, new, Wanted(examples=3)).foresee()
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


def test_drafts_are_renamed_and_still_come_in_and_out(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    batch_id = hold(engine).batch_id
    assert batch_id is not None
    work(ledger, old, "two", {**PICTURES, 1: (RED,), 3: (BLUE,)})
    promote(engine, batch(engine, batch_id))
    assert families(engine)["P3"] == "navy"

    renamed = Rename(engine, new).write()
    assert (renamed.pictures, renamed.drafts) == (5, 5)
    assert families(engine) == {"P1": "red", "P3": "blue", "P4": "white", "P5": None}
    with engine.connect() as connection:
        for draft in connection.execute(select(Draft.result, Draft.before)):
            assert draft.result["provenance"]["naming_version"] == new.version
            assert draft.before["provenance"]["naming_version"] == new.version

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
    assert Rename(engine, new, Wanted(limit=2)).write().seen == 2
    assert families(engine)["P4"] == "white"
    with pytest.raises(SettingsError, match="'x': there is no such catalogue; there are: shop"):
        Rename(engine, new, Wanted(catalogue="x")).foresee()
    assert Rename(engine, new, Wanted(catalogue="shop")).write().products.total() == 2


@pytest.mark.usefixtures("small_pages")
def test_several_threads_do_the_same(
    engine: Engine, ledger: Ledger, old: Naming, new: Naming
) -> None:
    fill(engine, ledger, old)
    alone = Rename(engine, new, Wanted(examples=2)).foresee()
    together = Rename(engine, new, Wanted(examples=2), threads=2)
    foreseen = together.foresee()
    assert (foreseen.pairs, foreseen.examples) == (alone.pairs, alone.examples)
    assert together.write().pairs == alone.pairs
    assert version(engine) == {new.version}


def test_the_command_shows_first_and_refuses_what_moves_too_many(
    shell: Shell, engine: Engine, ledger: Ledger, database_url: str, old: Naming, tmp_path: Path
) -> None:
    fill(engine, ledger, old)
    names = tmp_path / "names.csv"
    names.write_text(NEW)
    shell.set(DATABASE_URL=database_url, COLOURWAY_NAMING=names)

    shown = shell.call("rename", "--dry-run", "--threads", 1)
    assert shown.exit_code == 0
    assert "1 of 3 products leave their family, 33.3 %" in shown.out
    assert "navy  →  blue         1" in shown.out
    assert "ink (navy)" in shown.out
    assert "midnight (blue)" in shown.out
    assert shown.out.splitlines()[-1] == "nothing was written"
    assert version(engine) == {old.version}

    refused = shell.call("rename", "--threads", 1)
    assert refused.exit_code == 1
    assert "this table moves 1 of 3 products to another family or to none, 33.3 %" in refused.err
    assert "5 % are allowed" in refused.err
    assert "--max-changed PERCENT or --force" in refused.err
    assert version(engine) == {old.version}

    wrong = shell.call("rename", "--max-changed", "lots")
    assert wrong.exit_code == 2
    told = shell.answer("rename", "--max-changed", "40%", "--threads", 1, "--examples", 1)
    assert (told["products"], told["family"], told["shade"], told["fresh"]) == (4, 1, 1, 0)
    assert (told["pictures"], told["drafts"], told["changed_percent"]) == (5, 0, 33.333)
    assert {each["sku"] for each in told["examples"]} == {"P1", "P4"}
    assert version(engine) != {old.version}
    assert shell.answer("rename")["fresh"] == 4
