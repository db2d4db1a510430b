"""Small pictures on pages: a stored thumbnail, or one that is made from a stored cut-out."""

import io
from typing import Final

from colourway.pages.data_uri import data_uri
from shared.storage.storage import Storage

SIDE: Final = 256
"""The longer side of one that is made, in pixels."""

_QUALITY: Final = 85
_JPEG: Final = b"\xff\xd8\xff"


def thumbnail_uri(storage: Storage, key: str) -> str:
    """Return what is stored under a key as a data URI, made small if it is a cut-out.

    Where Pillow is not installed, as on a machine that works for producers alone, or cannot read
    the file, a cut-out stays as large as it is.

    Raises:
        KeyNotFound: nothing is stored there.
        StorageError: the storage fails.
    """
    content = storage.get(key)
    return data_uri(content if content.startswith(_JPEG) else _made_small(content))


def _made_small(content: bytes) -> bytes:
    try:
        from PIL import Image  # noqa: PLC0415 - not every machine that makes pages has it
    except ImportError:
        return content
    small = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content), formats=("WEBP", "PNG")) as picture:
            picture.thumbnail((SIDE, SIDE))
            picture.save(small, "WEBP", quality=_QUALITY)
    except (OSError, ValueError, SyntaxError):
        return content
    return small.getvalue()
