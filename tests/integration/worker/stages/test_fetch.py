"""Fetching a picture from a web server: what comes, by when, and the code of every fault."""

import hashlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from shared.contracts.stages import Code
from shared.errors import StageError
from tests.support.fetching import TIMEOUT_S, fetcher, make_settings, refusal, server
from tests.support.picture_server import PICTURE, Fault, PictureServer
from tests.support.pictures import encode, noise, smooth
from worker.stages.decode import decode
from worker.stages.fetch import Fetcher

__all__ = ["fetcher", "server"]  # fixtures


def test_a_picture_with_its_hash_and_its_type(server: PictureServer, fetcher: Fetcher) -> None:
    fetched = fetcher.fetch(f"  {server.url()}\n")

    assert fetched.content == PICTURE
    assert fetched.sha256 == hashlib.sha256(PICTURE).hexdigest()
    assert fetched.content_type == "image/jpeg"
    assert fetched.url == server.url()


def test_the_type_is_judged_by_content(server: PictureServer, fetcher: Fetcher) -> None:
    assert fetcher.fetch(server.url("/page")).content_type == "text/html"


def test_plain_bytes_are_asked_for_and_compressed_ones_are_read(
    server: PictureServer, fetcher: Fetcher
) -> None:
    assert fetcher.fetch(server.url("/gzip")).content == PICTURE
    assert server.seen[-1].headers["Accept-Encoding"] == "identity"


def test_one_connection_serves_one_picture_after_another(
    server: PictureServer, fetcher: Fetcher
) -> None:
    for _ in range(5):
        fetcher.fetch(server.url())

    assert len({seen.connection for seen in server.seen[-5:]}) == 1


def test_many_threads_share_a_fetcher(server: PictureServer, fetcher: Fetcher) -> None:
    paths = ["/good.jpg", "/status/404", "/gzip", "/redirect/2", "/truncated"] * 12
    expected = [None, Code.FETCH_NOT_FOUND, None, None, Code.FETCH_INCOMPLETE] * 12

    def outcome(path: str) -> Code | None:
        try:
            assert fetcher.fetch(server.url(path)).content == PICTURE
        except StageError as error:
            return error.code
        return None

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(outcome, paths)) == expected


@pytest.mark.parametrize(
    ("path", "code", "retry", "retry_after_s"),
    [
        ("/status/404", Code.FETCH_NOT_FOUND, False, None),
        ("/status/403", Code.FETCH_DENIED, False, None),
        ("/status/400", Code.FETCH_REJECTED, False, None),
        ("/status/429?retry_after=7", Code.FETCH_THROTTLED, True, 7.0),
        ("/status/500", Code.FETCH_SERVER_ERROR, True, None),
        (
            "/status/503?retry_after=" + quote("Fri, 31 Dec 9999 23:59:59 GMT"),
            Code.FETCH_THROTTLED,
            True,
            86_400.0,
        ),
        ("/truncated", Code.FETCH_INCOMPLETE, True, None),
        ("/gzip-cut", Code.FETCH_INCOMPLETE, True, None),
        ("/large", Code.FETCH_TOO_LARGE, False, None),
        ("/endless", Code.FETCH_TOO_LARGE, False, None),
        ("/bomb", Code.FETCH_TOO_LARGE, False, None),
        ("/brotli", Code.FETCH_REJECTED, False, None),
        ("/junk", Code.FETCH_BAD_RESPONSE, False, None),
        ("/close", Code.FETCH_UNREACHABLE, True, None),
        ("/private", Code.FETCH_DENIED, False, None),
    ],
)
def test_every_fault_has_its_code(
    server: PictureServer,
    fetcher: Fetcher,
    path: str,
    code: Code,
    retry: bool,
    retry_after_s: float | None,
) -> None:
    error = refusal(fetcher, server.url(path))

    assert (error.code, error.retry, error.retry_after_s) == (code, retry, retry_after_s)
    assert server.url(path.partition("?")[0]) in error.message


