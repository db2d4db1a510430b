"""Dispatching at the end of a command that added or reopened jobs, and the words about it."""

from typing import Any

import typer
from sqlalchemy import Engine

from producer.dispatching.dispatch import Dispatched, try_dispatch
from shared.settings import Settings


def dispatch_now(engine: Engine, settings: Settings) -> Dispatched | None:
    """Dispatch the jobs that are due; None in embedded mode."""
    return None if settings.embedded else try_dispatch(engine, settings)


def dispatched_as_json(dispatched: Dispatched | None) -> dict[str, Any]:
    """Return plain JSON values."""
    jobs = dispatched.jobs if dispatched else 0
    return {
        "dispatched": jobs,
        "rung": jobs,  # its name until 0.2
        "broker_failure": dispatched.failure if dispatched else None,
    }


def announce_dispatched(dispatched: Dispatched | None) -> None:
    """Say how many jobs were dispatched, or what to do where none could be."""
    if dispatched is None:
        typer.echo("next: `colourway run FEED` with the same catalogue processes them")
    elif dispatched.failure is None:
        typer.echo(
            f"dispatched {dispatched.jobs:,} jobs to the workers; "
            "`colourway status --watch` shows how far they are"
        )
    else:
        typer.echo(
            f"the broker cannot be reached ({dispatched.failure}; check CELERY_BROKER_URL): "
            "the jobs are in the ledger, and beat or `colourway dispatch` dispatches them later",
            err=True,
        )
