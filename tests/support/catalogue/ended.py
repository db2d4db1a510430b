"""A shop whose pictures have ended in each way there is."""

import pytest
from sqlalchemy import Engine

from producer.enqueue.enqueue import Order, enqueue
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.stored import jobs, product
from tests.support.rows import NAVY, result

ENDINGS = {
    1: None,
    2: StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "too [bold]slow", retry=True),
    3: StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "gone"),
    4: StageError(Stage.MASK, Code.NO_PERSON, "nobody"),
}


@pytest.fixture
def shop(shell: Shell, engine: Engine, database_url: str) -> Shell:
    """A shop with one picture done, one quarantined, one failed, and one without a person."""
    shell.set(DATABASE_URL=database_url, COLOURWAY_MAX_ATTEMPTS=1)
    enqueue(engine, [product(f"P{number}", number) for number in ENDINGS], Order("shop"))
    ledger = Ledger(engine, get_settings())
    for claim, ending in zip(ledger.claim(), ENDINGS.values(), strict=True):
        if ending is None:
            ledger.finish(claim, result(NAVY))
        else:
            ledger.fail(claim, ending)
    return shell


def states(engine: Engine) -> list[str]:
    return [row[2].value for row in jobs(engine)]
