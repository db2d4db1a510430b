"""A staged batch of which some products are promoted: the others keep what they have."""

import pytest
from sqlalchemy import Engine

from producer.enqueue.enqueue import Order, enqueue
from producer.staged.chosen import ChosenProducts, chosen_products
from producer.staged.diff import Diff, DiffSelection, diff
from producer.staged.promotion import Moved, PromotionRefused, promote, require_promotable, rollback
from shared.contracts.jobs import Staging
from shared.errors import SettingsError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.staged import (
    BLACK,
    add_shop,
    batch,
    catalogue,
    compare,
    families,
    hold_and_work,
    work,
)
from tests.support.catalogue.stored import product
from tests.support.rows import NAVY


def staged(engine: Engine, ledger: Ledger) -> int:
    """Add five navy products, and a staged batch that makes all of them black."""
    add_shop(engine, ledger, dict.fromkeys(range(5), NAVY), "old")
    return hold_and_work(engine, ledger, dict.fromkeys(range(5), BLACK), "new")


def foreseen(engine: Engine, batch_id: int, chosen: ChosenProducts) -> Diff:
    wanted = DiffSelection(chosen=chosen)
    return diff(engine, get_settings(database_url="sqlite://"), batch(engine, batch_id), wanted)


def test_what_is_left_out_keeps_what_it_has_and_can_follow(engine: Engine, ledger: Ledger) -> None:
    batch_id = staged(engine, ledger)
    before = catalogue(engine, times=False)
    chosen = chosen_products(engine, batch(engine, batch_id), (), ["P1", "P3"])
    found = foreseen(engine, batch_id, chosen)
    assert (found.due, found.left_out.changed, found.changed) == (3, 2, 5)
    # Three of five leave their family; those that stay count as products that stay.
    require_promotable(found, 60)
    with pytest.raises(PromotionRefused, match=r"moves 3 of 5 products .* 60\.0 %, and 59 %"):
        require_promotable(found, 59)

    assert promote(engine, batch(engine, batch_id), chosen=chosen) == Moved(5, 3, 3)
    assert families(engine) == {
        "P0": "black",
        "P1": "navy",
        "P2": "black",
        "P3": "navy",
        "P4": "black",
    }
    assert batch(engine, batch_id).staging is Staging.PROMOTED
    halfway = compare(engine, batch_id)
    assert (halfway.pictures, halfway.promoted, halfway.due) == (5, 3, 2)

    # Rolling back undoes what was promoted, exactly.
    assert rollback(engine, batch(engine, batch_id)) == Moved(5, 3, 3)
    assert catalogue(engine, times=False) == before

    promote(engine, batch(engine, batch_id), chosen=chosen)
    assert promote(engine, batch(engine, batch_id)).pictures == 2  # the rest
    assert set(families(engine).values()) == {"black"}
    assert rollback(engine, batch(engine, batch_id)).pictures == 5
    assert catalogue(engine, times=False) == before


def test_those_alone_that_are_named(engine: Engine, ledger: Ledger) -> None:
    batch_id = staged(engine, ledger)
    chosen = chosen_products(engine, batch(engine, batch_id), ["P2", "P2"], ())
    found = foreseen(engine, batch_id, chosen)
    assert (found.due, found.left_out.changed) == (1, 4)
    require_promotable(found, 20)
    assert promote(engine, batch(engine, batch_id), chosen=chosen) == Moved(5, 1, 1)
    assert [sku for sku, family in families(engine).items() if family == "black"] == ["P2"]


def test_skus_that_say_nothing_are_refused(engine: Engine, ledger: Ledger) -> None:
    batch_id = staged(engine, ledger)
    this = batch(engine, batch_id)
    with pytest.raises(SettingsError, match="not both"):
        chosen_products(engine, this, ["P1"], ["P2"])
    with pytest.raises(SettingsError, match=f"batch {batch_id} has no result for a product 'P9'"):
        chosen_products(engine, this, (), ["P1", "P9"])
    with pytest.raises(SettingsError, match="1,000 products at most, not 1,001"):
        chosen_products(engine, this, [f"X{number}" for number in range(1001)], ())
    assert chosen_products(engine, this, (), ()).include(1)


def test_a_sku_of_two_catalogues_is_ambiguous(engine: Engine, ledger: Ledger) -> None:
    for name in ("women", "men"):
        enqueue(engine, [product("P1", name)], Order(name))
        work(ledger, {name: NAVY}, "old")
    batch_id = hold_and_work(engine, ledger, {"women": BLACK, "men": BLACK}, "new")
    with pytest.raises(SettingsError, match="several catalogues of the batch have one of these"):
        chosen_products(engine, batch(engine, batch_id), ["P1"], ())
