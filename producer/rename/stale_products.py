"""Stale products: those that another table has named, and which of them may change.

Mostly nearly all names stay. So PostgreSQL extracts CIELAB and names from the stored shades, and
only products that get another name are read whole. On SQLite all of them are read whole.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from pydantic_core import from_json
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    case,
    false,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import InstrumentedAttribute

from producer.rename.shades import WORDS
from producer.rename.staged_results import stale_staged_results
from shared.catalogue.presentation import Presentations
from shared.colour.families.table import Presentation
from shared.colour.naming import Naming
from shared.colour.tones import presented
from shared.contracts.results import Region
from shared.database.engine import among
from shared.database.models import Product, ProductImage, StagedResult

# In the same order of regions and shades; where an older shade lacks one, too few come. PostgreSQL
# keeps an object's keys in the order of their lengths, and then of their letters.
_COORDINATES: Final = "$.*[*].lab[*]"
_REGIONS: Final = (Region.HAIR, Region.SKIN, Region.CLOTHES)
_SIZES: Final = tuple(f"$.{region}.size()" for region in _REGIONS)
_WORDS: Final = tuple(f"$.*[*].{word}" for word in WORDS)
_NOTHING: Final = json.dumps([[]] * (1 + len(_SIZES) + len(_WORDS)))


@dataclass(frozen=True, slots=True)
class StaleProducts:
    """Those of some products that another table has named.

    Attributes:
        stale: products of which it has named anything: their colours, pictures or staged results.
        whole: those of them that must be read whole: a name changes, a pattern is missing, or no
            picture has a result. The others keep their answer.
        kept: how many of the others show each family; None is no colour.
        pictures: how many pictures of the stale ones have a result.
    """

    stale: set[int]
    whole: set[int]
    kept: Counter[str | None]
    pictures: int

    @classmethod
    def find(
        cls,
        connection: Connection,
        product_ids: Sequence[int],
        naming: Naming,
        presentations: Presentations,
        *,
        lock: bool,
    ) -> Self:
        """Look through some products; ``lock`` keeps workers from recording their pictures."""
        query = _products(connection, product_ids, naming)
        products = connection.execute(query.with_for_update(key_share=True) if lock else query)
        rows = products.all()
        pictures = connection.execute(_pictures(connection, product_ids, naming)).all()
        staged_results = stale_staged_results(
            connection, product_ids, naming.version, StagedResult.product_id
        )
        stale = _stale_ids(rows) | _stale_ids(pictures) | set(connection.scalars(staged_results))
        if len(stale) < len(rows):
            pictures = [row for row in pictures if row[0] in stale]
        whole = set(stale)
        if stale and connection.dialect.name == "postgresql":
            whole -= _keep_their_answer(rows, pictures, naming, presentations)
        return cls(stale, whole, _families(rows, stale - whole), len(pictures))


def _stale_ids(rows: Iterable[Row[*tuple[Any, ...]]]) -> set[int]:
    return {key for key, is_stale, *_ in rows if is_stale}


def _keep_their_answer(
    products: Sequence[Row[int, bool, bool, Any, Any]],
    pictures: Sequence[Row[int, bool, bool, str, str | None]],
    naming: Naming,
    presentations: Presentations,
) -> set[int]:
    """Return the products of these pictures that need not be read whole."""
    lacking = {key for key, _, lacks_pattern, *_ in products if lacks_pattern}
    categories = {key: category for key, *_, category in products}
    shown = [presentations.of(subject, categories.get(key)) for key, *_, subject in pictures]
    return {key for key, *_ in pictures} - lacking - _changed(pictures, shown, naming)


def _families(
    products: Sequence[Row[int, bool, bool, Any, Any]], ids: set[int]
) -> Counter[str | None]:
    """Count the families that these of the products show."""
    return Counter[str | None](family for key, _, _, family, _ in products if key in ids)


def _products(
    connection: Connection, product_ids: Sequence[int], naming: Naming
) -> Select[int, bool, bool, Any, Any]:
    """Return the query for product, whether it is stale, lacks a pattern; family and category."""
    coloured = Product.colour_hex.is_not(None)
    return (
        select(
            Product.id,
            _is_stale(Product.provenance, naming),
            coloured & Product.pattern.is_(None),
            case((coloured, Product.colour_family)),
            Product.category,
        )
        .where(among(connection, Product.id, product_ids))
        .order_by(Product.id)  # they are locked in the same order everywhere
    )


def _pictures(
    connection: Connection, product_ids: Sequence[int], naming: Naming
) -> Select[int, bool, bool, str, Any]:
    """Return the query for product, whether a picture is stale, lacks a pattern; names, subject."""
    is_stale = _is_stale(ProductImage.provenance, naming)
    lacks, picked = false(), literal("")
    if connection.dialect.name == "postgresql":
        lacks = ProductImage.pattern.is_(None) & (
            func.jsonb_array_length(ProductImage.shades[Region.CLOTHES.value]) > 0
        )
        picked = case((is_stale, _extracted(_COORDINATES, *_SIZES, *_WORDS)), else_=_NOTHING)
    return select(ProductImage.product_id, is_stale, lacks, picked, ProductImage.subject).where(
        among(connection, ProductImage.product_id, product_ids),
        ProductImage.enriched_at.is_not(None),
    )


def _is_stale(provenance: InstrumentedAttribute[Any], naming: Naming) -> ColumnElement[bool]:
    return provenance["naming_version"].as_string() != naming.version


def _extracted(*paths: str) -> ColumnElement[str]:
    """Return the values at some paths of a picture's shades: a JSON list for each, as one text."""
    found = (
        func.jsonb_path_query_array(ProductImage.shades, literal_column(f"'{path}'"))
        for path in paths
    )
    return sql_cast(func.jsonb_build_array(*found), Text)


def _changed(
    pictures: Sequence[Row[int, bool, bool, str, str | None]],
    shown: Sequence[Presentation],
    naming: Naming,
) -> set[int]:
    """Return the products of pictures that this table names differently, or that lack a pattern."""
    picked: list[list[list[Any]]] = from_json(f"[{','.join(row[3] for row in pictures)}]")
    flat = [number for coordinates, *_ in picked for number in coordinates]
    how: list[Presentation] = []
    for (_, *sizes), presentation in zip(picked, shown, strict=True):
        for region, size in zip(_REGIONS, sizes, strict=False):
            how += [presented(region, presentation)] * sum(size)
    named = naming.name_many(np.array(flat, np.float64).reshape(-1, 3), how)
    changed: set[int] = set()
    at = 0
    for row, (coordinates, *rest) in zip(pictures, picked, strict=True):
        words = rest[len(_SIZES) :]
        key, _, lacks_pattern, *_ = row
        end = at + len(coordinates) // 3
        if lacks_pattern or list(zip(*words, strict=False)) != named[at:end]:
            changed.add(key)
        at = end
    return changed
