"""The command ``listen``: upload events from an SQS queue."""

import json
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from shared.errors import SettingsError
from shared.settings import get_settings

if TYPE_CHECKING:
    from producer.uploads.listener import Heard, Listener


def listen(
    *,
    queue_url: Annotated[
        str | None, typer.Option(help="The queue. [default: COLOURWAY_UPLOAD_QUEUE_URL]")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End when the queue is empty, instead of waiting.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="End after so many messages.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object at the end and nothing else.")
    ] = False,
) -> None:
    """Have pictures done as they are uploaded: events of S3 from an SQS queue.

    Long-polls the queue; a message is deleted only when all of it is in the ledger. One that makes
    no sense is left for the queue's redrive policy. Start as many listeners as you like. SIGTERM or
    Ctrl-C lets one finish the message in hand. docs/events.md says how to set the buckets up.
    """
    # Here, so that showing help stays quick.
    from producer.dispatching.background import BackgroundDispatcher  # noqa: PLC0415
    from producer.uploads.apply import Uploads  # noqa: PLC0415
    from producer.uploads.key_templates import UploadKeys  # noqa: PLC0415
    from producer.uploads.listener import Listener  # noqa: PLC0415
    from producer.uploads.sqs import UploadQueue  # noqa: PLC0415
    from shared.database.engine import open_engine, require_current_schema  # noqa: PLC0415
    from shared.logs import set_up_logs  # noqa: PLC0415

    settings = get_settings()
    url = queue_url or settings.upload_queue_url
    if not url:
        raise SettingsError("name the queue with --queue-url or COLOURWAY_UPLOAD_QUEUE_URL")
    keys = UploadKeys.from_settings(settings)
    # Standard output is for the answer, where one is given.
    set_up_logs(settings.log_format, stream=sys.stderr if once or limit or as_json else sys.stdout)
    engine = open_engine(settings.database_url)
    try:
        require_current_schema(engine)
        with BackgroundDispatcher(engine, settings) as dispatcher:
            listener = Listener(UploadQueue(url), Uploads(engine, keys), dispatcher)
            with _stopped_by_signals(listener):
                heard = listener.run(once=once, limit=limit)
    finally:
        engine.dispose()
    typer.echo(json.dumps(heard.as_json(), indent=2) if as_json else _told(heard))


@contextmanager
def _stopped_by_signals(listener: "Listener") -> Generator[None]:
    def stop(_number: int, _frame: object) -> None:
        listener.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(heard: "Heard") -> str:
    effects = ", ".join(f"{count:,} {effect.value}" for effect, count in heard.effects.items())
    return (
        f"messages: {heard.messages:,} ({heard.deleted:,} deleted, {heard.left:,} left to the "
        f"queue)\nevents: {effects or 'none'}\njobs added: {heard.jobs:,}"
    )
