"""Content codings are believed as far as the bytes bear them out."""

import gzip
import zlib

import pytest

from tests.support.picture_routes import PICTURE
from worker.stages.fetching.content_codings import (
    MOST_MEMBERS,
    CodingError,
    TooManyBytesError,
    UnreadCodingError,
    codings_of,
    decode_body,
)

GZIPPED = gzip.compress(PICTURE)
_raw = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
RAW_DEFLATE = _raw.compress(PICTURE) + _raw.flush()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ()),
        ([""], ()),
        (["identity"], ()),
        (["GZIP , identity"], ("gzip",)),
        (["aws-chunked", "gzip"], ("aws-chunked", "gzip")),
    ],
)
def test_the_codings_that_headers_name(values: list[str], expected: tuple[str, ...]) -> None:
    assert codings_of(values) == expected


@pytest.mark.parametrize(
    "codings",
    ["br", "zstd", "gzip", "deflate", "aws-chunked", "none", "utf-8", "image/jpeg", "gzip,br,x,y"],
)
def test_a_picture_is_a_picture_whatever_coding_is_named(codings: str) -> None:
    assert decode_body(PICTURE, codings_of([codings]), 1_000_000) == PICTURE


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (GZIPPED, "gzip"),
        (GZIPPED, "aws-chunked,gzip"),
        (GZIPPED, "gzip, identity"),
        (GZIPPED, "gzip, gzip"),
        (GZIPPED, "deflate"),
        (GZIPPED + bytes(4), "gzip"),
        (GZIPPED + b"\r\n<!-- served by -->", "x-gzip"),
        (gzip.compress(GZIPPED), "gzip, gzip"),
        (gzip.compress(PICTURE[:999]) + gzip.compress(PICTURE[999:]), "gzip"),
        (zlib.compress(PICTURE), "deflate"),
        (zlib.compress(PICTURE) + b"tail", "deflate"),
        (RAW_DEFLATE, "deflate"),
        (RAW_DEFLATE + b"tail", "deflate"),
    ],
)
def test_what_is_compressed_is_read(body: bytes, codings: str) -> None:
    assert decode_body(body, codings_of([codings]), 1_000_000) == PICTURE


def test_a_page_under_an_odd_coding_is_a_page() -> None:
    page = b"<!doctype html><title>Sorry</title>"

    assert decode_body(page, ("utf-8",), 1000) == page


@pytest.mark.parametrize("coding", ["br", "zstd", "base64"])
def test_a_coding_that_is_not_read_is_named(coding: str) -> None:
    with pytest.raises(UnreadCodingError, match=f"is encoded as '{coding}'"):
        decode_body(b"\x8b\x00\x80some bytes\x03", (coding,), 1000)


def test_many_codings_are_refused_before_the_first_is_taken_off() -> None:
    with pytest.raises(UnreadCodingError, match="is encoded 5 times"):
        decode_body(GZIPPED, ("gzip",) * 5, 1_000_000)


@pytest.mark.parametrize("body", [GZIPPED[:-20], zlib.compress(PICTURE)[:-20], RAW_DEFLATE[:-20]])
def test_compression_that_stops_early(body: bytes) -> None:
    with pytest.raises(CodingError, match="stops before its end"):
        decode_body(body, ("deflate",), 1_000_000)


def test_the_cap_holds_for_every_layer() -> None:
    bomb = gzip.compress(bytes(1001))
    with pytest.raises(TooManyBytesError):
        decode_body(bomb, ("gzip",), 1000)
    assert decode_body(gzip.compress(bytes(1000)), ("gzip",), 1000) == bytes(1000)


def test_members_are_counted() -> None:
    member = gzip.compress(b"x")
    assert len(decode_body(member * (MOST_MEMBERS + 5), ("gzip",), 10_000)) == MOST_MEMBERS
