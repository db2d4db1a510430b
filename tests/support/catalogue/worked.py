"""Jobs of an enqueued feed, brought to their end."""

from producer.enqueue.enqueue import Order
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from tests.support.rows import NAVY, NOBODY, result

SHOP = Order("shop", source="feed.csv")


def work(ledger: Ledger, failing: tuple[str, ...] = (), empty: tuple[str, ...] = ()) -> int:
    """Bring every job to its end, as a worker would.

    Those of ``failing`` pictures fail, and ``empty`` ones show nobody.
    """
    ended = 0
    while claims := ledger.claim():
        for claim in claims:
            ended += 1
            if claim.url in failing:
                ledger.fail(claim, StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "gone"))
            elif claim.url in empty:
                ledger.fail(claim, NOBODY)
            else:
                assert ledger.finish(claim, result(NAVY))
    return ended
