"""A catalogue that is searched: products in many colours, and the rows to find them by."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Engine, func, insert, select

from producer.search.indexing import Indexer
from producer.search.rows import RowMaker
from shared.colour.cielab import rgb_to_hex, rgb_to_lab
from shared.colour.naming import Naming
from shared.contracts.results import Shade
from shared.database.models import Catalogue, Product
from shared.database.search_rows import SearchRow
from tests.support.catalogue.shelf import AT

MAKER = RowMaker.load(Naming.load())


def shade_of(rgb: Sequence[int], naming: Naming | None = None) -> Shade:
    """Return a colour as the pipeline would have measured and named it."""
    colour = np.array(rgb, np.uint8)
    lab = rgb_to_lab(colour)
    named = (naming or Naming.load()).name(lab)
    measured = tuple(float(value) for value in lab)
    return Shade(rgb_to_hex(colour), measured, 1.0, named.name, named.family)


def add_colours(engine: Engine, colours: Sequence[Sequence[int]], **columns: Any) -> list[int]:
    """Add a product of each colour; return their ids. ``columns`` are the same for all."""
    naming = Naming.load()
    with engine.begin() as connection:
        catalogue = connection.scalar(select(Catalogue.id).where(Catalogue.name == "many"))
        if catalogue is None:
            made = insert(Catalogue).values(name="many").returning(Catalogue.id)
            catalogue = connection.scalar(made)
        rows = [
            {
                "catalogue_id": catalogue,
                "sku": f"C-{number}-{''.join(f'{channel:02x}' for channel in rgb)}",
                "colours": [(shade := shade_of(rgb, naming)).to_json()],
                "colour_hex": shade.hex,
                "colour_name": shade.name,
                "colour_family": shade.family,
                "piece": "top",
                "confidence": 0.5 + (number % 50) / 100,
                "warnings": [],
                "enriched_at": AT,
                "updated_at": AT,
                **columns,
            }
            for number, rgb in enumerate(colours)
        ]
        query = insert(Product).returning(Product.id, sort_by_parameter_order=True)
        return list(connection.scalars(query, rows))


def make_rows(engine: Engine) -> None:
    """Make the search rows of all that changed.

    Whatever else writes at the same server, and whoever else makes rows, is waited for.
    """
    until = time.monotonic() + 60
    while time.monotonic() < until:
        Indexer(engine, MAKER).catch_up()
        if not _are_behind(engine):
            return
        time.sleep(0.05)
    raise AssertionError("the search rows are still behind")


def _are_behind(engine: Engine) -> bool:
    query = select(func.count()).select_from(Product)
    query = query.outerjoin(SearchRow, SearchRow.product_id == Product.id)
    late = SearchRow.product_id.is_(None) | (SearchRow.changed_at < Product.updated_at)
    with engine.connect() as connection:
        return bool(connection.scalar(query.where(late)))
