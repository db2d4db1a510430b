"""Writing what an attempt gave: the stage ``record``, one fenced transaction, always last.

The fence is twofold. The job must still be leased under the claim's token, or a worker that was
frozen past its lease would write over its successor. And the picture must not have moved on to a
newer generation, or an old photograph's colours would replace a new one's.

Rows are locked in one order everywhere: product, job, picture. The product comes first because two
workers may finish two pictures of one product at the same moment, and each must see the other's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from shared.answer import Finding, product_answer
from shared.claims import close_superseded
from shared.contracts import Claim, Code, JobState, PictureResult, Region, Stage
from shared.drafts import write_draft
from shared.errors import StageError
from shared.models import Job, Product, ProductImage

MESSAGE_LENGTH = 1000
"""The most characters of an error's message that the ledger keeps."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended without a result; ``stage`` is None where nobody lived to tell."""

    state: JobState
    code: Code
    message: str
    stage: Stage | None = None
    timings_ms: Mapping[str, float] | None = None


def record_result(
    connection: Connection, claim: Claim, result: PictureResult, now: datetime
) -> bool:
    """Write a picture's result, its job's end and its product's new answer.

    Of a held batch the result becomes a draft, and picture and product stay as they are.

    Returns False, and writes no result, where the fence holds it off.
    """
    job = {"state": JobState.DONE, "code": Code.OK, "timings_ms": _floats(result.timings_ms)}
    picture = {
        "sha256": result.image_sha256,
        "subject": result.subject,
        "score": float(result.score),
        "box": [int(edge) for edge in result.box_yxyx],
        "size": [int(side) for side in result.size_hw],
        "shades": {
            region.value: [shade.to_json() for shade in result.shades.get(region, ())]
            for region in Region
        },
        "confidence": float(result.confidence),
        "crop_key": result.keys.crop,
        "cutout_key": result.keys.cutout,
        "thumbnail_key": result.keys.thumbnail,
        "provenance": result.provenance.to_json(),
        "outcome": JobState.DONE,
        "code": Code.OK,
        "enriched_at": now,
    }
    if not _close(connection, claim, job, picture, now):
        return False
    if claim.held_batch is None:
        _write_answer(connection, claim.product_id, now)
    return True


def record_end(connection: Connection, claim: Claim, ending: Ending, now: datetime) -> bool:
    """Write an end without a result: the picture's outcome and code, and nothing else of it.

    What the picture gave before stays, and with it the product's answer. Returns False, and writes
    nothing of the kind, where the fence holds it off.
    """
    job = {
        "state": ending.state,
        "code": ending.code,
        "stage": ending.stage,
        "message": _storable(ending.message),
        "timings_ms": _floats(ending.timings_ms),
    }
    return _close(connection, claim, job, {"outcome": ending.state, "code": ending.code}, now)


def record_retry(
    connection: Connection, claim: Claim, error: StageError, next_attempt_at: datetime
) -> bool:
    """Put a job off until ``next_attempt_at``. Returns False where its lease is lost."""
    written = connection.execute(
        update(Job)
        .where(*_still_ours(claim))
        .values(
            state=JobState.RETRY,
            next_attempt_at=next_attempt_at,
            lease_token=None,
            lease_until=None,
            rung_at=None,  # or the doorbell for the next attempt would wait for the last one's
            stage=error.stage,
            code=error.code,
            message=_storable(error.message),
        )
    )
    return written.rowcount == 1


def _close(
    connection: Connection,
    claim: Claim,
    job: Mapping[str, object],
    picture: Mapping[str, object],
    now: datetime,
) -> bool:
    connection.execute(
        select(Product.id).where(Product.id == claim.product_id).with_for_update(key_share=True)
    )
    closed = connection.execute(
        update(Job)
        .where(*_still_ours(claim))
        .values(
            {
                "stage": None,
                "message": None,
                **job,
                "lease_token": None,
                "lease_until": None,
                "next_attempt_at": None,
                "finished_at": now,
            }
        )
    )
    if closed.rowcount != 1:
        return False
    if not _write_picture(connection, claim, picture, now):
        close_superseded(connection, [claim.job_id], now)
        return False
    return True


def _write_picture(
    connection: Connection, claim: Claim, picture: Mapping[str, object], now: datetime
) -> bool:
    if claim.held_batch is not None:
        return write_draft(connection, claim, picture, now)
    written = connection.execute(
        update(ProductImage)
        .where(ProductImage.id == claim.image_id, ProductImage.generation <= claim.generation)
        .values({**picture, "generation": claim.generation})
    )
    return written.rowcount == 1


def _still_ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        Job.id == claim.job_id,
        Job.state == JobState.LEASED,
        Job.lease_token == claim.lease_token,
        Job.generation == claim.generation,
    )


def _write_answer(connection: Connection, product_id: int, now: datetime) -> None:
    answer = product_answer(_findings(connection, product_id))
    if answer is None:
        return
    connection.execute(
        update(Product)
        .where(Product.id == product_id)
        .values({**answer.columns(), "enriched_at": now, "updated_at": now})
    )


def _findings(connection: Connection, product_id: int) -> Iterable[Finding]:
    rows = connection.execute(
        select(
            ProductImage.position,
            ProductImage.shades,
            ProductImage.confidence,
            ProductImage.crop_key,
            ProductImage.cutout_key,
            ProductImage.thumbnail_key,
            ProductImage.provenance,
        ).where(ProductImage.product_id == product_id, ProductImage.enriched_at.is_not(None))
    )
    for row in rows.mappings():
        yield Finding.of(row)


def _storable(message: str) -> str:
    # A server's words may hold what PostgreSQL refuses: NUL, or half of a surrogate pair.
    clean = message.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return clean[:MESSAGE_LENGTH]


def _floats(timings_ms: Mapping[str, float] | None) -> dict[str, float] | None:
    if timings_ms is None:
        return None
    return {stage: float(spent) for stage, spent in timings_ms.items()}
