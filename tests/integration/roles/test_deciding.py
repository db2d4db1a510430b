"""Deciding as the page's own role, and as the one of commands."""

import pytest
from sqlalchemy import Engine

from producer.review.undo import undo_last
from shared.contracts.decisions import ItemState, Ruling
from shared.database.engine import open_engine
from shared.database.roles import DatabaseRole
from shared.decisions.store import Reviewer
from tests.support.catalogue.decided import STORE, answered, correct, history, judge, take_back
from tests.support.catalogue.queued import add_many, add_queue
from tests.support.catalogue.shell import shell
from tests.support.database_roles import RoleDatabase, roled, unroled

__all__ = ["roled", "shell", "unroled"]  # fixtures


@pytest.mark.parametrize("role", [DatabaseRole.WEB, DatabaseRole.PRODUCER])
def test_a_role_that_reviews_may_do_all_of_it(role: DatabaseRole, roled: RoleDatabase) -> None:
    admin: Engine = open_engine(roled.admin)
    ids = add_many(admin, None, 3)
    admin.dispose()
    engine = open_engine(roled.url(role))
    queue = add_queue(engine, ids)
    correct(engine, "P01", Reviewer("ada", queue), family="black")
    judge(engine, "P01", Ruling.SKIPPED, Reviewer("ben", queue))
    judge(engine, "P02", Ruling.ACCEPTED, Reviewer("ada", queue))
    take_back(engine, "P01")
    with engine.begin() as connection:
        (undone,) = undo_last(connection, STORE(), Reviewer("ada", queue)).records
    assert undone.product_id == ids[1]
    assert answered(engine, "P01").colour_family == "black"
    assert [each[1] for each in history(engine, "P01")] == ["corrected", "skipped", "taken_back"]
    assert ItemState.after(undone.ruling) is ItemState.ACCEPTED
    engine.dispose()
