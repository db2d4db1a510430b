"""No decision is lost: a small crowd decides while results are recorded and promoted.

``python -m bench.web.decisions`` tries the same with ten thousand decisions and processes.
"""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from bench.web.decisions import prepare, run_crowd


def test_no_decision_is_lost_or_overwritten(engine: Engine, database_url: str) -> None:
    shop = prepare(engine, 24)
    with ThreadPoolExecutor(8) as executor:
        done = run_crowd(database_url, shop, 160, 8, executor)
    assert (done.lost, done.overwritten, done.unread) == (0, 0, 0)
    assert done.confirmed == 160
    assert done.results > 0
    assert done.promotions > 0
