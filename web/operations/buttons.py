"""What operators do: each button calls the functions of a command, under the same guards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field
from sqlalchemy import select

from producer.catalogue.lookups import catalogue_id, require_batch
from producer.commands.announce import dispatch_now
from producer.reprocess.retry import retry
from producer.staged import promotion
from producer.staged.batch import staged_batch
from producer.staged.chosen import ChosenProducts
from producer.staged.diff import DiffSelection, diff
from shared.contracts.jobs import LARGEST_ID, JobState
from shared.contracts.stages import Code
from shared.database.models import Product
from shared.ledger.reopening import ENDED_WELL, Failures
from shared.settings import Settings
from web.database import Db, Ledger
from web.operations.command_lines import promote_line, release_line, retry_line, rollback_line
from web.operations.named import named_things
from web.undertakings import Facts, Work
from web.viewer import Operating

router: Final = APIRouter()

MOST_CHOSEN: Final = 1000
BatchPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
ProductId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """Who pressed a button, and what it may use: the request's transaction, and the engine."""

    request: Request
    session: Db
    engine: Ledger
    who: Operating

    @property
    def settings(self) -> Settings:
        """All that can be set."""
        return self.request.app.state.settings

    def begin(self, work: Work, what: str, batch_id: int, command: str) -> Response:
        """Begin something with a staged batch, and lead to its page."""
        self._begin(work, what, f"batch {batch_id}", command)
        return RedirectResponse(f"/operations/staged/{batch_id}", 303)

    def reopen(self, wanted: Failures, what: str, command: str, *, as_suspects: bool) -> Response:
        """Begin to reopen and dispatch failed jobs, and lead to the overview."""

        def work(see: Callable[[int], None]) -> Facts:
            most = self.settings.max_attempts
            by_code = retry(self.engine, wanted, most, as_suspects=as_suspects, on_progress=see)
            jobs = sum(by_code.values())
            sent = dispatch_now(self.engine, self.settings) if jobs else None
            told: dict[str, int | str | None] = {"reopened": jobs, **by_code}
            if sent is not None:
                failed = {"broker": sent.failure}
                told |= {"dispatched": sent.jobs} if sent.failure is None else failed
            return told

        self._begin(work, what, command, command)
        return RedirectResponse("/operations", 303)

    def _begin(self, work: Work, what: str, target: str, command: str) -> None:
        self.request.app.state.undertakings.begin(
            self.session, self.engine, self.who, work, what=what, target=target, command=command
        )


Pressed = Annotated[ButtonPress, Depends(ButtonPress)]


@router.post("/retry")
def try_again(
    pressed: Pressed,
    code: Annotated[Code | None, Form()] = None,
    batch: Annotated[int | None, Form(ge=1, le=LARGEST_ID)] = None,
    catalogue: Annotated[str | None, Form()] = None,
) -> Response:
    """Try failed pictures again: ``colourway retry``."""
    if code is None and batch is None and catalogue is None:
        raise HTTPException(422, "choose the jobs by code, batch or catalogue")
    if code in ENDED_WELL:
        raise HTTPException(422, f"no picture fails with {code}")
    with named_things():
        require_batch(pressed.engine, batch)
        wanted = Failures(
            codes=() if code is None else (code,),
            batch_id=batch,
            catalogue_id=catalogue_id(pressed.engine, catalogue),
        )
    command = retry_line(code, batch, catalogue)
    return pressed.reopen(wanted, "retry jobs", command, as_suspects=False)


@router.post("/release")
def release(
    pressed: Pressed,
    job: Annotated[list[int] | None, Form(max_length=MOST_CHOSEN)] = None,
    code: Annotated[Code | None, Form()] = None,
    everything: Annotated[bool, Form()] = False,
) -> Response:
    """Release jobs from quarantine: ``colourway quarantine release``."""
    ids = tuple(dict.fromkeys(job or ()))
    if not (ids or code or everything):
        raise HTTPException(422, "choose the jobs that are to be released")
    if any(not 1 <= each <= LARGEST_ID for each in ids):
        raise HTTPException(422, "a job's number is a whole number from 1")
    if everything:
        ids, code = (), None
    wanted = Failures((JobState.QUARANTINED,), () if code is None else (code,), job_ids=ids)
    command = release_line(ids, code)
    return pressed.reopen(wanted, "release jobs", command, as_suspects=True)


@router.post("/staged/{batch_id}/promote")
def promote(
    pressed: Pressed,
    batch_id: BatchPath,
    force: Annotated[bool, Form()] = False,
    partly: Annotated[bool, Form()] = False,
    leave_out: Annotated[list[ProductId] | None, Form(max_length=MOST_CHOSEN)] = None,
) -> Response:
    """Promote a staged batch, or all of it but some: ``colourway promote``, with its guards."""
    engine, settings = pressed.engine, pressed.settings
    with named_things():
        batch = staged_batch(engine, batch_id)

    chosen = ChosenProducts(frozenset(leave_out or ()))

    def work(see: Callable[[int], None]) -> Facts:
        # Compared anew: what somebody looked at may be old by now.
        found = diff(engine, settings, batch, DiffSelection(chosen=chosen), lambda _: see(0))
        most = settings.max_changed_percent
        promotion.require_promotable(found, most, force=force, partly=partly)
        moved = promotion.promote(engine, batch, lambda moved: see(moved.seen), chosen=chosen)
        return _counts(moved, "promoted")

    skus = pressed.session.scalars(
        select(Product.sku).where(Product.id.in_(chosen.ids)).order_by(Product.id)
    )
    command = promote_line(batch_id, force=force, partly=partly, left_out=tuple(skus))
    return pressed.begin(work, "promote batch", batch_id, command)


@router.post("/staged/{batch_id}/rollback")
def roll_back(pressed: Pressed, batch_id: BatchPath) -> Response:
    """Roll a promotion back: ``colourway rollback``."""
    engine = pressed.engine
    with named_things():
        batch = staged_batch(engine, batch_id)

    def work(see: Callable[[int], None]) -> Facts:
        return _counts(promotion.rollback(engine, batch, lambda moved: see(moved.seen)), "restored")

    return pressed.begin(work, "roll back batch", batch_id, rollback_line(batch_id))


def _counts(moved: promotion.Moved, done: str) -> Facts:
    return {
        f"pictures {done}": moved.pictures,
        "products": moved.products,
        "skipped": moved.overtaken,
    }
