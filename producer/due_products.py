"""Due products: those of which a rename writes more than the version of the table.

Most often nearly all names stay. So PostgreSQL picks CIELAB and names out of the stored shades, and
only what comes out with another name is read whole. SQLite's products are all read whole.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from pydantic_core import from_json
from sqlalchemy import Connection, Text, func, literal_column, select
from sqlalchemy import cast as sql_cast

from shared.contracts import Region
from shared.database import among
from shared.models import Product, ProductImage
from shared.naming import Naming

# In the same order of regions and shades; where an older shade lacks one, too few come.
_COORDINATES: Final = "$.*[*].lab[*]"
_WORDS: Final = tuple(f"$.*[*].{word}" for word in ("name", "family", "family_second"))


def due_products(connection: Connection, product_ids: Sequence[int], naming: Naming) -> set[int]:
    """Return which of the products have to be read whole: all others keep their answer as it is.

    That is where a name changes, a pattern is missing, or no picture has a result.
    """
    due = set(product_ids)
    if connection.dialect.name != "postgresql":
        return due
    lacks = ProductImage.pattern.is_(None) & (
        func.jsonb_array_length(ProductImage.shades[Region.CLOTHES.value]) > 0
    )
    query = select(ProductImage.product_id, lacks, _picked(_COORDINATES, *_WORDS)).where(
        among(connection, ProductImage.product_id, product_ids),
        ProductImage.enriched_at.is_not(None),
    )
    rows = connection.execute(query).all()
    picked: list[list[list[Any]]] = from_json(f"[{','.join(row[2] for row in rows)}]")
    flat = [number for coordinates, *_ in picked for number in coordinates]
    named = naming.name_many(np.array(flat, np.float64).reshape(-1, 3))
    same: set[int] = set()
    changed: set[int] = set()
    at = 0
    for (product_id, lacks_pattern, _), (coordinates, *words) in zip(rows, picked, strict=True):
        end = at + len(coordinates) // 3
        is_due = lacks_pattern or list(zip(*words, strict=False)) != named[at:end]
        (changed if is_due else same).add(product_id)
        at = end
    unpatterned = select(Product.id).where(
        among(connection, Product.id, product_ids),
        Product.colour_hex.is_not(None),
        Product.pattern.is_(None),
    )
    return due - (same - changed - set(connection.scalars(unpatterned)))


def _picked(*paths: str) -> Any:
    """Return what lies at some paths of a picture's shades: a JSON list for each, as one text."""
    found = (
        func.jsonb_path_query_array(ProductImage.shades, literal_column(f"'{path}'"))
        for path in paths
    )
    return sql_cast(func.jsonb_build_array(*found), Text)
