"""What a request carries and over what way it goes; and answers that are hardly HTTP."""

import base64
import gzip
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from shared.contracts.stages import Code
from shared.errors import SettingsError, StageError
from shared.settings import Settings, get_settings
from tests.support.forward_proxy import ForwardProxy
from tests.support.picture_server import PICTURE, PictureServer
from tests.support.raw_server import RawServer, answer
from tests.support.services import free_port
from worker.stages.fetch import Fetcher

SECRET = "s3cret-value"
MakeSettings = Callable[..., Settings]


@pytest.fixture
def settings() -> MakeSettings:
    loopback = {"allowed_networks": "127.0.0.0/8", "fetch_timeout_s": 10.0}
    return lambda **changes: get_settings(**loopback | changes)


@pytest.fixture(scope="module")
def server() -> Iterator[PictureServer]:
    with PictureServer() as running:
        yield running


def refusal(fetcher: Fetcher, url: str) -> StageError:
    with pytest.raises(StageError) as caught:
        fetcher.fetch(url)
    return caught.value


class TestHeaders:
    def test_a_worker_says_who_it_is(self, server: PictureServer, settings: MakeSettings) -> None:
        for name in ("colourway", "Mozilla/5.0 (compatible; shop-bot)"):
            with Fetcher(settings(user_agent=name)) as fetcher:
                fetcher.fetch(server.url())
            assert server.seen[-1].headers["User-Agent"] == name

    def test_headers_of_an_origin_are_sent_there_and_never_behind_a_redirect(
        self, server: PictureServer, settings: MakeSettings, tmp_path: Path
    ) -> None:
        file = tmp_path / "headers.json"
        origin = f"http://127.0.0.1:{server.port}"
        headers = {"Cookie": f"id={SECRET}", "X-Api-Key": SECRET, "Referer": "http://shop/"}
        file.write_text(json.dumps({origin: headers}))

        with PictureServer() as other, Fetcher(settings(fetch_headers=file)) as fetcher:
            fetcher.fetch(server.url(f"/redirect-to?url={quote(other.url())}"))
            back = other.url(f"/redirect-to?url={quote(server.url())}")
            assert fetcher.fetch(back).content == PICTURE

            sent = {name: server.seen[-1].headers.get(name) for name in headers}
            assert sent == headers
            assert {name: server.seen[-2].headers.get(name) for name in headers} == headers
            assert len(other.seen) == 2
            for seen in other.seen:
                assert SECRET not in str(seen.headers)
                assert "Referer" not in seen.headers

    def test_no_log_shows_them(
        self,
        server: PictureServer,
        settings: MakeSettings,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        file = tmp_path / "headers.json"
        origin = f"http://127.0.0.1:{server.port}"
        file.write_text(json.dumps({origin: {"Authorization": f"Bearer {SECRET}"}}))
        with Fetcher(settings(fetch_headers=file)) as fetcher:
            fetcher.fetch(server.url())
            error = refusal(fetcher, server.url("/private"))

        assert server.seen[-1].headers["Authorization"] == f"Bearer {SECRET}"
        assert SECRET not in caplog.text
        assert SECRET not in f"{error} {error!r}"

    def test_a_cookie_that_a_redirect_sets_comes_back_and_is_then_forgotten(
        self, settings: MakeSettings
    ) -> None:
        answers = {
            "door": answer(b"", "Location: /in", "Set-Cookie: ok=1; Path=/", status="302 Found"),
            "in": answer(PICTURE),
        }
        with RawServer(answers) as raw, Fetcher(settings()) as fetcher:
            fetcher.fetch(raw.url("door"))
            fetcher.fetch(raw.url("in"))

        assert [b"Cookie: ok=1\r\n" in request for request in raw.requests] == [False, True, False]


class TestProxy:
    def test_everything_goes_over_it_and_it_resolves_names(
        self, server: PictureServer, settings: MakeSettings
    ) -> None:
        with ForwardProxy() as proxy:
            made = settings(fetch_proxy=f"http://127.0.0.1:{proxy.port}", allowed_networks="")
            with Fetcher(made) as fetcher:
                url = f"http://images.shop.example:{server.port}/good.jpg"
                assert fetcher.fetch(url).content == PICTURE

        assert proxy.heads[0].startswith(f"GET {url} HTTP/1.1\r\n")
        assert server.seen[-1].headers["Host"] == f"images.shop.example:{server.port}"

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "127.1", "0x7f000001", "localhost", "a.localhost", "169.254.169.254"]
    )
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_an_address_that_a_url_states_is_still_checked(
        self, settings: MakeSettings, host: str, scheme: str
    ) -> None:
        with ForwardProxy() as proxy:
            made = settings(fetch_proxy=f"http://127.0.0.1:{proxy.port}", allowed_networks="")
            with Fetcher(made) as fetcher:
                error = refusal(fetcher, f"{scheme}://{host}/x.jpg")

        assert error.code is Code.FETCH_FORBIDDEN_ADDRESS
        assert proxy.heads == []

    def test_its_password_goes_to_it_alone_and_into_no_message(
        self, server: PictureServer, settings: MakeSettings
    ) -> None:
        with ForwardProxy(base64.b64encode(f"me:{SECRET}".encode()).decode()) as proxy:
            made = settings(fetch_proxy=f"http://me:{SECRET}@127.0.0.1:{proxy.port}")
            assert SECRET not in repr(made)
            with Fetcher(made) as fetcher:
                assert fetcher.fetch(server.url()).content == PICTURE
            other = settings(fetch_proxy=f"http://me:other-{SECRET}@127.0.0.1:{proxy.port}")
            with Fetcher(other) as fetcher:
                errors = [
                    refusal(fetcher, server.url()),
                    refusal(fetcher, "https://shop.example/x.jpg"),
                ]

        assert [error.code for error in errors] == [Code.FETCH_DENIED] * 2
        assert all(SECRET not in str(error) for error in errors)

    def test_one_that_is_away_is_named(self, settings: MakeSettings) -> None:
        port = free_port()
        with Fetcher(settings(fetch_proxy=f"http://127.0.0.1:{port}")) as fetcher:
            error = refusal(fetcher, "http://shop.example/x.jpg")

        assert (error.code, error.retry) == (Code.FETCH_UNREACHABLE, True)
        assert f"through the proxy http://127.0.0.1:{port} (COLOURWAY_FETCH_PROXY)" in error.message

    def test_the_environments_is_not_used(
        self, server: PictureServer, settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
        with Fetcher(settings()) as fetcher:
            assert fetcher.fetch(server.url()).content == PICTURE

    @pytest.mark.parametrize(
        "proxy", ["proxy:3128", "socks5://proxy:1080", f"ftp://u:{SECRET}@proxy:1", "http://proxy"]
    )
    def test_a_setting_that_makes_no_sense(self, settings: MakeSettings, proxy: str) -> None:
        with pytest.raises(SettingsError, match=r"COLOURWAY_FETCH_PROXY: must be http") as caught:
            settings(fetch_proxy=proxy)
        assert SECRET not in str(caught.value)


RAW = {
    "aws-gzip": answer(gzip.compress(PICTURE), "Content-Encoding: aws-chunked,gzip"),
    "twice-named": answer(
        gzip.compress(PICTURE), "Content-Encoding: gzip", "Content-Encoding: gzip"
    ),
    "plain-named-br": answer(PICTURE, "Content-Encoding: br"),
    "whole-part": answer(
        PICTURE, f"Content-Range: bytes 0-{len(PICTURE) - 1}/{len(PICTURE)}", status="206 Partial"
    ),
    "part": answer(PICTURE[:9], f"Content-Range: bytes 0-8/{len(PICTURE)}", status="206 Partial"),
    "space-colon": answer(PICTURE, "X-Cache : HIT"),
    "space-name": answer(PICTURE, "X Cache: HIT"),
    "no-colon": answer(PICTURE, "Warning something happened"),
    "no-number": answer(b"", "Content-Length: ").replace(b"Content-Length: 0\r\n", b""),
    "two-lengths": answer(PICTURE, "Content-Length: 5"),
    "chunked-twice": b"HTTP/1.1 200 OK\r\n" + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n",
    "banner": b"220 smtp.example.com ESMTP\r\n\r\n",
}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("aws-gzip", None),
        ("twice-named", None),
        ("plain-named-br", None),
        ("whole-part", None),
        ("part", Code.FETCH_INCOMPLETE),
        ("space-colon", Code.FETCH_BAD_RESPONSE),
        ("space-name", Code.FETCH_BAD_RESPONSE),
        ("no-colon", Code.FETCH_BAD_RESPONSE),
        ("no-number", Code.FETCH_BAD_RESPONSE),
        ("two-lengths", Code.FETCH_BAD_RESPONSE),
        ("chunked-twice", Code.FETCH_BAD_RESPONSE),
        ("banner", Code.FETCH_BAD_RESPONSE),
    ],
)
def test_answers_that_are_hardly_http(settings: MakeSettings, name: str, code: Code | None) -> None:
    with RawServer(RAW) as raw, Fetcher(settings()) as fetcher:
        if code is None:
            assert fetcher.fetch(raw.url(name)).content == PICTURE
            return
        error = refusal(fetcher, raw.url(name))

    assert error.code is code
    assert error.retry is (code is Code.FETCH_INCOMPLETE)
    assert raw.url(name) in error.message
