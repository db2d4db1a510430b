"""Jobs of one catalogue: embedded mode processes these and no others.

A home may hold several catalogues. Pictures stored beside their feed can only be read while that
feed runs, so a run must not take jobs of another feed.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Select, case, func, or_, select

from shared.database.engine import reading
from shared.database.models import OPEN, Catalogue, Job, Product, ProductImage, utc_now
from shared.ledger.claims import is_due


def due_jobs(engine: Engine, catalogue: str, limit: int, folder: Path | None = None) -> list[int]:
    """Ids of due jobs of the catalogue, those never attempted first.

    With ``folder``, pictures stored beside another feed are left for that feed's next run.
    """
    query = _open_jobs(catalogue, folder, Job.id).where(is_due(utc_now()))
    with reading(engine).begin() as connection:
        return list(connection.scalars(query.order_by(Job.attempts, Job.id).limit(limit)))


def count_open(engine: Engine, catalogue: str) -> int:
    """How many jobs of the catalogue are not finished."""
    with reading(engine).begin() as connection:
        return connection.scalar(_open_jobs(catalogue, None, func.count())) or 0


def next_due_at(engine: Engine, catalogue: str, folder: Path | None = None) -> datetime | None:
    """When the next such job is due, possibly in the past; None where none is open."""
    when = case(
        (Job.lease_until.is_not(None), Job.lease_until),
        else_=func.coalesce(Job.next_attempt_at, Job.created_at),
    )
    with reading(engine).begin() as connection:
        return connection.scalar(
            _open_jobs(catalogue, folder, func.min(when, type_=Job.created_at.type))
        )


def _open_jobs(catalogue: str, folder: Path | None, *columns: Any) -> Select[*tuple[Any, ...]]:
    query = (
        select(*columns)
        .select_from(Job)
        .join(ProductImage, ProductImage.id == Job.image_id)
        .join(Product, Product.id == ProductImage.product_id)
        .join(Catalogue, Catalogue.id == Product.catalogue_id)
        .where(Catalogue.name == catalogue, OPEN)
    )
    if folder is None:
        return query
    ours = ProductImage.url.startswith(f"{folder.resolve().as_uri()}/", autoescape=True)
    return query.where(or_(~ProductImage.url.startswith("file:"), ours))
