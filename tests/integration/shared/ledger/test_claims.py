"""Taking leases, losing them, and giving them back: the same on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from sqlalchemy import Engine, select, update

from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code
from shared.database.engine import open_engine
from shared.database.models import Job, ProductImage
from shared.ledger.ledger import Ledger, Tally
from shared.settings import Settings
from tests.support.rows import NAVY, Clock, add_product, job, result


def test_a_claim_says_all_that_a_worker_needs(ledger: Ledger, engine: Engine) -> None:
    first, second = add_product(engine, "A-1", pictures=2)

    claims = ledger.claim()

    assert [claim.job_id for claim in claims] == [first, second]
    claim = claims[1]
    assert claim == Claim(
        job_id=second,
        image_id=claim.image_id,
        product_id=claim.product_id,
        catalogue="shop of A-1",
        sku="A-1",
        url="http://shop.test/A-1/1",
        position=1,
        category="shirts",
        title="Oxford shirt",
        generation=1,
        attempts=1,
        lease_token=claim.lease_token,
        batch_id=claim.batch_id,
    )
    assert claim.batch_id == job(engine, second).batch_id is not None
    assert len(claim.lease_token) == 32


def test_the_attempt_and_the_lease_are_committed_at_once(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    (job_id,) = add_product(engine)
    (claim,) = ledger.claim()

    row = job(engine, job_id)

    assert (row.state, row.attempts) == (JobState.LEASED, 1)
    assert row.lease_token == claim.lease_token
    assert row.lease_until == clock.now + timedelta(seconds=600)
    assert row.lease_until.tzinfo is not None


def test_a_leased_job_is_nobody_elses(ledger: Ledger, engine: Engine) -> None:
    job_ids = add_product(engine, pictures=2)
    ledger.claim(job_ids[:1])

    assert [claim.job_id for claim in ledger.claim(job_ids)] == job_ids[1:]
    assert ledger.claim(job_ids) == []


def test_only_the_jobs_that_are_asked_for_are_taken(ledger: Ledger, engine: Engine) -> None:
    job_ids = add_product(engine, pictures=4)

    assert [claim.job_id for claim in ledger.claim(job_ids[2:])] == job_ids[2:]
    assert ledger.claim([]) == []
    assert ledger.claim([999_999]) == []


def test_the_limit_holds(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=5)

    assert [len(ledger.claim(limit=2)) for _ in range(4)] == [2, 2, 1, 0]


def test_concurrent_claimers_never_overlap(
    engine: Engine, settings: Settings, database_url: str
) -> None:
    job_ids = [job_id for n in range(10) for job_id in add_product(engine, f"A-{n}", pictures=6)]
    barrier = Barrier(3)

    def claim_all(_: int) -> list[int]:
        own = open_engine(database_url)
        ledger = Ledger(own, settings)
        barrier.wait(10)
        taken = []
        while claims := ledger.claim(limit=4):
            taken += [claim.job_id for claim in claims]
        own.dispose()
        return taken

    with ThreadPoolExecutor(3) as pool:
        taken = list(pool.map(claim_all, range(3)))

    assert sorted(job_id for one in taken for job_id in one) == sorted(job_ids)


def test_postgres_claimers_skip_rows_that_another_is_taking(
    postgres_url: str, clock: Clock
) -> None:
    engine = open_engine(postgres_url)
    job_ids = add_product(engine, pictures=3)
    ledger = Ledger(engine, Settings(database_url=postgres_url), clock)
    with engine.connect() as other:
        other.execute(select(Job.id).where(Job.id == job_ids[0]).with_for_update())

        assert [claim.job_id for claim in ledger.claim()] == job_ids[1:]
    engine.dispose()


def test_an_expired_lease_may_be_taken_and_says_so(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    (job_id,) = add_product(engine)
    (lost,) = ledger.claim()

    clock.pass_s(599)
    assert ledger.claim() == []
    clock.pass_s(1)
    (again,) = ledger.claim()

    assert again.job_id == job_id
    assert again.attempts == 2
    assert again.lease_token != lost.lease_token
    assert job(engine, job_id).code == Code.LEASE_EXPIRED


def test_a_suspect_runs_alone_and_after_the_fresh(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    job_ids = add_product(engine, pictures=5)
    ledger.claim(job_ids[:2])
    clock.pass_s(600)

    taken = []
    while claims := ledger.claim(job_ids):
        taken.append([claim.job_id for claim in claims])

    assert taken == [job_ids[2:], job_ids[:1], job_ids[1:2]]


def test_a_job_that_kills_its_worker_is_quarantined_and_its_neighbours_finish(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    poison, *others = add_product(engine, pictures=3)
    for _ in range(3):  # nobody ever reports on the poison
        while claims := ledger.claim():
            for claim in claims:
                if claim.job_id != poison:
                    assert ledger.finish(claim, result(NAVY))
        clock.pass_s(600)

    assert ledger.claim() == []
    row = job(engine, poison)
    assert (row.state, row.code, row.attempts) == (
        JobState.QUARANTINED,
        Code.ATTEMPTS_EXHAUSTED,
        3,
    )
    assert row.message.startswith("3 attempts ended without an outcome")
    assert (row.lease_token, row.lease_until, row.stage) == (None, None, None)
    assert row.finished_at == clock.now
    assert [job(engine, other).state for other in others] == [JobState.DONE, JobState.DONE]
    with engine.connect() as connection:
        image = connection.execute(
            select(ProductImage.outcome, ProductImage.code).where(ProductImage.id == row.image_id)
        ).one()
    assert image == (JobState.QUARANTINED, Code.ATTEMPTS_EXHAUSTED)


def test_more_exhausted_jobs_than_one_sweep_holds(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    job_ids = add_product(engine, pictures=103)
    with engine.begin() as connection:
        connection.execute(update(Job).values(attempts=3))
        connection.execute(update(Job).where(Job.id == job_ids[-1]).values(attempts=1))

    assert [claim.job_id for claim in ledger.claim()] == job_ids[-1:]
    assert {(tally.state, tally.jobs) for tally in ledger.status()} == {
        (JobState.QUARANTINED, 102),
        (JobState.LEASED, 1),
    }


def test_released_jobs_are_fresh_again(ledger: Ledger, engine: Engine) -> None:
    job_ids = add_product(engine, pictures=3)
    claims = ledger.claim()
    ledger.finish(claims[0], result(NAVY))

    ledger.release(claims)

    again = ledger.claim()
    assert [(claim.job_id, claim.attempts) for claim in again] == [
        (job_ids[1], 1),
        (job_ids[2], 1),
    ]
    assert job(engine, job_ids[0]).state is JobState.DONE


def test_a_lost_lease_cannot_be_released(ledger: Ledger, engine: Engine, clock: Clock) -> None:
    (job_id,) = add_product(engine)
    lost = ledger.claim()
    clock.pass_s(600)
    ledger.claim()

    ledger.release(lost)

    assert (job(engine, job_id).state, job(engine, job_id).attempts) == (JobState.LEASED, 2)


def test_broken_leases_are_due_at_once_and_stay_counted(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=2)
    ledger.claim()

    assert ledger.break_leases() == 2

    assert [claim.attempts for claim in ledger.claim()] == [2]
    assert ledger.break_leases() == 1


def test_a_job_of_a_replaced_picture_is_closed_instead_of_taken(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    old, other = add_product(engine, pictures=2)
    with engine.begin() as connection:
        image_id = connection.scalar(select(Job.image_id).where(Job.id == old))
        connection.execute(
            update(ProductImage).where(ProductImage.id == image_id).values(generation=2)
        )

    assert [claim.job_id for claim in ledger.claim(limit=1)] == [other]
    row = job(engine, old)
    assert (row.state, row.code) == (JobState.FAILED, Code.SUPERSEDED)
    assert row.finished_at == clock.now
    with engine.connect() as connection:
        assert connection.scalar(select(ProductImage.outcome)) is None


def test_status_counts_by_batch_state_and_code(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    first = add_product(engine, "A-1", pictures=3)
    second = add_product(engine, "A-2", pictures=1)
    one, two, _ = ledger.claim(first)
    ledger.finish(one, result(NAVY))
    ledger.finish(two, result(NAVY))
    batches = [job(engine, first[0]).batch_id, job(engine, second[0]).batch_id]

    assert ledger.status(batches[0]) == [
        Tally(batches[0], JobState.DONE, Code.OK, 2),
        Tally(batches[0], JobState.LEASED, None, 1),
    ]
    assert ledger.status()[2:] == [Tally(batches[1], JobState.PENDING, None, 1)]
