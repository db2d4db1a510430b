"""The decoder: does the process in which pictures are decoded start, and decode one."""

import io
from collections.abc import Iterator
from importlib.util import find_spec

from colourway.doctor.finding import HealthFinding, examine, ok, skipped, warning
from shared.settings import Settings


def examine_decoder(settings: Settings) -> Iterator[HealthFinding]:
    """Yield what became of a picture that was decoded."""
    if any(find_spec(name) is None for name in ("cv2", "PIL")):
        yield skipped("decoder", "what decodes pictures is not installed here: this is no worker")
        return
    yield from examine("decoder", "see what else is wrong here", lambda: _decoder(settings))


def _decoder(settings: Settings) -> Iterator[HealthFinding]:
    from PIL import Image  # noqa: PLC0415 - a producer lacks it

    from worker.stages.decoder.decoder import open_decoder  # noqa: PLC0415 - likewise

    file = io.BytesIO()
    Image.new("RGB", (8, 8), (20, 40, 60)).save(file, "PNG")
    decoder = open_decoder(settings)
    try:
        decoder.start()
        decoder.require()
        decoder.decode(file.getvalue())
    finally:
        decoder.close()
    if settings.decoder == "inline":
        yield warning(
            "decoder",
            "pictures are decoded inline, without limits of time and memory",
            "unset COLOURWAY_DECODER, and they are decoded in processes apart",
        )
    else:
        yield ok("decoder", "its process starts, and decodes a picture")
