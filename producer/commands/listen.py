"""The command ``listen``: upload events from an SQS queue."""

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from shared.cli.json_output import print_json
from shared.cli.options import JsonFlag
from shared.cli.stop_signals import handle_stop_signals
from shared.errors import SettingsError
from shared.settings import get_settings

if TYPE_CHECKING:
    from producer.uploads.listener import Heard


def listen(
    *,
    queue_url: Annotated[
        str | None,
        typer.Option(help="URL of the SQS queue.", show_default="COLOURWAY_UPLOAD_QUEUE_URL"),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Stop when the queue is empty, instead of waiting.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after N messages.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Enqueue pictures as they are uploaded: S3 events from an SQS queue.

    Long-polls the queue. A message is deleted only when all of its events are in the ledger; one
    that cannot be understood is left for the queue's redrive policy. Start as many listeners as you
    like. SIGTERM or Ctrl-C lets one finish its current message. docs/events.md explains how to set
    up the buckets.
    """
    # Here, so that showing help stays quick.
    from producer.dispatching.background import BackgroundDispatcher  # noqa: PLC0415
    from producer.uploads.apply import Uploads  # noqa: PLC0415
    from producer.uploads.key_templates import UploadKeys  # noqa: PLC0415
    from producer.uploads.listener import Listener  # noqa: PLC0415
    from producer.uploads.sqs import UploadQueue  # noqa: PLC0415
    from shared.database.roles import DatabaseRole  # noqa: PLC0415
    from shared.database.session import ask_ledger, ledger_session  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415
    from shared.metrics.serving import metrics_served  # noqa: PLC0415

    settings = get_settings()
    url = queue_url or settings.upload_queue_url
    if not url:
        raise SettingsError("name the queue with --queue-url or COLOURWAY_UPLOAD_QUEUE_URL")
    keys = UploadKeys.from_settings(settings)
    # Where a result is printed at the end, logs must not be mixed into it.
    set_up_logs(settings.log_format, stream=sys.stderr if once or limit or as_json else sys.stdout)
    with (
        metrics_served(settings, "listen", {"database": partial(ask_ledger, settings)}),
        ledger_session(settings, DatabaseRole.HOOK) as engine,
        BackgroundDispatcher(engine, settings) as dispatcher,
    ):
        listener = Listener(UploadQueue(url), Uploads(engine, keys), dispatcher)
        with handle_stop_signals(lambda _: listener.stop()):
            heard = listener.run(once=once, limit=limit)
    if as_json:
        print_json(heard.as_json())
    else:
        _print(heard)


def _print(heard: "Heard") -> None:
    effects = ", ".join(f"{count:,} {effect.value}" for effect, count in heard.effects.items())
    typer.echo(
        f"messages: {heard.messages:,} ({heard.deleted:,} deleted, {heard.left:,} left in the "
        f"queue)\nevents: {effects or 'none'}\njobs added: {heard.jobs:,}"
    )
