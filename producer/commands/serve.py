"""The command ``serve``: upload events by HTTP."""

import sys
from typing import Annotated

import typer

from shared.cli.stop_signals import handle_stop_signals
from shared.errors import SettingsError
from shared.settings import get_settings


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for all interfaces.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes any free one.")
    ] = 8080,
    unprotected: Annotated[
        bool, typer.Option("--unprotected", help="Accept events without a token or a signature.")
    ] = False,
) -> None:
    """Enqueue pictures as they are uploaded: S3 events by HTTP, at POST /events/s3.

    Senders show COLOURWAY_EVENTS_TOKEN (Authorization: Bearer) or sign the time and the body with
    COLOURWAY_EVENTS_SECRET (X-Colourway-Signature); without either setting it does not start.
    /healthz, /readyz and /openapi.json are open. SIGTERM or Ctrl-C lets it finish its current
    requests. docs/events.md explains how to set up the buckets.
    """
    from producer.uploads.auth import Guard  # noqa: PLC0415 - so that showing help stays quick

    settings = get_settings()
    guard = Guard.from_settings(settings)
    if guard.is_open and not unprotected:
        raise SettingsError(
            "set COLOURWAY_EVENTS_TOKEN or COLOURWAY_EVENTS_SECRET, or give --unprotected if only "
            "trusted senders can reach the port"
        )
    from producer.dispatching.background import BackgroundDispatcher  # noqa: PLC0415 - as above
    from producer.uploads.apply import Uploads  # noqa: PLC0415
    from producer.uploads.key_templates import UploadKeys  # noqa: PLC0415
    from producer.uploads.webhook import BOUNDED, build_web  # noqa: PLC0415
    from shared.database.roles import DatabaseRole  # noqa: PLC0415
    from shared.database.session import ledger_session  # noqa: PLC0415
    from shared.http_server.connections import Connections  # noqa: PLC0415
    from shared.http_server.server import room_for, run_web  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415

    keys = UploadKeys.from_settings(settings)
    set_up_logs(settings.log_format, stream=sys.stdout)
    with ledger_session(settings, DatabaseRole.HOOK) as engine:
        dispatcher = BackgroundDispatcher(engine, settings)
        most = room_for(settings.events_connections, "COLOURWAY_EVENTS_CONNECTIONS")
        uploads = Uploads(engine, keys)
        web = build_web(engine, uploads, dispatcher, guard, settings=settings, connections=most)
        # After a clean shutdown uvicorn sends the signal once more to its own process.
        with handle_stop_signals(lambda _: None):
            connections = Connections(most, settings.events_timeout_s)
            run_web(web, host, port, connections, bounded_logs=BOUNDED)
