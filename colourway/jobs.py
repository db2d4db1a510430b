"""Jobs of one catalogue: embedded mode works on these and leaves all others alone.

A home may hold several catalogues. Pictures that lie beside their feed can only be read while that
feed runs, so a run must not take jobs of another one.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, case, func, select

from shared.claims import is_due
from shared.database import reading
from shared.models import OPEN, Catalogue, Job, Product, ProductImage, utc_now


def due_jobs(engine: Engine, catalogue: str, limit: int) -> list[int]:
    """Ids of due jobs of the catalogue, those never attempted first."""
    query = _open_jobs(catalogue, Job.id).where(is_due(utc_now()))
    with reading(engine).begin() as connection:
        return list(connection.scalars(query.order_by(Job.attempts, Job.id).limit(limit)))


def count_open(engine: Engine, catalogue: str) -> int:
    """How many jobs of the catalogue still need something."""
    with reading(engine).begin() as connection:
        return connection.scalar(_open_jobs(catalogue, func.count())) or 0


def next_due_at(engine: Engine, catalogue: str) -> datetime | None:
    """When the next open job of the catalogue is due, perhaps in the past; None without any."""
    when = case(
        (Job.lease_until.is_not(None), Job.lease_until),
        else_=func.coalesce(Job.next_attempt_at, Job.created_at),
    )
    with reading(engine).begin() as connection:
        return connection.scalar(_open_jobs(catalogue, func.min(when, type_=Job.created_at.type)))


def _open_jobs(catalogue: str, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(Job)
        .join(ProductImage, ProductImage.id == Job.image_id)
        .join(Product, Product.id == ProductImage.product_id)
        .join(Catalogue, Catalogue.id == Product.catalogue_id)
        .where(Catalogue.name == catalogue, OPEN)
    )
