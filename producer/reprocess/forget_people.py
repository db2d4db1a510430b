"""Taking the colours of skin and hair out of the database, where they were stored before.

Products, their pictures and staged results are walked through in the order of the products' ids, a
few hundred in each transaction. Whoever writes results locks the products first, so what is read
here is not changed by others before it is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, select, update

from shared.contracts.results import Region
from shared.database.engine import reading
from shared.database.id_ranges import Span, id_ranges
from shared.database.models import Product, ProductImage, StagedResult

PRODUCTS_AT_ONCE: Final = 500

PEOPLE: Final = (Region.SKIN.value, Region.HAIR.value)
"""The regions, and the columns of a product, that describe people."""

_WRITE_PICTURE: Final = update(ProductImage).where(ProductImage.id == bindparam("key"))
_WRITE_STAGED_RESULT: Final = update(StagedResult).where(
    StagedResult.batch_id == bindparam("batch"),
    StagedResult.product_id == bindparam("product"),
    StagedResult.image_id == bindparam("image"),
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows described people, and were emptied of it."""

    products: int = 0
    pictures: int = 0
    staged_results: int = 0

    def __add__(self, more: "Forgotten") -> "Forgotten":
        return Forgotten(
            self.products + more.products,
            self.pictures + more.pictures,
            self.staged_results + more.staged_results,
        )


def forget_people(
    engine: Engine,
    *,
    catalogue_id: int | None = None,
    dry_run: bool = False,
    on_progress: Callable[[Forgotten], None] | None = None,
) -> Forgotten:
    """Empty what is stored of skin and hair; clothes, crops and everything else stay.

    Run again after it was cut short, it goes on with what is left. ``dry_run`` only counts.
    ``on_progress`` gets the numbers as they grow.
    """
    done = Forgotten()
    begin = reading(engine).begin if dry_run else engine.begin
    for span in id_ranges(engine, Product.id, PRODUCTS_AT_ONCE):
        with begin() as connection:
            found = _forget(connection, span, catalogue_id, dry_run)
        done += found  # counted only once it is committed
        if on_progress is not None:
            on_progress(done)
    return done


def _forget(
    connection: Connection, span: Span, catalogue_id: int | None, dry_run: bool
) -> Forgotten:
    theirs: list[ColumnElement[bool]] = [span.holds(Product.id)]
    if catalogue_id is not None:
        theirs.append(Product.catalogue_id == catalogue_id)
    query = select(Product.id, Product.skin, Product.hair).where(*theirs).order_by(Product.id)
    if not dry_run:
        query = query.with_for_update(key_share=True)
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    products = [row.id for row in rows if row.skin or row.hair]
    pictures = _pictures(connection, ids)
    staged_results = _staged_results(connection, ids)
    if not dry_run:
        if products:
            emptied: dict[str, list[Any]] = {name: [] for name in PEOPLE}
            connection.execute(update(Product).where(Product.id.in_(products)).values(emptied))
        if pictures:
            connection.execute(_WRITE_PICTURE, pictures)
        if staged_results:
            connection.execute(_WRITE_STAGED_RESULT, staged_results)
    return Forgotten(len(products), len(pictures), len(staged_results))


def _pictures(connection: Connection, product_ids: list[int]) -> list[dict[str, Any]]:
    """The pictures that describe people, as parameters that write them without."""
    query = (
        select(ProductImage.id, ProductImage.shades)
        .where(ProductImage.product_id.in_(product_ids), ProductImage.shades.is_not(None))
        .order_by(ProductImage.id)
    )
    return [
        {"key": row.id, "shades": _without_people(row.shades)}
        for row in connection.execute(query)
        if _tells(row.shades)
    ]


def _staged_results(connection: Connection, product_ids: list[int]) -> list[dict[str, Any]]:
    """The staged results that describe people, in what they hold or in what they replaced."""
    query = (
        select(
            StagedResult.batch_id,
            StagedResult.product_id,
            StagedResult.image_id,
            StagedResult.result,
            StagedResult.before,
        )
        .where(StagedResult.product_id.in_(product_ids))
        .order_by(StagedResult.batch_id, StagedResult.product_id, StagedResult.image_id)
    )
    return [
        {
            **{"batch": row.batch_id, "product": row.product_id, "image": row.image_id},
            **{"result": _cleaned(row.result), "before": _cleaned(row.before)},
        }
        for row in connection.execute(query)
        if any(_tells(_shades(columns)) for columns in (row.result, row.before))
    ]


def _shades(columns: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any] | None", (columns or {}).get("shades"))


def _tells(shades: Mapping[str, Any] | None) -> bool:
    return any((shades or {}).get(region) for region in PEOPLE)


def _without_people(shades: Mapping[str, Any]) -> dict[str, Any]:
    return {**shades, **{region: [] for region in PEOPLE}}


def _cleaned(columns: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Columns of a picture, as a staged result holds them, without people."""
    shades = _shades(columns)
    if columns is None or shades is None:
        return None if columns is None else dict(columns)
    return {**columns, "shades": _without_people(shades)}
