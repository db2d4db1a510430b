"""Fencing: a claim may write only while its lease token matches and the picture is not newer.

The token keeps a worker that was frozen past its lease from writing over the next one's result. The
picture's generation keeps an old photograph's colours from replacing a new one's.

Rows are locked in one order everywhere: products, jobs, pictures, each by their ids. The products
come first because two workers may finish two pictures of one product at the same moment, and each
must see the other's result.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, select

from shared.contracts.jobs import Claim, JobState
from shared.database.models import Job, Product, ProductImage
from shared.ledger.claims import close_superseded

Columns = tuple[Any, ...]

# Built once, and of tables, not of mapped classes: see shared.ledger.recording.
_PRODUCTS: Final = cast("Table", Product.__table__)
_IMAGES: Final = cast("Table", ProductImage.__table__)
_JOBS: Final = cast("Table", Job.__table__)

_LOCK_PRODUCTS: Final = (
    select(_PRODUCTS.c.id)
    .where(_PRODUCTS.c.id.in_(bindparam("keys", expanding=True)))
    .order_by(_PRODUCTS.c.id)
    .with_for_update(key_share=True)
)
_LOCK_JOBS: Final = (
    select(
        _JOBS.c.id,
        _JOBS.c.state,
        _JOBS.c.lease_token,
        _JOBS.c.generation,
        _IMAGES.c.generation.label("image_generation"),
    )
    .join(_IMAGES, _IMAGES.c.id == _JOBS.c.image_id)
    .where(_JOBS.c.id.in_(bindparam("keys", expanding=True)))
    .order_by(_JOBS.c.id)
    .with_for_update(key_share=True)
)


def pass_fence(connection: Connection, claims: Sequence[Claim], now: datetime) -> list[bool]:
    """Lock the claims' products and jobs, and return for each claim whether it may still write.

    A job whose picture has a newer generation is closed as superseded.
    """
    products = {claim.product_id for claim in claims}
    connection.execute(_LOCK_PRODUCTS, {"keys": sorted(products)})
    ids = {claim.job_id for claim in claims}
    # A new statement, so that it sees what was committed by those who held the locks before.
    rows = {row.id: row for row in connection.execute(_LOCK_JOBS, {"keys": sorted(ids)})}
    passed: list[bool] = []
    for claim in claims:
        row = rows.pop(claim.job_id, None)  # popped: the same job cannot pass twice
        if row is None or not _is_ours(row, claim):
            passed.append(False)
        elif row.image_generation > claim.generation:
            close_superseded(connection, [claim.job_id], now)
            passed.append(False)
        else:
            passed.append(True)
    return passed


def _is_ours(row: Row[*Columns], claim: Claim) -> bool:
    return (
        row.state is JobState.LEASED
        and row.lease_token == claim.lease_token
        and row.generation == claim.generation
    )


def still_ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a job is leased under the claim's token, for one UPDATE."""
    return (
        Job.id == claim.job_id,
        Job.state == JobState.LEASED,
        Job.lease_token == claim.lease_token,
        Job.generation == claim.generation,
    )
