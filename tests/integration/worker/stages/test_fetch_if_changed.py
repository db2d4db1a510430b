"""Asking whether a picture has changed: what is asked, and what is taken for the same."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest

from shared.contracts.fingerprint import SourceFingerprint
from shared.contracts.stages import Code
from shared.errors import StageError
from shared.settings import get_settings
from tests.support.picture_server import PICTURE, PictureServer
from tests.support.pictures import encode, smooth
from tests.support.services.s3 import Bucket
from worker.stages.fetch import Fetched, Fetcher

OTHER = encode(smooth(32, 24), "JPEG")
YESTERDAY = "Tue, 24 Nov 2026 03:00:00 GMT"
QUESTIONS = {"If-None-Match", "If-Modified-Since"}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def server() -> Iterator[PictureServer]:
    with PictureServer() as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    settings = get_settings(allowed_networks="127.0.0.0/8", fetch_timeout_s=10.0)
    with Fetcher(settings) as made:
        yield made


def asked(server: PictureServer) -> dict[str, str]:
    """The conditions of the last request."""
    return {name: value for name, value in server.seen[-1].headers.items() if name in QUESTIONS}


@pytest.mark.parametrize(
    ("headers", "question"),
    [
        ({"ETag": '"v1"'}, {"If-None-Match": '"v1"'}),
        ({"ETag": 'W/"v1"', "Last-Modified": YESTERDAY}, {"If-None-Match": 'W/"v1"'}),
        ({"Last-Modified": YESTERDAY}, {"If-Modified-Since": YESTERDAY}),
        ({"ETag": "v1", "Last-Modified": YESTERDAY}, {"If-Modified-Since": YESTERDAY}),
    ],
)
def test_a_server_that_knows_its_picture_sends_no_bytes(
    server: PictureServer,
    fetcher: Fetcher,
    headers: dict[str, str],
    question: dict[str, str],
) -> None:
    url = server.put("a.jpg", **headers)
    first = fetcher.fetch(url)
    assert asked(server) == {}
    assert first.seen.sha256 == digest(PICTURE)

    assert fetcher.fetch_if_changed(url, first.seen) == first.seen

    assert asked(server) == question
    assert server.answers == [(200, len(PICTURE)), (304, 0)]
    assert len({seen.connection for seen in server.seen}) == 1  # nothing is left on the line


def test_a_picture_that_changed_comes_whole_with_what_to_ask_by_next(
    server: PictureServer, fetcher: Fetcher
) -> None:
    url = server.put("a.jpg", ETag='"v1"')
    before = fetcher.fetch(url).seen
    server.put("a.jpg", OTHER, ETag='"v2"')

    fetched = fetcher.fetch_if_changed(url, before)

    assert isinstance(fetched, Fetched)
    assert fetched.content == OTHER
    assert fetched.seen == SourceFingerprint(digest(OTHER), etag='"v2"')


@pytest.mark.parametrize(
    ("headers", "heeds"),
    [
        ({}, True),
        ({"ETag": '"v1"'}, False),  # heeds no question
        ({"ETag": '"a", "b"'}, True),
        ({"ETag": "*"}, True),
        ({"ETag": '""'}, True),
        ({"ETag": '"' + "x" * 300 + '"'}, True),
        ({"ETag": '"\xe9"'}, True),
        ({"Last-Modified": "yesterday"}, True),
        ({"Last-Modified": "Mon, 31 Feb 2026 03:00:00 GMT"}, True),
        ({"Last-Modified": "Fri, 31 Dec 9999 23:59:59 GMT"}, True),  # and perhaps again just now
    ],
)
def test_without_an_answer_the_bytes_are_compared(
    server: PictureServer, fetcher: Fetcher, headers: dict[str, str], heeds: bool
) -> None:
    url = server.put("a.jpg", heeds=heeds, **headers)
    before = fetcher.fetch(url).seen

    assert fetcher.fetch_if_changed(url, before) == before

    assert asked(server) == ({"If-None-Match": '"v1"'} if not heeds else {})
    assert server.answers == [(200, len(PICTURE))] * 2


def test_another_etag_for_the_same_bytes_is_asked_by_from_then_on(
    server: PictureServer, fetcher: Fetcher
) -> None:
    url = server.put("a.jpg", ETag='"machine-1"')
    before = fetcher.fetch(url).seen
    server.put("a.jpg", ETag='"machine-2"')

    after = fetcher.fetch_if_changed(url, before)

    assert after == replace(before, etag='"machine-2"')
    assert fetcher.fetch_if_changed(url, after) == after
    assert [status for status, _ in server.answers] == [200, 200, 304]


def test_what_one_place_said_is_not_asked_at_another(
    server: PictureServer, fetcher: Fetcher
) -> None:
    one, two = server.put("one.jpg", ETag='"v1"'), server.put("two.jpg", OTHER, ETag='"v1"')
    state = {"url": one}
    server.state.redirects["main.jpg"] = lambda: state["url"]
    url = server.url("/moving/main.jpg")

    before = fetcher.fetch(url).seen
    assert before.etag == '"v1"'
    assert before.found_at is not None
    assert fetcher.fetch_if_changed(url, before) == before
    assert asked(server) == {"If-None-Match": '"v1"'}
    assert server.answers[-1] == (304, 0)

    state["url"] = two
    fetched = fetcher.fetch_if_changed(url, before)
    assert asked(server) == {}
    assert isinstance(fetched, Fetched)
    assert fetched.content == OTHER


def test_a_picture_that_went_is_told_as_always(server: PictureServer, fetcher: Fetcher) -> None:
    url = server.put("a.jpg", ETag='"v1"')
    before = fetcher.fetch(url).seen
    del server.state.shelf["a.jpg"]

    with pytest.raises(StageError) as caught:
        fetcher.fetch_if_changed(url, before)
    assert caught.value.code is Code.FETCH_NOT_FOUND


def test_not_modified_is_no_answer_to_what_was_not_asked(
    server: PictureServer, fetcher: Fetcher
) -> None:
    with pytest.raises(StageError) as caught:
        fetcher.fetch_if_changed(server.url("/status/304"), SourceFingerprint(digest(PICTURE)))
    assert caught.value.code is Code.FETCH_REJECTED


def test_an_object_store_is_asked_too(bucket: Bucket, fetcher: Fetcher) -> None:
    client = boto3.session.Session().client("s3", endpoint_url=bucket.endpoint)
    client.put_object(Bucket=bucket.name, Key="a.jpg", Body=PICTURE)
    url = f"s3://{bucket.name}/a.jpg"
    before = fetcher.fetch(url).seen
    assert before.sha256 == digest(PICTURE)
    assert before.etag is not None

    assert fetcher.fetch_if_changed(url, before) == before

    client.put_object(Bucket=bucket.name, Key="a.jpg", Body=OTHER)
    fetched = fetcher.fetch_if_changed(url, before)
    assert isinstance(fetched, Fetched)
    assert (fetched.content, fetched.seen.sha256) == (OTHER, digest(OTHER))


def test_pictures_beside_the_feed_are_compared(tmp_path) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    with Fetcher(get_settings(), feed_folder=tmp_path) as fetcher:
        before = fetcher.fetch("a.jpg").seen
        assert before == SourceFingerprint(digest(PICTURE))
        assert fetcher.fetch_if_changed("a.jpg", before) == before
        (tmp_path / "a.jpg").write_bytes(OTHER)
        assert isinstance(fetcher.fetch_if_changed("a.jpg", before), Fetched)
