"""What staged jobs write, on both databases: a staged result, and everything else as it was."""

import pytest
from sqlalchemy import Engine, Row, insert, select, update

from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code, Stage
from shared.database.models import Job, Product, ProductImage, StagedResult
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.ledger.staged_results import from_json, to_json
from tests.support.rows import (
    NAVY,
    NOBODY,
    RED,
    TAN,
    WHITE,
    Clock,
    add_product,
    everything,
    result,
    row,
)


@pytest.fixture
def staged(ledger: Ledger, engine: Engine, clock: Clock) -> Claim:
    """A claim on a staged job of a picture that has a result already."""
    add_product(engine)
    (claim,) = ledger.claim()
    assert ledger.finish(claim, result(NAVY, name="old"))
    with engine.begin() as connection:
        batch_id = connection.scalar(select(Job.batch_id))
        connection.execute(update(ProductImage).values(generation=2))
        connection.execute(
            insert(Job).values(
                image_id=claim.image_id, generation=2, batch_id=batch_id, staged=True
            )
        )
    clock.pass_s(60)
    (again,) = ledger.claim()
    assert again.staged_batch == batch_id
    return again


def staged_results(engine: Engine) -> list[Row]:
    with engine.connect() as connection:
        return list(connection.execute(select(StagedResult.__table__)))


def test_a_staged_result_changes_nothing_else(
    ledger: Ledger, engine: Engine, clock: Clock, staged: Claim
) -> None:
    before = everything(engine, Product, ProductImage)

    assert ledger.finish(staged, result(RED, WHITE, skin=(TAN,), confidence=1 / 3, name="new"))

    assert everything(engine, Product, ProductImage) == before
    job = row(engine, Job, staged.job_id)
    assert (job.state, job.code, job.finished_at) == (JobState.DONE, Code.OK, clock.now)
    (staged_result,) = staged_results(engine)
    assert (
        staged_result.batch_id,
        staged_result.product_id,
        staged_result.image_id,
        staged_result.generation,
    ) == (
        staged.staged_batch,
        staged.product_id,
        staged.image_id,
        2,
    )
    assert (staged_result.outcome, staged_result.code, staged_result.made_at) == (
        JobState.DONE,
        Code.OK,
        clock.now,
    )
    assert (staged_result.before, staged_result.promoted_at) == (None, None)
    kept = from_json(staged_result.result)
    assert kept["enriched_at"] == clock.now
    assert kept["confidence"] == 1 / 3
    assert kept["shades"]["clothes"] == [RED.to_json(), WHITE.to_json()]
    assert to_json(kept) == staged_result.result
    # All that a result writes, and not where it is written.
    columns = {column.name for column in ProductImage.__table__.columns}
    others = {"id", "product_id", "position", "role", "url", "generation", "created_at"}
    assert set(kept) == columns - others


@pytest.mark.parametrize("ends_with", ["failed", "no_person"])
def test_a_held_job_without_a_result_leaves_the_picture_its_outcome(
    ledger: Ledger, engine: Engine, staged: Claim, ends_with: str
) -> None:
    before = everything(engine, Product, ProductImage)

    if ends_with == "failed":
        assert ledger.fail(staged, StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "gone"))
    else:
        assert ledger.fail(staged, NOBODY)

    assert everything(engine, Product, ProductImage) == before
    (staged_result,) = staged_results(engine)
    assert (staged_result.outcome.value, staged_result.result) == (ends_with, None)
    assert row(engine, Job, staged.job_id).state.value == ends_with


def test_a_later_attempt_replaces_the_staged_result(
    ledger: Ledger, engine: Engine, staged: Claim, clock: Clock
) -> None:
    ledger.fail(staged, StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "gone"))
    with engine.begin() as connection:
        again = update(Job).where(Job.id == staged.job_id)
        connection.execute(again.values(state=JobState.PENDING, attempts=0))
    clock.pass_s(60)
    (claim,) = ledger.claim()

    assert ledger.finish(claim, result(RED))

    (staged_result,) = staged_results(engine)
    assert (staged_result.outcome, staged_result.code, staged_result.made_at) == (
        JobState.DONE,
        Code.OK,
        clock.now,
    )
    assert staged_result.result is not None


def test_a_picture_that_has_moved_on_gets_no_staged_result(
    ledger: Ledger, engine: Engine, staged: Claim
) -> None:
    with engine.begin() as connection:
        connection.execute(update(ProductImage).values(generation=3))

    assert not ledger.finish(staged, result(RED))

    assert staged_results(engine) == []
    assert row(engine, Job, staged.job_id).code is Code.SUPERSEDED


def test_a_lease_that_was_lost_writes_no_staged_result(
    ledger: Ledger, engine: Engine, staged: Claim, clock: Clock
) -> None:
    clock.pass_s(601)
    (successor,) = ledger.claim()

    assert not ledger.finish(staged, result(RED))
    assert staged_results(engine) == []
    assert ledger.finish(successor, result(RED))
    assert len(staged_results(engine)) == 1


def test_attempts_without_an_outcome_end_as_a_staged_result(
    ledger: Ledger, engine: Engine, staged: Claim, clock: Clock
) -> None:
    before = everything(engine, Product, ProductImage)
    for _ in range(3):
        clock.pass_s(601)
        ledger.claim()

    (staged_result,) = staged_results(engine)
    assert (staged_result.outcome, staged_result.code) == (
        JobState.QUARANTINED,
        Code.ATTEMPTS_EXHAUSTED,
    )
    assert everything(engine, Product, ProductImage) == before


def test_held_and_other_jobs_may_be_claimed_together(
    ledger: Ledger, engine: Engine, staged: Claim
) -> None:
    add_product(engine, "B-2")
    ledger.release([staged])

    claims = ledger.claim()
    assert [claim.staged_batch for claim in claims] == [staged.staged_batch, None]
    assert all(ledger.finish(claim, result(RED, name="new")) for claim in claims)

    products = everything(engine, Product)
    assert [product.colour_family for product in products] == ["navy", "red"]
