"""Secrets on their way to a log, a message or a file: taken out here, and nowhere else.

Two kinds of text hold them. A URL has a user and a password, and signs itself in its query:
:func:`show_url` shows one, :func:`public_url` makes one that may be published. Text of others (an
exception's, a library's log line) may quote anything: :func:`redact` goes through it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

HIDDEN: Final = "***"

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_CREDENTIALS: Final = re.compile(r"//[^/?#]*@")
_SECRETS_BEHIND: Final = re.compile(r"[?#].*", re.DOTALL)

# The last words of a name, as in DATABASE_PASSWORD or lease_token; signed URLs have their own.
_NAMES: Final = (
    r"(?:[\w.-]*(?:password|passwd|passphrase|secret|token|signature|credentials?|api[_-]?key"
    r"|access[_-]?key(?:[_-]?id)?|hmac)|(?:x-amz-|x-goog-|x-oss-)[\w-]+|pwd|sig|ossaccesskeyid"
    r"|googleaccessid|key-pair-id|policy)"
)
_SECRET_NAME: Final = re.compile(_NAMES, re.IGNORECASE)
# name=value in a query, an option or a repr; "name": "value" in JSON. An opened quote is closed.
_PAIR: Final = re.compile(
    rf"(?<![\w.-])(?P<name>{_NAMES})(?P<is>=|%3D|(?:\\?[\"'])?\s*[:=]\s*(?=\\?[\"']))"
    r"(?:(?P<quote>\\?[\"'])(?:(?!(?P=quote)).)*(?P=quote)|[^\s&;,\"'<>\\)\]}#]+)",
    re.IGNORECASE | re.DOTALL,
)
# But not where the password is hidden already: whose it is helps who reads it.
_USERINFO: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*:/{2})(?![^\s/?#@:]*:\*+@)[^\s/?#\"'<>]*@", re.IGNORECASE
)
_BEARER: Final = re.compile(r"\b(?P<how>Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{12,}", re.IGNORECASE)


def show_url(text: str) -> str:
    """A URL for messages and logs: no user, password, query or fragment, 200 characters at most.

    Queries are left out because signed URLs carry their signature there.
    """
    open_part = _SECRETS_BEHIND.sub("?…", _CREDENTIALS.sub("//", text))
    shown = _CONTROL.sub("�", open_part)
    return shown if len(shown) <= 200 else f"{shown[:199]}…"


def public_url(url: str) -> str:
    """A URL as it may be published: without user and password, and without what signs it.

    Other parameters stay as they are: they say which picture is meant.

    >>> public_url("https://a:b@cdn.example/a.jpg?w=80&X-Amz-Signature=0f&Expires=9#x")
    'https://cdn.example/a.jpg?w=80&Expires=9#x'
    """
    url = _CREDENTIALS.sub("//", url, count=1) if "@" in url else url
    before, mark, behind = url.partition("?")
    if not mark:
        return url
    query, hash_mark, fragment = behind.partition("#")
    kept = [pair for pair in query.split("&") if not _is_secret(pair.partition("=")[0])]
    if len(kept) == query.count("&") + 1:
        return url
    query = "&".join(kept)
    return before + (f"?{query}" if query else "") + hash_mark + fragment


def redact(text: str) -> str:
    """Return a text without the passwords, signatures, tokens and credentials that it quotes.

    They are known by what stands before them: ``scheme://``, a parameter's name, ``Bearer``.

    >>> redact("GET redis://:hunter2@host/0?w=1&sig=abc: lease_token='0f3a', refused")
    "GET redis://***@host/0?w=1&sig=***: lease_token='***', refused"
    """
    text = _USERINFO.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _PAIR.sub(_without_value, text)
    return _BEARER.sub(rf"\g<how> {HIDDEN}", text)


def redact_values(value: Any) -> Any:
    """Return plain values (as JSON has them) with every text redacted; others become their repr.

    What stands under the name of a secret goes whatever it is.
    """
    match value:
        case str():
            return redact(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            pairs = cast("Mapping[Any, Any]", value).items()
            return {
                key: HIDDEN
                if isinstance(item, str) and _is_secret(str(key))
                else redact_values(item)
                for key, item in pairs
            }
        case list() | tuple() | set() | frozenset():
            return [redact_values(item) for item in cast("Sequence[Any]", value)]
        case _:
            return redact(repr(value))


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.fullmatch(name) is not None


def _without_value(found: re.Match[str]) -> str:
    # SNS' token confirms a subscription and opens nothing else: who runs the hook must have it.
    if found["name"] == "Token" and "Action=ConfirmSubscription" in found.string:
        return found[0]
    quote = found["quote"] or ""
    return f"{found['name']}{found['is']}{quote}{HIDDEN}{quote}"