@pytest.mark.parametrize("path", ["/drip", "/drip-headers", "/drip-chunks", "/silent"])
def test_the_deadline_covers_all_of_it(server: PictureServer, path: str) -> None:
    started = time.monotonic()

    with Fetcher(make_settings(fetch_timeout_s=TIMEOUT_S)) as fetcher:
        error = refusal(fetcher, server.url(path))

    assert error.code is Code.FETCH_TIMEOUT
    assert error.retry
    # Left to the server it would take minutes.
    assert TIMEOUT_S * 0.9 <= time.monotonic() - started < TIMEOUT_S + 30


def test_a_dead_port_and_an_unknown_host(fetcher: Fetcher) -> None:
    for url in ("http://127.0.0.1:1/x.jpg", "http://no-such-host.invalid/x.jpg"):
        error = refusal(fetcher, url)
        assert error.code is Code.FETCH_UNREACHABLE
        assert error.retry


def test_no_tls_where_it_is_promised(server: PictureServer, fetcher: Fetcher) -> None:
    url = server.url().replace("http:", "https:")

    assert refusal(fetcher, url).code is Code.FETCH_UNREACHABLE


class TestCredentials:
    def test_they_open_the_door_and_are_not_passed_on(
        self, server: PictureServer, fetcher: Fetcher
    ) -> None:
        fetched = fetcher.fetch(f"http://shop:s3cret@127.0.0.1:{server.port}/private")

        assert fetched.content == PICTURE
        assert fetched.url == server.url("/private")

    def test_a_redirect_on_the_same_server_keeps_them(
        self, server: PictureServer, fetcher: Fetcher
    ) -> None:
        path = f"/redirect-to?url={quote('/private')}"

        fetched = fetcher.fetch(f"http://shop:s3cret@127.0.0.1:{server.port}{path}")
        assert fetched.content == PICTURE

    def test_a_redirect_to_another_server_loses_them(
        self, server: PictureServer, fetcher: Fetcher
    ) -> None:
        with PictureServer() as other:
            path = f"/redirect-to?url={quote(other.url('/private'))}"
            error = refusal(fetcher, f"http://shop:s3cret@127.0.0.1:{server.port}{path}")

            assert error.code is Code.FETCH_DENIED
            assert "Authorization" not in other.seen[0].headers

    @pytest.mark.parametrize(
        "path",
        ["/status/404", "/status/500", "/truncated", "/loop", "/close", "/brotli", "/good.jpg"],
    )
    def test_neither_messages_nor_logs_show_them(
        self,
        server: PictureServer,
        fetcher: Fetcher,
        caplog: pytest.LogCaptureFixture,
        path: str,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        url = f"http://shop:pa55word@127.0.0.1:{server.port}{path}?signature=pa55word"
        try:
            shown = fetcher.fetch(url).url.replace("?signature=pa55word", "")
        except StageError as error:
            shown = f"{error} {error.__cause__} {error!r}"

        assert "pa55word" not in shown
        assert "shop:" not in caplog.text


def test_a_folder_with_broken_pictures_is_told_apart(tmp_path: Path) -> None:
    for index in range(40):
        content = encode(noise(30, 20, index), "JPEG")
        (tmp_path / f"{index:02} ü.jpg").write_bytes(content)
    settings = make_settings(fetch_timeout_s=TIMEOUT_S, max_image_bytes=20_000_000)

    with PictureServer(tmp_path, broken_share=0.25) as server, Fetcher(settings) as fetcher:
        pictures = server.pictures()

        def outcome(url: str) -> Code:
            try:
                decode(fetcher.fetch(url).content, 1_000_000)
            except StageError as error:
                return error.code
            return Code.OK

        with ThreadPoolExecutor(4) as threads:
            outcomes = list(threads.map(outcome, [picture.url for picture in pictures]))

    assert outcomes == [picture.expected for picture in pictures]
    assert sum(picture.fault is not None for picture in pictures) == 10
    assert {picture.fault for picture in pictures} == {None, *Fault}


def test_a_cut_file_of_the_right_length_is_for_decode_to_refuse(
    server: PictureServer, fetcher: Fetcher
) -> None:
    fetched = fetcher.fetch(server.url("/cut"))

    with pytest.raises(StageError) as caught:
        decode(fetched.content, 1_000_000)
    assert caught.value.code is Code.IMAGE_TRUNCATED
    assert decode(PICTURE, 1_000_000).shape == smooth(64, 48).shape
