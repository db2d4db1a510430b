"""Products by their colour: what is found is what measuring all of them finds, page by page."""

import numpy as np
import pytest
from sqlalchemy import Engine, select, update

from producer.search import by_colour
from producer.search.cubes import lab_of_hex
from producer.search.pages import BadCursor
from producer.search.product_filter import ProductFilter
from shared.colour.cielab import delta_e2000, hex_to_rgb, rgb_to_lab
from shared.database.search_rows import SearchRow
from tests.support.catalogue.searched import add_colours, make_rows

COLOURS = 900


def nearest_page(engine: Engine, *asked, **others):
    with engine.connect() as connection:
        return by_colour.nearest_page(connection, *asked, **others)


def brute_force(engine: Engine, wanted: str, *, family: str | None = None) -> list[tuple]:
    query = select(SearchRow.product_id, SearchRow.hex)
    if family is not None:
        query = query.where(SearchRow.family == family)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    labs = rgb_to_lab(np.stack([hex_to_rgb(row.hex) for row in rows]))
    distances = np.round(delta_e2000(lab_of_hex(wanted), labs), 4).tolist()
    return sorted(zip(distances, [row.product_id for row in rows], strict=True))


@pytest.fixture
def many(engine: Engine) -> Engine:
    random = np.random.default_rng(11)
    spread = random.integers(0, 256, (COLOURS // 3, 3))
    # Most garments are dark or pale: crowds in few cubes, and the same colour many times.
    crowd = np.clip(random.normal((24, 30, 52), 7, (COLOURS // 3, 3)), 0, 255)
    same = np.tile((27, 36, 68), (COLOURS // 3, 1))
    add_colours(engine, np.concatenate([spread, crowd.astype(int), same]).tolist())
    make_rows(engine)
    return engine


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5])
def test_all_pages_are_what_measuring_every_product_gives(many: Engine, seed: int) -> None:
    """Forward from the first page to one deep within, and all the way back."""
    random = np.random.default_rng(100 + seed)
    colour = (
        "#1b2444"
        if seed == 0
        else "#" + random.integers(0, 256, 3).astype(np.uint8).tobytes().hex()
    )
    family = "navy" if seed in (3, 4) else None
    expected = brute_force(many, colour, family=family)
    wanted = ProductFilter(family=family)
    token, pages, met = None, [], []
    for _ in range(9):
        page, distances = nearest_page(many, wanted, colour, token, size=67, few=seed == 5)
        met += [(distances[key], key) for key in page.ids]
        pages.append(page)
        token = page.next
        if token is None:
            break
    assert met == expected[: len(met)]
    assert len(met) >= min(len(expected), 9 * 67)
    for before, page in zip(pages[-2::-1], pages[:0:-1], strict=True):
        again, _ = nearest_page(many, wanted, colour, page.previous, size=67, few=seed == 5)
        assert again.ids == before.ids
    assert pages[0].previous is None


@pytest.mark.parametrize("colour", ["#1b2444", "#7fd41c"])
def test_pages_within_filters_are_what_measuring_gives(many: Engine, colour: str) -> None:
    """Also where people gave the same colour another family, or none is stored."""
    with many.begin() as connection:
        for family, every in (("black", 3), (None, 4), ("red", 5)):
            changed = update(SearchRow).where(SearchRow.product_id % every == 0)
            connection.execute(changed.values(family=family, outcome="differs"))
    rows = {key: far for far, key in brute_force(many, colour)}
    with many.connect() as connection:
        stored = connection.execute(select(SearchRow.__table__)).all()
    for wanted in (
        ProductFilter(),
        ProductFilter(mismatch=True),
        ProductFilter(family="black", mismatch=True, piece="top"),
        ProductFilter(min_confidence=0.7, family="red"),
    ):
        expected = sorted(
            (rows[row.product_id], row.product_id)
            for row in stored
            if (wanted.family in (None, row.family))
            and (not wanted.mismatch or row.outcome == "differs")
            and (wanted.min_confidence is None or row.confidence >= wanted.min_confidence)
        )
        token, met, before = None, [], []
        while len(met) < 300:
            page, distances = nearest_page(many, wanted, colour, token, size=37)
            met += [(distances[key], key) for key in page.ids]
            before.append(page.ids)
            if len(before) > 1:
                back, _ = nearest_page(many, wanted, colour, page.previous, size=37)
                assert back.ids == before[-2]
            if (token := page.next) is None:
                break
        assert met == expected[: len(met)]
        assert len(met) >= min(300, len(expected))


def test_what_is_further_than_asked_is_left_out(many: Engine) -> None:
    expected = [key for far, key in brute_force(many, "#c6202b") if far <= 6.5]
    page, distances = nearest_page(many, ProductFilter(), "#c6202b", size=200, within=6.5)
    assert page.ids == expected
    assert max(distances.values(), default=0) <= 6.5


def test_a_place_of_another_colour_is_refused(many: Engine) -> None:
    page, _ = nearest_page(many, ProductFilter(), "#c6202b", size=5)
    with pytest.raises(BadCursor):
        nearest_page(many, ProductFilter(), "#c6202c", page.next)
    with pytest.raises(ValueError, match="no colour"):
        nearest_page(many, ProductFilter(), "red")
