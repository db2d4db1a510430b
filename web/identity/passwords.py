"""Passwords: argon2id, with the parameters that RFC 9106 recommends where memory is scarce."""

from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from shared.errors import SettingsError

SHORTEST: Final = 10
LONGEST: Final = 1000
"""In characters: a longer one would only cost time."""

_hasher: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """Return what is stored of a password. Raises SettingsError for one that will not do."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise SettingsError(f"a password has {SHORTEST} to {LONGEST} characters")
    return _hasher.hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Return whether a password is the stored one; as slowly where there is none."""
    if len(password) > LONGEST:
        return False
    try:
        return _hasher.verify(stored or _of_nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _of_nobody() -> str:
    """Return a hash that is checked for names that nobody has, so that time does not tell them."""
    return _hasher.hash("nobody's password")
