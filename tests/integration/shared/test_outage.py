"""A database that stops in the middle of what a worker is about, and comes back."""

from collections.abc import Callable, Generator

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.database.engine import is_away, open_engine
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.rows import NAVY, add_product, job, result
from tests.support.services import free_port


@pytest.fixture
def pg(postgres_url: str) -> Generator[Engine]:
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(pg: Engine, postgres_url: str) -> Ledger:
    return Ledger(pg, get_settings(database_url=postgres_url))


@pytest.fixture
def cut(pg: Engine, postgres_url: str) -> Generator[Callable[[], None]]:
    """Have the server end the session of the next statement, before it is run."""
    other, armed = open_engine(postgres_url), [False]

    def end_session(connection, cursor, *_: object) -> None:
        if armed[0]:
            armed[0] = False
            pid = cursor.connection.info.backend_pid
            with other.connect() as elsewhere:
                elsewhere.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    def arm() -> None:
        armed[0] = True

    event.listen(pg, "before_cursor_execute", end_session)
    yield arm
    assert not armed[0], "no statement was run"
    other.dispose()


def test_a_claim_outlasts_the_database(ledger: Ledger, pg: Engine, cut: Callable[[], None]) -> None:
    job_ids = add_product(pg, pictures=2)
    cut()

    claims = ledger.claim()

    assert [(claim.job_id, claim.attempts) for claim in claims] == [(each, 1) for each in job_ids]


def test_a_result_outlasts_the_database(
    ledger: Ledger, pg: Engine, cut: Callable[[], None]
) -> None:
    (job_id,) = add_product(pg)
    (claim,) = ledger.claim()
    cut()

    assert ledger.finish(claim, result(NAVY))

    assert job(pg, job_id).state is JobState.DONE


def test_a_failure_outlasts_the_database(
    ledger: Ledger, pg: Engine, cut: Callable[[], None]
) -> None:
    (job_id,) = add_product(pg)
    (claim,) = ledger.claim()
    cut()

    assert ledger.fail(claim, StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "slow", retry=True))

    assert job(pg, job_id).state is JobState.RETRY


def test_leases_are_handed_back_to_a_database_that_was_away(
    ledger: Ledger, pg: Engine, cut: Callable[[], None]
) -> None:
    (job_id,) = add_product(pg)
    claims = ledger.claim()
    cut()

    ledger.release(claims)

    assert (job(pg, job_id).state, job(pg, job_id).attempts) == (JobState.PENDING, 0)


def test_a_server_that_is_down_is_away_and_other_errors_are_not(
    pg: Engine, sqlite_url: str
) -> None:
    nobody = open_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none")
    with pytest.raises(OperationalError) as down:
        nobody.connect()
    embedded = open_engine(sqlite_url)
    with pytest.raises(OperationalError) as no_table, embedded.connect() as lite:
        lite.execute(text("SELECT 1 FROM nothing"))
    embedded.dispose()
    with pytest.raises(OperationalError) as cancelled, pg.begin() as slow:
        slow.execute(text("SET LOCAL statement_timeout = 1"))
        slow.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(OperationalError) as too_many, pg.begin() as refused:
        numbers = ", ".join(f":n{number}" for number in range(65_536))
        values = {f"n{number}": number for number in range(65_536)}
        refused.execute(text(f"SELECT 1 WHERE 1 IN ({numbers})"), values)

    assert is_away(down.value)
    assert not is_away(too_many.value), "the driver will refuse it again"
    assert not is_away(no_table.value)
    assert not is_away(cancelled.value)
    assert not is_away(IntegrityError("", {}, Exception()))


def test_a_worker_that_freezes_in_a_transaction_lets_go_of_its_rows(
    pg: Engine, postgres_url: str
) -> None:
    (job_id,) = add_product(pg)
    lock = text("SELECT 1 FROM jobs WHERE id = :id FOR UPDATE NOWAIT")
    frozen = open_engine(postgres_url, idle_limit_s=0.3)

    with pytest.raises(DBAPIError) as woken, frozen.begin() as worker:
        worker.execute(lock, {"id": job_id})
        with pg.begin() as other, pytest.raises(OperationalError, match="could not obtain lock"):
            other.execute(lock, {"id": job_id})
        with pg.begin() as patient:
            patient.execute(text("SELECT 1 FROM jobs WHERE id = :id FOR UPDATE"), {"id": job_id})
        worker.execute(text("SELECT 1"))
    frozen.dispose()

    assert is_away(woken.value), "what the worker was about must be begun anew"
