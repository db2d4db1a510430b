"""A shop named by one table of names, and another table to rename it by."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from producer.enqueue.enqueue import enqueue
from producer.rename import run as module
from shared.colour.cielab import hex_to_rgb, rgb_to_lab
from shared.colour.naming import Naming
from shared.colour.tones import ON_PEOPLE
from shared.contracts.results import PictureResult, Shade
from shared.database.models import Product, ProductImage
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.staged import SHOP
from tests.support.catalogue.stored import product, url
from tests.support.rows import Clock, result

OLD = "name,family,hex\nink,navy,#1b2444\ncherry,red,#a8172f\nsnow,white,#ffffff\n"
NEW = "name,family,hex\nmidnight,blue,#1b2444\ncherry,red,#a8172f\nmilk,white,#fdfdfd\n"
ON_SKIN = ON_PEOPLE["skin"]
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
    skin = [replace(each, **naming.name(each.lab, ON_SKIN)._asdict()) for each in shades[:1]]
    found = result(*shades, skin=tuple(skin), name=name)
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
