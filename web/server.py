"""The page's server: the application, with limits on what clients may hold, and its metrics."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine

from shared.database.session import ask_ledger
from shared.http_server.connections import Connections
from shared.http_server.server import room_for, run_web
from shared.metrics.serving import metrics_served
from shared.settings import Settings
from web.app import create_app
from web.identity.modes import SignIn

BOUNDED: Final = ("web.refusals", "web.users.routes")
"""Loggers whose warnings strangers can cause."""


def serve_page(
    engine: Engine,
    settings: Settings,
    sign_in: SignIn,
    address: tuple[str, int],
    on_open: Callable[[str], None],
) -> None:
    """Serve the page until a stop signal; logs must be set up.

    ``address`` is host and port, 0 for any free one; ``on_open`` gets the page's URL.
    """
    app = create_app(settings, engine, sign_in)
    most = room_for(settings.web_connections, "COLOURWAY_WEB_CONNECTIONS")
    connections = Connections(most, settings.web_timeout_s)
    with metrics_served(settings, "web", {"database": lambda: ask_ledger(settings)}):
        run_web(
            app,
            *address,
            connections,
            bounded_logs=BOUNDED,
            proxy_headers=False,  # web.proxies believes those that are trusted
            on_open=on_open,
        )
