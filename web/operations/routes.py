"""What operators see: batches, who works, what failed, staged backfills and uploads."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from producer.catalogue.lookups import catalogue_id, require_batch
from producer.reprocess.retry import failures
from producer.staged.batch import staged_batch
from producer.staged.report import WORDS, moves, state_of
from shared.contracts.jobs import LARGEST_ID, JobState, Staging
from shared.contracts.stages import Code
from shared.ledger.reopening import Failures
from web.database import Db, Ledger
from web.operations import at_work
from web.operations.buttons import router as buttons
from web.operations.command_lines import retry_line
from web.operations.comparisons import staged_batches
from web.operations.named import named_things
from web.render import render
from web.viewer import Operating

MOST_FAILURES: Final = 50
MOST_QUARANTINED: Final = 100
MOST_MOVES: Final = 24

router: Final = APIRouter(prefix="/operations")
router.include_router(buttons)

BatchId = Annotated[int, Query(ge=1, le=LARGEST_ID)]
BatchPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("")
def overview(request: Request, session: Db, engine: Ledger, _who: Operating) -> Response:
    """Show batches, workers and what is under way."""
    return render(request, "operations/overview.html", **_now(request, session, engine))


@router.get("/now")
def now(request: Request, session: Db, engine: Ledger, _who: Operating) -> Response:
    """Show the part of the overview that changes by itself."""
    return render(request, "operations/now.html", **_now(request, session, engine))


@router.get("/under-way")
def under_way(request: Request, _who: Operating) -> Response:
    """Show what buttons began."""
    return render(request, "operations/under_way.html", **_undertakings(request))


@router.get("/batches/{batch_id}")
def batch(request: Request, engine: Ledger, batch_id: BatchPath, _who: Operating) -> Response:
    """Show one batch: its states, and what failed in it."""
    with named_things():
        require_batch(engine, batch_id)
    looks, settings = request.app.state.looks, request.app.state.settings
    found = looks.batch(engine, settings, batch_id)
    return render(request, "operations/batch.html", batch=found, batch_id=batch_id)


@router.get("/failures")
def failed(
    request: Request,
    engine: Ledger,
    _who: Operating,
    code: Code | None = None,
    batch: BatchId | None = None,
    catalogue: str | None = None,
) -> Response:
    """Show pictures that failed, as examples of a code, of a batch, or of both."""
    with named_things():
        require_batch(engine, batch)
        wanted = Failures(
            codes=() if code is None else (code,),
            batch_id=batch,
            catalogue_id=catalogue_id(engine, catalogue),
        )
    found = [each for page in failures(engine, wanted, MOST_FAILURES + 1) for each in page]
    return render(
        request,
        "operations/failures.html",
        failures=found[:MOST_FAILURES],
        more=len(found) > MOST_FAILURES,
        code=code,
        batch=batch,
        catalogue=catalogue,
        command_line=retry_line(code, batch, catalogue) if code or batch or catalogue else None,
    )


@router.get("/quarantine")
def quarantine(request: Request, engine: Ledger, _who: Operating) -> Response:
    """Show the jobs in quarantine, the oldest first."""
    wanted = Failures((JobState.QUARANTINED,))
    found = [each for page in failures(engine, wanted, MOST_QUARANTINED + 1) for each in page]
    return render(
        request,
        "operations/quarantine.html",
        failures=found[:MOST_QUARANTINED],
        more=len(found) > MOST_QUARANTINED,
    )


@router.get("/staged")
def staged(request: Request, session: Db, _who: Operating) -> Response:
    """Show staged backfills."""
    return render(request, "operations/staged.html", batches=staged_batches(session))


@router.get("/staged/{batch_id}")
def staged_one(request: Request, engine: Ledger, batch_id: BatchPath, _who: Operating) -> Response:
    """Show what promoting a staged batch changes, or has changed."""
    with named_things():
        found = staged_batch(engine, batch_id)
    settings = request.app.state.settings
    comparison = request.app.state.comparisons.of(engine, settings, found)
    values: dict[str, Any] = {"batch": found, **_undertakings(request)}
    if (made := comparison.found()) is None:
        return render(request, "operations/comparing.html", seen=comparison.seen, **values)
    shown = moves(made)
    return render(
        request,
        "operations/diff.html",
        found=made,
        state=state_of(made),
        words=WORDS,
        moves=shown[:MOST_MOVES],
        hidden=max(len(shown) - MOST_MOVES, 0),
        examples=made.numbered_examples,
        most_percent=settings.max_changed_percent,
        can_promote=found.staging in (Staging.STAGED, Staging.PROMOTING, Staging.ROLLED_BACK)
        or made.promoted < made.pictures,
        can_roll_back=found.staging is not Staging.STAGED and made.promoted > 0,
        **values,
    )


@router.get("/uploads")
def uploads(request: Request, session: Db, _who: Operating) -> Response:
    """Show the uploads that were heard last."""
    return render(request, "operations/uploads.html", uploads=at_work.heard_uploads(session))


def _now(request: Request, session: Db, engine: Ledger) -> dict[str, Any]:
    settings = request.app.state.settings
    return {
        "overview": request.app.state.looks.overview(engine, settings),
        "leases": at_work.running_leases(session),
        "hosts": at_work.waiting_hosts(session),
        "embedded": settings.embedded,
        "metrics_port": settings.metrics_port,
        "metrics_host": settings.metrics_host,
        **_undertakings(request),
    }


def _undertakings(request: Request) -> dict[str, Any]:
    found = request.app.state.undertakings.all()
    return {"undertakings": found, "goes_on": any(each.ended_at is None for each in found)}
