"""Writing what an attempt gave: the stage ``record``, one fenced transaction, always last.

The fence is twofold. The job must still be leased under the claim's token, or a worker that was
frozen past its lease would write over its successor. And the picture must not have moved on to a
newer generation, or an old photograph's colours would replace a new one's.

Rows are locked in one order everywhere: products, jobs, pictures, each by their ids. The products
come first because two workers may finish two pictures of one product at the same moment, and each
must see the other's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, select, update

from shared.answer import Finding, product_answer
from shared.claims import close_superseded
from shared.contracts import Claim, Code, JobState, PictureResult, Region, Stage
from shared.drafts import write_draft
from shared.errors import StageError
from shared.models import Job, Product, ProductImage

MESSAGE_LENGTH = 1000
"""The most characters of an error's message that the ledger keeps."""

Columns = tuple[Any, ...]

# Built once, and of tables, not of mapped classes: to build and to look up such statements for each
# picture took more of a worker's time than to run them.
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
# What each sets are the parameters that it is run with.
_WRITE_JOB: Final = update(_JOBS).where(_JOBS.c.id == bindparam("key"))
_WRITE_PICTURE: Final = update(_IMAGES).where(_IMAGES.c.id == bindparam("key"))
_WRITE_PRODUCT: Final = update(_PRODUCTS).where(_PRODUCTS.c.id == bindparam("key"))
_FINDINGS: Final = select(
    _IMAGES.c.product_id,
    _IMAGES.c.position,
    _IMAGES.c.shades,
    _IMAGES.c.confidence,
    _IMAGES.c.crop_key,
    _IMAGES.c.cutout_key,
    _IMAGES.c.thumbnail_key,
    _IMAGES.c.provenance,
).where(
    _IMAGES.c.product_id.in_(bindparam("keys", expanding=True)),
    _IMAGES.c.enriched_at.is_not(None),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended without a result; ``stage`` is None where nobody lived to tell."""

    state: JobState
    code: Code
    message: str | None = None
    stage: Stage | None = None
    timings_ms: Mapping[str, float] | None = None


def record_results(
    connection: Connection, finished: Sequence[tuple[Claim, PictureResult]], now: datetime
) -> list[bool]:
    """Write pictures' results, their jobs' ends and their products' new answers.

    Of a held batch the result becomes a draft, and picture and product stay as they are.

    Each claim stands before its own fence: returns, for each, False where that held it off, and
    nothing of its result was written.
    """
    if not finished:
        return []
    passed = _pass_fence(connection, [claim for claim, _ in finished], now)
    written = [pair for pair, ours in zip(finished, passed, strict=True) if ours]
    if written:
        done = Ending(JobState.DONE, Code.OK)
        jobs = [
            _job_columns(claim, replace(done, timings_ms=result.timings_ms), now)
            for claim, result in written
        ]
        connection.execute(_WRITE_JOB, jobs)
        shown: list[dict[str, object]] = []
        for claim, result in written:
            picture = _picture_columns(result, now)
            if claim.held_batch is None:
                shown.append({"key": claim.image_id, "generation": claim.generation, **picture})
            else:
                write_draft(connection, claim, picture, now)
        if shown:
            connection.execute(_WRITE_PICTURE, shown)
            products = {claim.product_id for claim, _ in written if claim.held_batch is None}
            _write_answers(connection, products, now)
    return passed


def record_end(connection: Connection, claim: Claim, ending: Ending, now: datetime) -> bool:
    """Write an end without a result: the picture's outcome and code, and nothing else of it.

    What the picture gave before stays, and with it the product's answer. Returns False, and writes
    nothing of the kind, where the fence holds it off.
    """
    if not all(_pass_fence(connection, [claim], now)):
        return False
    connection.execute(_WRITE_JOB, _job_columns(claim, ending, now))
    picture: dict[str, object] = {"outcome": ending.state, "code": ending.code}
    if claim.held_batch is None:
        key = {"key": claim.image_id, "generation": claim.generation}
        connection.execute(_WRITE_PICTURE, key | picture)
    else:
        write_draft(connection, claim, picture, now)
    return True


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


def _pass_fence(connection: Connection, claims: Sequence[Claim], now: datetime) -> list[bool]:
    """Lock what the claims are about, and say for each whether it may still write.

    A job whose picture has moved on is closed here.
    """
    products = {claim.product_id for claim in claims}
    connection.execute(_LOCK_PRODUCTS, {"keys": sorted(products)})
    ids = {claim.job_id for claim in claims}
    # A new statement, so that it sees what those who held the products before us have written.
    rows = {row.id: row for row in connection.execute(_LOCK_JOBS, {"keys": sorted(ids)})}
    passed: list[bool] = []
    for claim in claims:
        row = rows.pop(claim.job_id, None)  # taken away: the same job cannot pass twice
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


def _still_ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        Job.id == claim.job_id,
        Job.state == JobState.LEASED,
        Job.lease_token == claim.lease_token,
        Job.generation == claim.generation,
    )


def _write_answers(connection: Connection, product_ids: Iterable[int], now: datetime) -> None:
    findings: dict[int, list[Finding]] = {key: [] for key in product_ids}
    for picture in connection.execute(_FINDINGS, {"keys": sorted(findings)}).mappings():
        findings[picture["product_id"]].append(Finding.of(picture))
    answers = {key: product_answer(found) for key, found in findings.items()}
    connection.execute(
        _WRITE_PRODUCT,
        [
            {"key": key, **answer.columns(), "enriched_at": now, "updated_at": now}
            for key, answer in answers.items()
            if answer is not None
        ],
    )


def _job_columns(claim: Claim, ending: Ending, now: datetime) -> dict[str, object]:
    return {
        "key": claim.job_id,
        "state": ending.state,
        "code": ending.code,
        "stage": ending.stage,
        "message": None if ending.message is None else _storable(ending.message),
        "timings_ms": _floats(ending.timings_ms),
        "lease_token": None,
        "lease_until": None,
        "next_attempt_at": None,
        "finished_at": now,
    }


def _picture_columns(result: PictureResult, now: datetime) -> dict[str, object]:
    return {
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


def _storable(message: str) -> str:
    # A server's words may hold what PostgreSQL refuses: NUL, or half of a surrogate pair.
    clean = message.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return clean[:MESSAGE_LENGTH]


def _floats(timings_ms: Mapping[str, float] | None) -> dict[str, float] | None:
    if timings_ms is None:
        return None
    return {stage: float(spent) for stage, spent in timings_ms.items()}
