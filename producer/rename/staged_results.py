"""Staged results under another table of names: what they hold, and what they keep for a rollback.

A promoted result is recognised by its provenance, which must stay that of its picture: both are
renamed in one transaction.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select, update

from producer.rename.shades import relabel
from shared.catalogue.presentation import Presentations
from shared.colour.naming import Naming
from shared.database.engine import among
from shared.database.models import Product, ProductImage, StagedResult

Columns = tuple[Any, ...]

_VERSION: Final = ("provenance", "naming_version")
_KEPT: Final = ("result", "before")


def stale_staged_results(
    connection: Connection, product_ids: Sequence[int], version: str, *columns: Any
) -> Select[*Columns]:
    """Return the query for columns of staged results that another table has named."""
    # By the picture, which is indexed.
    pictures = select(ProductImage.id).where(
        among(connection, ProductImage.product_id, product_ids)
    )
    result, before = (
        column[_VERSION].as_string() for column in (StagedResult.result, StagedResult.before)
    )
    return select(*columns).where(
        StagedResult.image_id.in_(pictures), (result != version) | (before != version)
    )


def rename_staged_results(
    connection: Connection,
    product_ids: Sequence[int],
    naming: Naming,
    presentations: Presentations,
    *,
    write: bool,
) -> int:
    """Rename the staged results of some products; return how many there are to rename."""
    key = (StagedResult.batch_id, StagedResult.product_id, StagedResult.image_id)
    category = (
        select(Product.category).where(Product.id == StagedResult.product_id).scalar_subquery()
    ).label("category")
    query = stale_staged_results(
        connection,
        product_ids,
        naming.version,
        *key,
        StagedResult.result,
        StagedResult.before,
        category,
    )
    staged_results = [dict(row) for row in connection.execute(query).mappings()]
    if not staged_results or not write:
        return len(staged_results)
    kept = [
        (staged_result[name], staged_result["category"])
        for staged_result in staged_results
        for name in _KEPT
    ]
    # A job may have given no result, and a picture may have had none before.
    named = [each for each in kept if each[0] and each[0].get("provenance")]
    shown = [presentations.of(columns.get("subject"), category) for columns, category in named]
    relabel([columns["shades"] for columns, _ in named], shown, naming)
    for columns, _ in named:
        columns["provenance"]["naming_version"] = naming.version
    connection.execute(
        update(StagedResult)
        .where(*(column == bindparam(f"its_{column.key}") for column in key))
        .values({name: bindparam(f"new_{name}") for name in _KEPT}),
        [
            {f"its_{column.key}": staged_result[column.key] for column in key}
            | {f"new_{name}": staged_result[name] for name in _KEPT}
            for staged_result in staged_results
        ],
    )
    return len(staged_results)
