"""The command ``web``: the page, for those who look, review and operate."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from shared.settings import get_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from shared.settings import Settings


def web(
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for all interfaces.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any free one.")
    ] = 8090,
    demo: Annotated[
        bool, typer.Option("--demo", help="Show the shop of `colourway demo`, drawn if need be.")
    ] = False,
) -> None:
    """Open the page: products, review, and what is under way.

    After `colourway run` it needs nothing else: on this machine alone nobody signs in. On another
    address, or with PostgreSQL, people sign in as `colourway web-user` says, or by a reverse proxy
    (COLOURWAY_WEB_SIGN_IN). /healthz and /readyz are open. SIGTERM or Ctrl-C ends it. docs/web.md
    explains the rest.
    """
    # Here, so that showing help stays quick.
    from shared.cli.stop_signals import handle_stop_signals  # noqa: PLC0415
    from shared.database.roles import DatabaseRole  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415
    from web.identity.modes import choose_sign_in  # noqa: PLC0415
    from web.server import serve_page  # noqa: PLC0415

    settings = _demo_settings() if demo else get_settings()
    sign_in = choose_sign_in(settings, host)
    set_up_logs(settings.log_format, stream=sys.stdout)
    with ledger_session(settings, DatabaseRole.WEB) as engine:
        _require_somebody(engine, settings, sign_in)
        # After a clean shutdown uvicorn sends the signal once more to its own process.
        with handle_stop_signals(lambda _: None):
            serve_page(engine, settings, sign_in, (host, port), _say_where)


def _say_where(url: str) -> None:
    typer.echo(f"the page is open at {url}", err=True)


def _require_somebody(engine: "Engine", settings: "Settings", sign_in: object) -> None:
    """Say what to do where people sign in as users and there is none."""
    from sqlalchemy import select  # noqa: PLC0415
    from sqlalchemy.orm import Session  # noqa: PLC0415

    from shared.database.web_tables import WebUser  # noqa: PLC0415
    from web.identity.modes import SignIn  # noqa: PLC0415

    with Session(engine) as session:
        nobody = session.scalar(select(WebUser.id).limit(1)) is None
    if sign_in is SignIn.USERS and nobody:
        typer.echo("nobody may sign in yet: `colourway web-user add NAME --role operate`", err=True)


def _demo_settings() -> "Settings":
    """Return the settings of the demo's shop, which is drawn first where there is none."""
    from pathlib import Path  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    from colourway.demo.demo import Demo  # noqa: PLC0415
    from colourway.run_progress import RunProgress  # noqa: PLC0415
    from shared.database.engine import upgrade  # noqa: PLC0415

    home = get_settings().home / "demo"
    shop = Demo(home, home / "report.html")
    if not Path(home / "colourway.db").exists():
        shop.run(RunProgress(Console(stderr=True), quiet=False))
    settings = shop.settings()
    upgrade(settings.database_url)  # the demo may be of an earlier version
    return settings
