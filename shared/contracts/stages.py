"""Stages: the steps of the pipeline, and the codes for how a picture left it."""

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """One step of the pipeline; every picture goes through them in this order."""

    FETCH = "fetch"
    DECODE = "decode"
    MASK = "mask"
    GREY_FILL = "grey_fill"
    SEGMENT = "segment"
    COLOURS = "colours"
    CROP = "crop"
    STORE = "store"
    RECORD = "record"


class Code(StrEnum):
    """Why a job ended, or was deferred: one code for every outcome."""

    OK = "ok"
    NO_PERSON = "no_person"
    UNCHANGED = "unchanged"  # a recheck found the picture that is known already
    FETCH_BAD_URL = "fetch_bad_url"
    FETCH_FORBIDDEN_ADDRESS = "fetch_forbidden_address"
    FETCH_OUTSIDE_FEED = "fetch_outside_feed"
    FETCH_TIMEOUT = "fetch_timeout"
    FETCH_UNREACHABLE = "fetch_unreachable"
    FETCH_TOO_LARGE = "fetch_too_large"
    FETCH_TOO_MANY_REDIRECTS = "fetch_too_many_redirects"
    FETCH_NOT_FOUND = "fetch_not_found"  # 404, 410
    FETCH_DENIED = "fetch_denied"  # 401, 403
    FETCH_REJECTED = "fetch_rejected"  # any other 4xx
    FETCH_THROTTLED = "fetch_throttled"  # 429, 503 with Retry-After, or in backoff
    FETCH_SERVER_ERROR = "fetch_server_error"  # 5xx
    FETCH_BAD_RESPONSE = "fetch_bad_response"  # no valid HTTP
    FETCH_INCOMPLETE = "fetch_incomplete"  # body shorter than Content-Length
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_IMAGE = "unsupported_image"
    IMAGE_TOO_LARGE = "image_too_large"  # in pixels, or in the memory that decoding takes
    IMAGE_TRUNCATED = "image_truncated"
    IMAGE_CORRUPT = "image_corrupt"
    DECODE_TIMEOUT = "decode_timeout"
    DECODER_DIED = "decoder_died"  # of this picture, or was killed while it was at it
    DECODER_UNAVAILABLE = "decoder_unavailable"  # no process can be started; no attempt counts
    STORE_FAILED = "store_failed"
    STORE_UNAVAILABLE = "store_unavailable"  # the whole store takes nothing; no attempt counts
    LEASE_EXPIRED = "lease_expired"  # the attempt before ended without an outcome
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"  # so did all of them
    SUPERSEDED = "superseded"  # the picture was replaced before the job was done
    INTERNAL_ERROR = "internal_error"


WORKER_WAITS: Final = frozenset({Code.STORE_UNAVAILABLE, Code.DECODER_UNAVAILABLE})
"""Codes that blame no picture: its worker lacks what all need, defers it uncounted, and waits."""
