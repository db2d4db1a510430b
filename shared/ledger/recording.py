"""Recording an attempt's outcome: the stage ``record``, one transaction, always last.

Every write is fenced first: see :mod:`shared.ledger.fence`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self, cast

from sqlalchemy import Connection, Table, bindparam, select, update

from shared.catalogue.product_answer import PictureFinding, product_answer
from shared.contracts.fingerprint import SourceFingerprint, Unchanged
from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult, Region
from shared.contracts.stages import Code, Stage
from shared.database.models import Job, Product, ProductImage
from shared.errors import StageError
from shared.ledger import claims
from shared.ledger.fence import pass_fence, still_ours
from shared.ledger.reopening import FAILED_STATES
from shared.ledger.staged_results import write_staged_result

# Built once, and of tables, not of mapped classes: building such statements for each picture took
# more of a worker's time than running them.
_PRODUCTS: Final = cast("Table", Product.__table__)
_IMAGES: Final = cast("Table", ProductImage.__table__)
_JOBS: Final = cast("Table", Job.__table__)

# They set the columns that are given as parameters.
_WRITE_JOB: Final = update(_JOBS).where(_JOBS.c.id == bindparam("key"))
_WRITE_PICTURE: Final = update(_IMAGES).where(_IMAGES.c.id == bindparam("key"))
_OUTCOMES: Final = select(_IMAGES.c.id, _IMAGES.c.outcome).where(
    _IMAGES.c.id.in_(bindparam("keys", expanding=True))
)
_WRITE_PRODUCT: Final = update(_PRODUCTS).where(_PRODUCTS.c.id == bindparam("key"))
_FINDINGS: Final = select(
    _IMAGES.c.product_id,
    _IMAGES.c.position,
    _IMAGES.c.subject,
    _IMAGES.c.shades,
    _IMAGES.c.pattern,
    _IMAGES.c.warnings,
    _IMAGES.c.piece,
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
class JobEnd:
    """How a job ended; ``stage`` is None where it has a result, or its worker died.

    ``seen`` is the fingerprint of a picture that was fetched whole and shows nobody.
    """

    state: JobState
    code: Code
    message: str | None = None
    stage: Stage | None = None
    timings_ms: Mapping[str, float] | None = None
    seen: SourceFingerprint | None = None

    @classmethod
    def of(cls, state: JobState, error: StageError, timings_ms: Mapping[str, float] | None) -> Self:
        """Return how an error ends a job."""
        return cls(state, error.code, error.message, error.stage, timings_ms, error.seen)


def record_results(
    connection: Connection, finished: Sequence[tuple[Claim, PictureResult]], now: datetime
) -> list[bool]:
    """Write pictures' results, the states of their jobs and the answers of their products.

    Results of a staged batch become staged results: picture and product stay as they are.

    Returns for each claim whether it passed the fence; nothing is written for one that did not.
    """
    if not finished:
        return []
    passed = pass_fence(connection, [claim for claim, _ in finished], now)
    written = [pair for pair, ours in zip(finished, passed, strict=True) if ours]
    if written:
        done = JobEnd(JobState.DONE, Code.OK)
        jobs = [
            _job_columns(claim, replace(done, timings_ms=result.timings_ms), now)
            for claim, result in written
        ]
        connection.execute(_WRITE_JOB, jobs)
        shown: list[dict[str, object]] = []
        for claim, result in written:
            picture = _picture_columns(result, now)
            if claim.staged_batch is None:
                shown.append(_picture_key(claim) | picture)
            else:
                write_staged_result(connection, claim, picture, now)
        if shown:
            connection.execute(_WRITE_PICTURE, shown)
            products = {claim.product_id for claim, _ in written if claim.staged_batch is None}
            _write_answers(connection, products, now)
    return passed


def record_end(connection: Connection, claim: Claim, end: JobEnd, now: datetime) -> bool:
    """Write an end without a result: the picture's outcome and code, and no other column of it.

    The picture's earlier result stays, and with it the product's answer. A recheck that fails
    leaves its picture untouched: that the server fails today says nothing about the result. Returns
    False, and writes nothing, where the claim does not pass the fence.
    """
    if not all(pass_fence(connection, [claim], now)):
        return False
    connection.execute(_WRITE_JOB, _job_columns(claim, end, now))
    picture: dict[str, object] = {"outcome": end.state, "code": end.code}
    if end.state is JobState.NO_PERSON:
        picture["seen"] = end.seen.to_json() if end.seen else None
        picture["checked_at"] = now
    elif claim.known is not None:
        return True
    if claim.staged_batch is None:
        connection.execute(_WRITE_PICTURE, _picture_key(claim) | picture)
    else:
        write_staged_result(connection, claim, picture, now)
    return True


def record_unchanged(
    connection: Connection, found: Sequence[tuple[Claim, Unchanged]], now: datetime
) -> list[JobState | None]:
    """Write that pictures still have their known fingerprints: outcomes stay, jobs end with them.

    Returns the outcome of each; None, and writes nothing, where a claim does not pass the fence.
    """
    passed = pass_fence(connection, [claim for claim, _ in found], now)
    ours = [pair for pair, passes in zip(found, passed, strict=True) if passes]
    ids = {"keys": [claim.image_id for claim, _ in ours]}
    outcomes = {row.id: row.outcome for row in connection.execute(_OUTCOMES, ids)}
    if ours:
        connection.execute(
            _WRITE_JOB,
            [
                _job_columns(
                    claim,
                    JobEnd(outcomes[claim.image_id], Code.UNCHANGED, timings_ms=same.timings_ms),
                    now,
                )
                for claim, same in ours
            ],
        )
        connection.execute(
            _WRITE_PICTURE,
            [
                {"key": claim.image_id, "seen": same.seen.to_json(), "checked_at": now}
                for claim, same in ours
            ],
        )
    return [
        outcomes[claim.image_id] if passes else None
        for (claim, _), passes in zip(found, passed, strict=True)
    ]


def record_retry(
    connection: Connection, claim: Claim, error: StageError, next_attempt_at: datetime
) -> bool:
    """Defer a job until ``next_attempt_at``. Returns False where its lease is lost."""
    written = connection.execute(
        update(Job)
        .where(*still_ours(claim))
        .values(
            state=JobState.RETRY,
            next_attempt_at=next_attempt_at,
            lease_token=None,
            lease_until=None,
            dispatched_at=None,  # or the next attempt would wait for ``redispatch_after_s``
            stage=error.stage,
            code=error.code,
            message=claims.storable(error.message),
        )
    )
    return written.rowcount == 1


def _write_answers(connection: Connection, product_ids: Iterable[int], now: datetime) -> None:
    findings: dict[int, list[PictureFinding]] = {key: [] for key in product_ids}
    for picture in connection.execute(_FINDINGS, {"keys": sorted(findings)}).mappings():
        findings[picture["product_id"]].append(PictureFinding.of(picture))
    answers = {key: product_answer(found) for key, found in findings.items()}
    connection.execute(
        _WRITE_PRODUCT,
        [
            {"key": key, **answer.columns(), "enriched_at": now, "updated_at": now}
            for key, answer in answers.items()
            if answer is not None
        ],
    )


def _job_columns(claim: Claim, end: JobEnd, now: datetime) -> dict[str, object]:
    return {
        "key": claim.job_id,
        "state": end.state,
        "code": end.code,
        "stage": end.stage,
        "message": None if end.message is None else claims.storable(end.message),
        "timings_ms": _floats(end.timings_ms),
        "lease_token": None,
        "lease_until": None,
        "next_attempt_at": None,
        "finished_at": now,
        "generation": _generation_of(claim, end),
        # A recheck that failed is still to be answered.
        "recheck": claim.known is not None and end.state in (JobState.FAILED, JobState.QUARANTINED),
    }


def _generation_of(claim: Claim, end: JobEnd) -> int:
    """Return the generation of a job that has ended.

    A recheck that finds other bytes has found a new picture: staged results and leases of the one
    before must not write over it.
    """
    if claim.known is None or end.code is Code.UNCHANGED:
        return claim.generation
    return claim.generation + (end.state not in FAILED_STATES)


def _picture_key(claim: Claim) -> dict[str, object]:
    """Return which picture a claim writes, and its generation afterwards: a recheck's rises."""
    generation = claim.generation if claim.known is None else claim.generation + 1
    return {"key": claim.image_id, "generation": generation}


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
        "pattern": result.pattern,
        "warnings": list(result.warnings),
        "piece": result.piece,
        "confidence": float(result.confidence),
        **result.keys.columns(),
        "provenance": result.provenance.to_json(),
        "outcome": JobState.DONE,
        "code": Code.OK,
        "enriched_at": now,
        "seen": (result.seen or SourceFingerprint(result.image_sha256)).to_json(),
        "checked_at": now,
    }


def _floats(timings_ms: Mapping[str, float] | None) -> dict[str, float] | None:
    if timings_ms is None:
        return None
    return {stage: float(spent) for stage, spent in timings_ms.items()}
