"""A shop whose pictures are asked about again, as several tests want it."""

from typing import Any

import pytest
from sqlalchemy import Engine, select

from producer.enqueue.enqueue import enqueue
from producer.reprocess.recheck import Stale
from shared.contracts.fingerprint import SourceFingerprint, Unchanged
from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code, Stage
from shared.database.models import Catalogue
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from tests.support.catalogue.staged import SHOP
from tests.support.catalogue.stored import product, url
from tests.support.rows import NAVY, Clock, result

GONE = StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "status 404")
SEEN = SourceFingerprint("ab" * 32, etag='"v1"')
NOBODY = StageError(Stage.MASK, Code.NO_PERSON, "nobody", seen=SEEN)


@pytest.fixture
def shop(engine: Engine, ledger: Ledger) -> int:
    """A catalogue with pictures 1 (done), 2 (nobody in it) and 3 (not there); its id."""
    enqueue(engine, [product("A", 1, 2, 3)], SHOP)
    endings = {url(2): NOBODY, url(3): GONE}
    for claim in ledger.claim():
        if claim.url in endings:
            ledger.fail(claim, endings[claim.url])
        else:
            ledger.finish(claim, result(NAVY))
    return catalogue(engine)


def catalogue(engine: Engine, name: str = "shop") -> int:
    with engine.connect() as connection:
        return connection.scalars(select(Catalogue.id).where(Catalogue.name == name)).one()


def by_url(claims: list[Claim]) -> dict[str, Claim]:
    return {claim.url: claim for claim in claims}


def stale(shop: int, clock: Clock, **options: Any) -> Stale:
    return Stale(shop, clock.now, **options)


def still(ledger: Ledger, claim: Claim, found: Unchanged) -> JobState | None:
    (outcome,) = ledger.unchanged([(claim, found)])
    return outcome


def unchanged(seen: SourceFingerprint = SEEN) -> Unchanged:
    return Unchanged(seen, {"fetch": 1.5})
