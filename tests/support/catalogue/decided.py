"""Decisions as tests make them and read them back."""

from functools import cache
from typing import Any

from sqlalchemy import Engine, select

from producer.catalogue.reader import AnsweredProduct, ProductReader, ProductSelection
from shared.colour.naming import Naming
from shared.contracts.decisions import DecisionRecord, Ruling, Seen
from shared.database.decision_rows import Decision
from shared.database.models import Product
from shared.decisions.colour import Correction, DecidedColours
from shared.decisions.products import LockedProducts
from shared.decisions.records import decisions_of
from shared.decisions.store import DecisionStore, Reviewer

ADA, BEN = Reviewer("ada"), Reviewer("ben")


STORE = cache(lambda: DecisionStore(DecidedColours(Naming.load())))


def decide(
    engine: Engine, key: int, ruling: Ruling, saw: Seen, person: Reviewer, **said: str
) -> DecisionRecord:
    wanted = Correction(**said) if said or ruling is Ruling.CORRECTED else None
    with engine.begin() as connection:
        return STORE().decide(connection, key, ruling, saw, person, said=wanted)


def product_id(engine: Engine, sku: str) -> int:
    with engine.connect() as connection:
        found = connection.scalar(select(Product.id).where(Product.sku == sku))
    assert found is not None
    return found


def seen(engine: Engine, key: int) -> Seen:
    """What somebody sees who opens the product's page now."""
    with engine.begin() as connection:
        return LockedProducts.lock(connection, [key]).seen(key)


def correct(engine: Engine, sku: str, person: Reviewer = ADA, **said: str) -> DecisionRecord:
    key = product_id(engine, sku)
    return decide(engine, key, Ruling.CORRECTED, seen(engine, key), person, **said)


def judge(engine: Engine, sku: str, ruling: Ruling, person: Reviewer = ADA) -> DecisionRecord:
    key = product_id(engine, sku)
    return decide(engine, key, ruling, seen(engine, key), person)


def take_back(engine: Engine, sku: str, person: Reviewer = ADA) -> DecisionRecord:
    key = product_id(engine, sku)
    saw = seen(engine, key)
    with engine.begin() as connection:
        return STORE().take_back(connection, key, saw, person)


def history(engine: Engine, sku: str) -> list[tuple[Any, ...]]:
    """Return all that was said of a product: version, ruling, family, by whom, in force, by
    whom it was taken back."""
    with engine.connect() as connection:
        said = decisions_of(connection, product_id(engine, sku))
    return [
        (
            *(each.version, each.ruling.value, each.colour.family),
            *(each.decided_by, each.in_force, each.taken_back_by),
        )
        for each in reversed(said)
    ]


def answered(engine: Engine, sku: str, *, as_measured: bool = False) -> AnsweredProduct:
    """Return a product as exports, audits and the page read it."""

    def refuse(sku: str, reason: str) -> None:
        raise AssertionError(f"{sku}: {reason}")

    selection = ProductSelection(answered=None)
    reader = ProductReader(engine, selection, refuse, as_measured=as_measured)
    (found,) = reader.by_ids([product_id(engine, sku)])
    return found


def every_decision(engine: Engine) -> list[tuple[int, int]]:
    with engine.connect() as connection:
        rows = connection.execute(
            select(Decision.product_id, Decision.version).order_by(
                Decision.product_id, Decision.version
            )
        )
        return [(row.product_id, row.version) for row in rows]
