"""The command ``serve``: upload events by HTTP."""

import signal
import sys
from typing import Annotated, Final

import typer

from shared.errors import SettingsError
from shared.settings import get_settings

LAST_WORDS_S: Final = 20
"""How long a sender that is in the middle of a message is waited for at the end."""


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="The address to listen at; 0.0.0.0 for every one.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8080,
    unprotected: Annotated[
        bool, typer.Option("--unprotected", help="Let everybody in who reaches this port.")
    ] = False,
) -> None:
    """Have pictures done as they are uploaded: events of S3 by HTTP, at POST /events/s3.

    Senders show COLOURWAY_EVENTS_TOKEN (Authorization: Bearer) or sign the body with
    COLOURWAY_EVENTS_SECRET (X-Colourway-Signature); without either setting it does not start.
    /healthz and /readyz are open. SIGTERM or Ctrl-C lets it finish what is in hand. docs/events.md
    says how to set the buckets up.
    """
    from producer.uploads.auth import Guard  # noqa: PLC0415 - so that showing help stays quick

    settings = get_settings()
    guard = Guard(settings.events_token, settings.events_secret)
    if guard.is_open and not unprotected:
        raise SettingsError(
            "set COLOURWAY_EVENTS_TOKEN or COLOURWAY_EVENTS_SECRET, or say --unprotected where "
            "nobody else reaches the port"
        )
    import uvicorn  # noqa: PLC0415 - as above

    from producer.dispatching.background import BackgroundDispatcher  # noqa: PLC0415
    from producer.uploads.apply import Uploads  # noqa: PLC0415
    from producer.uploads.key_templates import UploadKeys  # noqa: PLC0415
    from producer.uploads.webhook import build_web  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415

    keys = UploadKeys.from_settings(settings)
    set_up_logs(settings.log_format, stream=sys.stdout)
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        dispatcher = BackgroundDispatcher(engine, settings)
        web = build_web(engine, Uploads(engine, keys), dispatcher, guard, settings.max_event_bytes)
        # Once it has ended cleanly, uvicorn sends itself the signal again that it was given.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: None)
        # Its access log would only say again what is said of every event.
        uvicorn.run(
            web,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=LAST_WORDS_S,
        )
    finally:
        engine.dispose()
