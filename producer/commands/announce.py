"""Ringing at the end of a command, and telling of it: the same for all that add or reopen jobs."""

from typing import Any

import typer
from sqlalchemy import Engine

from producer.dispatching.dispatch import Dispatched, try_dispatch
from shared.settings import Settings


def dispatch_now(engine: Engine, settings: Settings) -> Dispatched | None:
    """Ring for what is due; None in embedded mode, where no broker was named and nobody hears."""
    if engine.dialect.name == "sqlite" and "broker_url" not in settings.model_fields_set:
        return None
    return try_dispatch(engine, settings)


def dispatched_as_json(dispatched: Dispatched | None) -> dict[str, Any]:
    """Return plain JSON values."""
    jobs = dispatched.jobs if dispatched else 0
    return {
        "dispatched": jobs,
        "rung": jobs,  # its name until 0.2
        "broker_failure": dispatched.failure if dispatched else None,
    }


def announce_dispatched(dispatched: Dispatched | None) -> None:
    """Say for how many jobs a doorbell rang, or what to do where none could."""
    if dispatched is None:
        typer.echo("`colourway run FEED` with the same catalogue works on them")
    elif dispatched.failure is None:
        typer.echo(f"dispatched {dispatched.jobs:,} jobs")
    else:
        typer.echo(
            f"the broker cannot be reached ({dispatched.failure}; check CELERY_BROKER_URL): "
            "everything is in the ledger, and beat or `colourway dispatch` dispatches it later",
            err=True,
        )
