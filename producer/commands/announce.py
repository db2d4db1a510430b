"""Ringing at the end of a command, and telling of it: the same for all that add or reopen jobs."""

from typing import Any

import typer
from sqlalchemy import Engine

from producer.dispatching.dispatch import Rung, ring_for_due
from shared.settings import Settings


def ring(engine: Engine, settings: Settings) -> Rung | None:
    """Ring for what is due; None in embedded mode, where no broker was named and nobody hears."""
    if engine.dialect.name == "sqlite" and "broker_url" not in settings.model_fields_set:
        return None
    return ring_for_due(engine, settings)


def rung_as_json(rung: Rung | None) -> dict[str, Any]:
    """Return plain JSON values."""
    return {
        "rung": rung.jobs if rung else 0,
        "broker_failure": rung.failure if rung else None,
    }


def tell_rung(rung: Rung | None) -> None:
    """Say for how many jobs a doorbell rang, or what to do where none could."""
    if rung is None:
        typer.echo("`colourway run FEED` with the same catalogue works on them")
    elif rung.failure is None:
        typer.echo(f"jobs rung for: {rung.jobs:,}")
    else:
        typer.echo(
            f"the broker cannot be reached ({rung.failure}; check CELERY_BROKER_URL): everything "
            "is in the ledger, and beat or `colourway dispatch` rings later",
            err=True,
        )
