"""Links to stored pictures: signed, and good for an hour or two.

A page or an answer of the API hands them out to those who may see a product; whoever has one needs
no session for it, so that a page of pictures asks the database nothing. All links of an hour end
together, and so a browser keeps the pictures it has.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote

from shared.contracts.results import Heads

LASTS_S: Final = 3600
"""A link is good for so long at least, and for twice as long at most."""

PATH: Final = "/pictures/"
_CLOTH_ALONE: Final = (".webp", ".png")
"""The files of cut-outs; crops and thumbnails, which show people, are JPEG."""


@dataclass(frozen=True)
class PictureLinks:
    """Signs keys of stored pictures, and checks links; ``heads`` is what may be seen of people."""

    secret: bytes
    heads: Heads = "keep"
    clock: Callable[[], float] = time.time

    @classmethod
    def of(cls, secret: str | None, heads: Heads) -> Self:
        """Return links by a secret; without one, by a new one that this process alone knows."""
        return cls(secret.encode() if secret else secrets.token_bytes(32), heads)

    def may_be_shown(self, key: str | None) -> bool:
        """Whether a picture has its head hidden where that is set, or shows cloth alone.

        Pictures that were stored before heads were to be hidden stand under keys of their own.
        """
        if key is None:
            return False
        version = key.partition("/")[0]
        is_hidden = "-blur" in version or "-cut" in version
        return self.heads == "keep" or is_hidden or key.endswith(_CLOTH_ALONE)

    def link(self, key: str | None) -> str | None:
        """Return the address of a picture; None where there is none to be shown."""
        if key is None or not self.may_be_shown(key):
            return None
        until = (int(self.clock()) // LASTS_S + 2) * LASTS_S
        return f"{PATH}{quote(key)}?until={until}&signature={self._sign(key, until)}"

    def is_good(self, key: str, until: int, signature: str) -> bool:
        """Whether a link is ours, its time not over, and its picture one that may be shown."""
        now = self.clock()
        if not now <= until <= now + 2 * LASTS_S or not self.may_be_shown(key):
            return False
        return hmac.compare_digest(self._sign(key, until).encode(), signature.encode())

    def _sign(self, key: str, until: int) -> str:
        return hmac.new(self.secret, f"{until} {key}".encode(), hashlib.sha256).hexdigest()[:43]
