"""Random tokens: what is stored of them, which nobody can turn back."""

from hashlib import sha256


def token_hash(token: str) -> str:
    """Return what is stored of a long random token; never of a password, which is guessable."""
    return sha256(token.encode()).hexdigest()
