"""Who may send upload events: a token that is shown, or a key that signs the time and the body.

Of each there may be two, the present one and the one before, so that senders can change over one
by one.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from shared.errors import ColourwayError
from shared.event_settings import EventSettings

SIGNATURE: Final = "x-colourway-signature"
"""The header of a signature: ``t=`` and the time in Unix seconds, ``,sha256=`` and the HMAC, in
hexadecimal, of the time's digits, a full stop and the body. Without ``t=…,`` that of the body."""

HUB_SIGNATURE: Final = "x-hub-signature-256"
"""The same, by the name that other web hooks use."""

B2_SIGNATURE: Final = "x-bz-event-notification-signature"
"""From Backblaze B2, which writes ``v1=`` in front, and signs the body alone."""

_TIMED: Final = re.compile(r"(?:t=(\d{1,12}), ?)?sha256=([0-9a-f]{64})", re.ASCII)
_FORMS: Final = {
    SIGNATURE: _TIMED,
    HUB_SIGNATURE: _TIMED,
    B2_SIGNATURE: re.compile(r"()v1=([0-9a-f]{64})", re.ASCII),
}


class SenderRefused(ColourwayError):
    """A message is not let in; the text says why, and nothing that helps to guess a secret."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a sender wrote into its header: the HMAC, and the digits of the time that it signed.

    ``stamp`` is empty where the body alone is signed.
    """

    stamp: str
    mac: str


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets a message in that shows a token or is signed; without either, every message.

    All comparisons take the same time whatever is shown, and whichever of two secrets fits.
    """

    tokens: tuple[str, ...] = field(default=(), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    window_s: float = 300.0
    untimed: bool = False

    @classmethod
    def from_settings(cls, settings: EventSettings) -> Self:
        """Return the guard that the settings describe."""
        tokens = settings.events_token, settings.events_token_previous
        secrets = settings.events_secret, settings.events_secret_previous
        return cls(
            tuple(token for token in tokens if token is not None),
            tuple(secret for secret in secrets if secret is not None),
            settings.events_signature_window_s,
            settings.events_untimed_signatures,
        )

    @property
    def is_open(self) -> bool:
        """True where everybody is let in."""
        return not self.tokens and not self.secrets

    def shows_token(self, headers: Mapping[str, str]) -> bool:
        """Return whether a token is in ``Authorization``, as Bearer or as a password of Basic.

        SNS and Ceph can only put a name and a password into the address; the name does not matter.
        """
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                shown = base64.b64decode(shown.strip(), validate=True).decode().partition(":")[2]
            except (binascii.Error, ValueError):
                return False
        elif scheme.lower() != "bearer":
            return False
        return _equals_one(shown.strip(), self.tokens)

    def signature(self, headers: Mapping[str, str], now: float) -> Signature:
        """Return the signature of a message whose body may be read to check it.

        ``now`` is in Unix seconds. Raises :class:`SenderRefused` where no body could make it right.
        """
        name = next((name for name in _FORMS if headers.get(name)), None)
        if not self.secrets or name is None:
            raise SenderRefused("there is no token, and no signature")
        written = _FORMS[name].fullmatch(headers[name].strip().lower())
        if written is None:
            raise SenderRefused(f"{name} is not of the form t=1780000000,sha256=0a1b…")
        stamp, mac = written[1] or "", written[2]
        if not stamp and not self.untimed:
            raise SenderRefused(
                "the signature has no time; COLOURWAY_EVENTS_UNTIMED_SIGNATURES=true lets such in"
            )
        if stamp and abs(age_s := now - int(stamp)) > self.window_s:
            where = "behind" if age_s > 0 else "ahead of"
            raise SenderRefused(
                f"the signature's time is {abs(age_s):.0f} s {where} this machine's clock, and "
                f"{self.window_s:g} are allowed"
            )
        return Signature(stamp, mac)

    def is_signed(self, signature: Signature, body: bytes) -> bool:
        """Return whether one of the secrets makes this signature of the body."""
        signed = f"{signature.stamp}.".encode() + body if signature.stamp else body
        made = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in self.secrets]
        return _equals_one(signature.mac, made)


def _equals_one(shown: str, right: list[str] | tuple[str, ...]) -> bool:
    # Every one is compared, so that the time does not tell which of them fits.
    fits = [hmac.compare_digest(shown.encode(), one.encode()) for one in right]
    return True in fits
