"""Who may send upload events: a token that is shown, or a key that signs the body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SIGNATURE: Final = "x-colourway-signature"
"""The header of a signature: ``sha256=`` and the HMAC of the body in hexadecimal."""

HUB_SIGNATURE: Final = "x-hub-signature-256"
"""The same, by the name that other web hooks use."""

B2_SIGNATURE: Final = "x-bz-event-notification-signature"
"""The same from Backblaze B2, which writes ``v1=`` in front."""

_PREFIXES: Final = {SIGNATURE: "sha256=", HUB_SIGNATURE: "sha256=", B2_SIGNATURE: "v1="}


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets a message in that shows the token or is signed; without either setting, every message.

    All comparisons take the same time whatever is shown.
    """

    token: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        """True where everybody is let in."""
        return self.token is None and self.secret is None

    def shows_token(self, headers: Mapping[str, str]) -> bool:
        """Return whether the token is in ``Authorization``, as Bearer or as a password of Basic.

        SNS and Ceph can only put a name and a password into the address; the name does not matter.
        """
        if self.token is None:
            return False
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                shown = base64.b64decode(shown.strip(), validate=True).decode().partition(":")[2]
            except (binascii.Error, ValueError):
                return False
        elif scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(shown.strip().encode(), self.token.encode())

    def is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether the body's signature is the secret's."""
        if self.secret is None:
            return False
        made = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        name = next((name for name in _PREFIXES if headers.get(name)), SIGNATURE)
        shown = headers.get(name, "").strip().lower()
        return hmac.compare_digest(shown.encode(), f"{_PREFIXES[name]}{made}".encode())

    def may_be_signed(self, headers: Mapping[str, str]) -> bool:
        """Return whether the body is worth reading to check its signature."""
        return self.secret is not None and any(name in headers for name in _PREFIXES)
