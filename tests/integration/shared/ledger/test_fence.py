"""What holds a result off that comes too late, and lets it pass: the same on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, update

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.database.models import Job, Product, ProductImage
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from tests.support.rows import (
    NAVY,
    NOBODY,
    RED,
    TAN,
    WHITE,
    Clock,
    add_product,
    everything,
    not_an_image,
    result,
    row,
)


def test_several_results_are_recorded_each_before_its_own_fence(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    for sku in ("A", "B", "C"):
        add_product(engine, sku, pictures=2)
    claims = ledger.claim()
    (first, second), (lost, kept), (replaced, untouched) = claims[:2], claims[2:4], claims[4:]
    lost = replace(lost, lease_token="0" * 32)
    with engine.begin() as connection:
        newer = update(ProductImage).where(ProductImage.id == replaced.image_id)
        connection.execute(newer.values(generation=2, url="http://shop.test/new"))
    before = everything(engine, Product)[2]

    # In no order, and one of them twice.
    finished = [
        (replaced, result(RED)),
        (kept, result(RED, confidence=0.25)),
        (second, result(NAVY, confidence=0.5, name="second")),
        (lost, result(TAN)),
        (first, result(NAVY, confidence=0.75, name="first")),
        (second, result(RED, confidence=1.0, name="again")),
    ]
    assert ledger.finish_many(finished) == [False, True, True, False, True, False]

    assert [(row.state, row.code) for row in everything(engine, Job)] == [
        (JobState.DONE, Code.OK),
        (JobState.DONE, Code.OK),
        (JobState.LEASED, None),
        (JobState.DONE, Code.OK),
        (JobState.FAILED, Code.SUPERSEDED),
        (JobState.LEASED, None),
    ]
    product = row(engine, Product, first.product_id)
    assert (product.colour_family, product.crop_key) == ("navy", "first/crop.jpg")
    assert product.confidence == pytest.approx(1 - 0.25 * (1 - 0.25 * 0.5))
    product = row(engine, Product, kept.product_id)
    assert (product.colour_family, product.confidence) == ("red", 0.25)
    assert row(engine, Product, replaced.product_id) == before
    assert ledger.finish(untouched, result(WHITE))


def test_the_same_result_cannot_be_written_twice(ledger: Ledger, engine: Engine) -> None:
    add_product(engine)
    (claim,) = ledger.claim()
    assert ledger.finish(claim, result(NAVY))
    before = everything(engine, Job, ProductImage, Product)

    assert not ledger.finish(claim, result(RED))
    assert ledger.fail(claim, not_an_image()) is None
    assert not ledger.fail(claim, NOBODY)

    assert everything(engine, Job, ProductImage, Product) == before


def test_a_worker_thawed_after_its_lease_writes_nothing(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    add_product(engine)
    (frozen,) = ledger.claim()
    clock.pass_s(600)
    (successor,) = ledger.claim()
    before = everything(engine, Job, ProductImage, Product)

    assert not ledger.finish(frozen, result(RED))
    assert ledger.fail(frozen, not_an_image()) is None
    retry = StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "slow", retry=True)
    assert ledger.fail(frozen, retry) is None
    assert not ledger.fail(frozen, NOBODY)

    assert everything(engine, Job, ProductImage, Product) == before
    assert ledger.finish(successor, result(NAVY))
    assert row(engine, Product, successor.product_id).colour_family == "navy"


def test_a_lease_that_expired_but_was_not_taken_still_writes(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    add_product(engine)
    (claim,) = ledger.claim()
    clock.pass_s(3600)

    assert ledger.finish(claim, result(NAVY))


def test_a_result_of_an_older_generation_is_refused_and_its_job_closed(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    add_product(engine)
    (claim,) = ledger.claim()
    with engine.begin() as connection:
        connection.execute(update(ProductImage).values(generation=2, url="http://shop.test/new"))
    before = everything(engine, ProductImage, Product)

    assert not ledger.finish(claim, result(RED))

    assert everything(engine, ProductImage, Product) == before
    job = row(engine, Job, claim.job_id)
    assert (job.state, job.code, job.finished_at) == (
        JobState.FAILED,
        Code.SUPERSEDED,
        clock.now,
    )


def test_a_claim_of_another_generation_does_not_pass_the_fence(
    ledger: Ledger, engine: Engine
) -> None:
    add_product(engine)
    (claim,) = ledger.claim()

    assert not ledger.finish(replace(claim, generation=2), result(RED))

    assert row(engine, Job, claim.job_id).state is JobState.LEASED
