"""Validators: by what a server will know whether it has sent a picture before.

An ``ETag``, or a date of last modification where there is none (RFC 9110, sections 8.8 and 13.1).
What comes from a server is sent back to it unread, so only what has the right form is kept: a list,
a ``*`` or a quote left open would ask another question than ours.
"""

import hashlib
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from shared.contracts.fingerprint import SourceFingerprint
from worker.stages.fetching.responses import Headers

LONGEST_ETAG: Final = 256
"""The most characters of an ``ETag`` that is kept; real ones are far shorter."""

# Visible ASCII between quotes. Weak ones (W/) say that the picture is the same to anyone who looks
# at it, which is what is asked. An empty one is what servers send that have none.
_ETAG: Final = re.compile(r'(?:W/)?"[!#-~]+"')
_HTTP_DATE: Final = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")
_AN_INSTANT: Final = timedelta(seconds=1)


class Validators(NamedTuple):
    """What a server gave to ask by; at most one of them."""

    etag: str | None = None
    last_modified: str | None = None


def read_validators(headers: Headers) -> Validators:
    """Return what an answer gives to ask by, and nothing that could mislead.

    A date counts only where the server sent the picture at least a second later: it is exact to a
    second, and a picture may change twice in one.
    """
    etag = headers.get("etag")
    if is_etag(etag):
        return Validators(etag=etag)
    modified, sent = headers.get("last-modified"), headers.get("date")
    changed_at, sent_at = _moment(modified), _moment(sent)
    if changed_at is None or sent_at is None or sent_at - changed_at < _AN_INSTANT:
        return Validators()
    return Validators(last_modified=modified)


def condition(known: SourceFingerprint, url: str, asked: str) -> tuple[bytes, bytes] | None:
    """Return the header that makes a request a question, or None where there is nothing to ask by.

    Args:
        known: what was last seen.
        url: where the request goes; what another place has said does not count there.
        asked: the URL before any redirect.
    """
    if known.found_at != place_of(url, asked):
        return None
    if known.etag is not None and is_etag(known.etag):
        return b"If-None-Match", known.etag.encode("ascii")
    if known.last_modified is not None and _moment(known.last_modified) is not None:
        return b"If-Modified-Since", known.last_modified.encode("ascii")
    return None


def place_of(url: str, asked: str) -> str | None:
    """Return a digest of the URL at which something was found; None where no redirect led there."""
    if url == asked:
        return None
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def is_etag(text: str | None) -> bool:
    """Say whether a header is one entity tag, of a form that is safe to send back.

    >>> is_etag('"abc"'), is_etag('W/"abc"'), is_etag('"a", "b"'), is_etag("*"), is_etag(None)
    (True, True, False, False, False)
    """
    return text is not None and len(text) <= LONGEST_ETAG and _ETAG.fullmatch(text) is not None


def _moment(text: str | None) -> datetime | None:
    if text is None or not _HTTP_DATE.fullmatch(text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
