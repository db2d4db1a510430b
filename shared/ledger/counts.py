"""Stored counts: how many jobs stand in which state, and how many products have their answer.

Triggers keep them, in the transaction of the change itself, whoever makes it. On PostgreSQL they
only add rows, of which a count is the sum, so that writers never wait for each other; :func:`fold`
puts many rows into few. SQLite lets one transaction write at a time, and keeps a row for each.
"""

from typing import Any, Final

from sqlalchemy import Engine, Select, distinct, func, select, text, tuple_

from shared.database.models import JobCount, ProductCount

FOLD_AT: Final = 1000
"""How many rows must go before folding is worth what it writes."""

OUR_LOCK: Final = 7_235_421_386_120
"""Key of the PostgreSQL lock under which rows are folded; any number of our own serves."""

_JOBS_KEY: Final = (JobCount.batch_id, JobCount.state, JobCount.code)

_FOLD: Final = (
    (
        select(func.count(), func.count(distinct(tuple_(*_JOBS_KEY)))),
        text(
            "WITH gone AS (DELETE FROM job_counts RETURNING batch_id, state, code, jobs) "
            "INSERT INTO job_counts (batch_id, state, code, jobs) "
            "SELECT batch_id, state, code, sum(jobs) FROM gone "
            "GROUP BY batch_id, state, code HAVING sum(jobs) <> 0"
        ),
    ),
    (
        select(func.count(), func.count(distinct(ProductCount.catalogue_id))),
        text(
            "WITH gone AS (DELETE FROM product_counts RETURNING catalogue_id, products, enriched) "
            "INSERT INTO product_counts (catalogue_id, products, enriched) "
            "SELECT catalogue_id, sum(products), sum(enriched) FROM gone "
            "GROUP BY catalogue_id HAVING sum(products) <> 0"
        ),
    ),
)


def count_jobs() -> Select[*tuple[Any, ...]]:
    """Return the query for batch, state, code and how many jobs there are of each."""
    jobs = func.sum(JobCount.jobs)
    return select(*_JOBS_KEY, jobs).group_by(*_JOBS_KEY).having(jobs != 0)


def count_products() -> Select[*tuple[Any, ...]]:
    """Return the query for catalogue_id, products, and how many of them are enriched."""
    products, enriched = func.sum(ProductCount.products), func.sum(ProductCount.enriched)
    key = ProductCount.catalogue_id
    return select(key, products.label("products"), enriched.label("enriched")).group_by(key)


def fold(engine: Engine) -> None:
    """Put the rows of each count into one, where there are many to save.

    It blocks no writer and changes no sum; of two processes at once, one folds.
    """
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        if not connection.scalar(select(func.pg_try_advisory_xact_lock(OUR_LOCK))):
            return
        for size, folding in _FOLD:
            rows, counts = connection.execute(size).one()
            if rows - counts >= FOLD_AT:
                connection.execute(folding)
