"""The API's decisions: what people said, what somebody says now, and taking it back."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, BackgroundTasks, HTTPException, Path, Query
from sqlalchemy import ColumnElement, literal, select, tuple_

from producer.catalogue.tokens import from_token, to_token
from shared.contracts.decisions import NOBODY, DecisionRecord, Ruling, Seen
from shared.database.decision_rows import Decision
from shared.database.models import Product
from shared.decisions.colour import Correction, DecidedColours, UnknownWord
from shared.decisions.conflict import DecisionConflict, NothingToDecide
from shared.decisions.records import decisions_of, read_record
from shared.decisions.store import DecisionStore, Reviewer
from web.api.decision_models import DecisionAnswer, DecisionGiven, DecisionsAnswer, SaidAnswer
from web.api.models import ApiErrorAnswer
from web.catalogue.services import Services
from web.database import Db
from web.trail import record
from web.viewer import Looking, Reviewing

router: Final = APIRouter(
    prefix="/decisions",
    tags=["decisions"],
    responses={404: {"model": ApiErrorAnswer, "description": "There is no such product."}},
)

ProductId = Annotated[int, Path(ge=1, le=2**62)]
_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    409: {"model": ApiErrorAnswer, "description": "It is not what was seen."}
}


@router.get("")
def list_decisions(
    viewer: Looking,
    session: Db,
    at: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> DecisionsAnswer:
    """Return decisions of all products, the latest first."""
    query = select(Decision.__table__).order_by(
        Decision.decided_at.desc(), Decision.product_id.desc(), Decision.version.desc()
    )
    if at:
        query = query.where(_before(at))
    rows = session.execute(query.limit(limit + 1)).mappings().all()
    records = [read_record(row) for row in rows[:limit]]
    return DecisionsAnswer(
        decisions=[DecisionAnswer.of(each) for each in records],
        next=_place_of(records[-1]) if len(rows) > limit else None,
    )


@router.get("/{product_id}")
def read_decisions(viewer: Looking, product_id: ProductId, session: Db) -> SaidAnswer:
    """Return all that was said of a product, and what a decision on it must have seen."""
    return _said(session, product_id)


@router.put("/{product_id}", responses=_REFUSED)
def decide(
    viewer: Reviewing,
    product_id: ProductId,
    given: DecisionGiven,
    *,
    session: Db,
    services: Services,
    after: BackgroundTasks,
) -> SaidAnswer:
    """Decide on a product as it was seen."""
    ruling, words = Ruling(given.ruling), given.words()
    if bool(words) is (ruling is not Ruling.CORRECTED):
        raise HTTPException(400, "a correction, and nothing else, has words")
    store = DecisionStore(DecidedColours(services.naming))
    said = Correction(**words) if words else None
    try:
        done = store.decide(
            session.connection(),
            product_id,
            ruling,
            Seen.parse(given.seen),
            Reviewer(viewer.name),
            said=said,
        )
    except DecisionConflict as error:
        raise HTTPException(409, str(error)) from error
    except (NothingToDecide, UnknownWord, ValueError) as error:
        raise HTTPException(_status(error), str(error)) from error
    record(session, viewer, "decide on product", str(product_id), after=done.to_json())
    after.add_task(services.indexer.hurry)
    return _said(session, product_id)


@router.delete("/{product_id}", responses=_REFUSED)
def take_back(
    viewer: Reviewing,
    product_id: ProductId,
    seen: Annotated[str, Query(max_length=80, pattern=r"^[0-9]{1,9}@[^\x00]*$")],
    *,
    session: Db,
    services: Services,
    after: BackgroundTasks,
) -> SaidAnswer:
    """Take the newest decision on a product back; the one before it holds again."""
    store = DecisionStore(DecidedColours(services.naming))
    try:
        connection = session.connection()
        gone = store.take_back(connection, product_id, Seen.parse(seen), Reviewer(viewer.name))
    except DecisionConflict as error:
        raise HTTPException(409, str(error)) from error
    except (NothingToDecide, ValueError) as error:
        raise HTTPException(_status(error), str(error)) from error
    record(session, viewer, "take decision back", str(product_id), before=gone.to_json())
    after.add_task(services.indexer.hurry)
    return _said(session, product_id)


def _status(error: Exception) -> int:
    return 404 if isinstance(error, NothingToDecide) else 400


def _said(session: Db, product_id: int) -> SaidAnswer:
    query = select(Product.enriched_at).where(Product.id == product_id)
    if (product := session.execute(query).first()) is None:
        raise HTTPException(404, f"there is no product {product_id}")
    records = decisions_of(session.connection(), product_id)
    version = records[0].version if records else NOBODY
    return SaidAnswer(
        product_id=product_id,
        seen=str(Seen.of(version, product.enriched_at)),
        decisions=[DecisionAnswer.of(each) for each in records],
    )


def _place_of(last: DecisionRecord) -> str:
    return to_token([last.decided_at.isoformat(), last.product_id, last.version])


def _before(at: str) -> ColumnElement[bool]:
    try:
        moment, product_id, version = from_token(at)
        when = datetime.fromisoformat(moment)
        numbers = [literal(int(number)) for number in (product_id, version)]
        if when.tzinfo is None or abs(product_id) > 2**62 or abs(version) > 2**31:
            raise ValueError(at)
    except (ValueError, TypeError, OverflowError) as error:
        raise HTTPException(400, "this is no place in the list; leave it out") from error
    place = tuple_(Decision.decided_at, Decision.product_id, Decision.version)
    return place < tuple_(literal(when, Decision.decided_at.type), *numbers)
