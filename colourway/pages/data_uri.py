"""Data URIs: pictures that are part of a page."""

import base64
from typing import Final

_KINDS: Final = {b"\xff\xd8\xff": "jpeg", b"\x89PNG": "png"}
"""How the files of a kind begin; anything else is taken for WebP."""


def data_uri(content: bytes) -> str:
    """Return a JPEG, PNG or WebP file as a data URI."""
    kind = next((name for magic, name in _KINDS.items() if content.startswith(magic)), "webp")
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
