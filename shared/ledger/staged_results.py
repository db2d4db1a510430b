"""Staged results: what jobs of staged batches gave, until the batch is promoted.

A staged result is *overtaken* once its picture has moved on: a later job of it that is not staged,
or a later staged result that was promoted. It is never promoted then. A later job that is staged
too changes nothing: several staged batches may try several settings on the same pictures.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select
from sqlalchemy.orm import aliased

from shared.contracts.jobs import Claim
from shared.contracts.stages import Code
from shared.database.columns import UtcDateTime
from shared.database.models import Job, ProductImage, StagedResult
from shared.database.upsert import upsert

Columns = Mapping[str, Any]
"""Columns of a picture by name."""


def write_staged_result(
    connection: Connection, claim: Claim, picture: Columns, now: datetime
) -> bool:
    """Write what a staged job gave, over what it gave before; its product is locked.

    ``picture`` maps the columns that a job which is not staged would write to the picture. Returns
    False, and writes nothing, where the picture has a newer generation.
    """
    present = select(ProductImage.id).where(
        ProductImage.id == claim.image_id, ProductImage.generation <= claim.generation
    )
    if connection.scalar(present.with_for_update(key_share=True)) is None:
        return False
    key = {
        "batch_id": claim.staged_batch,
        "product_id": claim.product_id,
        "image_id": claim.image_id,
    }
    staged_result = {
        "generation": claim.generation,
        "outcome": picture["outcome"],
        "code": picture["code"],
        "result": to_json(picture) if "enriched_at" in picture else None,
        "made_at": now,
    }
    connection.execute(
        upsert(connection, StagedResult)
        .values(key | staged_result)
        .on_conflict_do_update(index_elements=[*key], set_=staged_result)
    )
    return True


def is_overtaken() -> ColumnElement[bool]:
    """Return the condition that the picture of a staged result has moved on since.

    For the list of columns, not for WHERE: there it is looked up row by row, in an index.
    """
    later, promoted = aliased(Job), aliased(StagedResult)
    newer = and_(
        later.generation > StagedResult.generation,
        or_(~later.staged, promoted.promoted_at.is_not(None)),
    )
    # The job that gave it, reopened for a recheck and no longer staged: it counts once it has found
    # another picture.
    anew = and_(
        later.generation == StagedResult.generation,
        ~later.staged,
        later.code.in_([Code.OK, Code.NO_PERSON]),
    )
    its_staged_result = and_(
        promoted.batch_id == later.batch_id,
        promoted.product_id == StagedResult.product_id,
        promoted.image_id == StagedResult.image_id,
    )
    return exists(
        select(later.id)
        .outerjoin(promoted, its_staged_result)
        .where(
            later.image_id == StagedResult.image_id,
            later.generation >= StagedResult.generation,  # for the index
            or_(newer, anew),
        )
        .correlate(StagedResult)
    )


def to_json(columns: Columns) -> dict[str, Any]:
    """Return columns of a picture as plain JSON values."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in columns.items()
    }


def from_json(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Read what :func:`to_json` wrote."""
    types = {column.name: column.type for column in ProductImage.__table__.columns}
    return {
        name: datetime.fromisoformat(cast("str", value))
        if value is not None and isinstance(types[name], UtcDateTime)
        else value
        for name, value in kept.items()
    }
