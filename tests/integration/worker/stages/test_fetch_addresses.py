"""Where a fetcher goes and where it does not: redirects, networks, schemes and local files."""

from pathlib import Path
from urllib.parse import quote

import pytest

from shared.contracts.stages import Code
from tests.support.fetching import TIMEOUT_S, fetcher, make_settings, refusal, server
from tests.support.picture_server import PICTURE, PictureServer
from worker.stages.fetch import Fetcher

__all__ = ["fetcher", "server"]  # fixtures


class TestRedirects:
    def test_up_to_the_limit(self, server: PictureServer) -> None:
        with Fetcher(make_settings(max_redirects=3)) as fetcher:
            fetched = fetcher.fetch(server.url("/redirect/3"))
            assert fetched.content == PICTURE
            assert fetched.url == server.url("/good.jpg")

            error = refusal(fetcher, server.url("/redirect/4"))
            assert error.code is Code.FETCH_TOO_MANY_REDIRECTS
            assert not error.retry

    def test_none_where_none_are_wanted(self, server: PictureServer) -> None:
        with Fetcher(make_settings(max_redirects=0)) as fetcher:
            assert fetcher.fetch(server.url()).content == PICTURE
            error = refusal(fetcher, server.url("/redirect/1"))
            assert error.code is Code.FETCH_TOO_MANY_REDIRECTS

    def test_a_loop_ends(self, server: PictureServer, fetcher: Fetcher) -> None:
        before = server.hits["/loop"]

        assert refusal(fetcher, server.url("/loop")).code is Code.FETCH_TOO_MANY_REDIRECTS
        assert server.hits["/loop"] - before == 6

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("target", ["good.jpg", "/good.jpg", "//127.0.0.1:{port}/good.jpg"])
    def test_every_kind_and_every_way_to_write_it(
        self, server: PictureServer, fetcher: Fetcher, status: int, target: str
    ) -> None:
        location = quote(target.format(port=server.port))
        path = f"/redirect-to?status={status}&url={location}"

        assert fetcher.fetch(server.url(path)).content == PICTURE

    @pytest.mark.parametrize(
        "target",
        [
            "http://10.0.0.1/x.jpg",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]/x.jpg",
            "http://[::ffff:10.0.0.1]/x.jpg",
            "http://0xA9FEA9FE/",
        ],
    )
    def test_a_private_target_is_refused(
        self, server: PictureServer, fetcher: Fetcher, target: str
    ) -> None:
        error = refusal(fetcher, server.url(f"/redirect-to?url={quote(target)}"))

        assert error.code is Code.FETCH_FORBIDDEN_ADDRESS
        assert not error.retry

    @pytest.mark.parametrize("target", ["file:///etc/passwd", "s3://bucket/key", "ftp:x"])
    def test_another_scheme_is_refused(
        self, server: PictureServer, fetcher: Fetcher, target: str
    ) -> None:
        error = refusal(fetcher, server.url(f"/redirect-to?url={quote(target)}"))

        assert error.code is Code.FETCH_BAD_URL

    def test_the_deadline_covers_every_hop(self, server: PictureServer) -> None:
        path = f"/redirect-to?url={quote('/drip')}"

        with Fetcher(make_settings(fetch_timeout_s=TIMEOUT_S)) as fetcher:
            assert refusal(fetcher, server.url(path)).code is Code.FETCH_TIMEOUT


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:{port}/good.jpg",
            "http://127.1:{port}/good.jpg",
            "http://2130706433:{port}/good.jpg",
            "http://0x7f.0.0.1:{port}/good.jpg",
            "http://localhost:{port}/good.jpg",
            "http://[::ffff:127.0.0.1]:{port}/good.jpg",
            "http://[::ffff:7f00:1]:{port}/good.jpg",
            "http://0.0.0.0:{port}/good.jpg",
        ],
    )
    def test_loopback_is_not_reached_unless_it_is_allowed(
        self, server: PictureServer, url: str
    ) -> None:
        before = len(server.seen)

        with Fetcher(make_settings(allowed_networks="")) as fetcher:
            error = refusal(fetcher, url.format(port=server.port))

        assert error.code is Code.FETCH_FORBIDDEN_ADDRESS
        assert not error.retry
        assert "COLOURWAY_ALLOWED_NETWORKS" in error.message
        assert len(server.seen) == before

    @pytest.mark.parametrize("shift", [0, 1])
    def test_a_network_that_is_allowed_at_a_port(self, server: PictureServer, shift: int) -> None:
        networks = f"127.0.0.0/8:{server.port + shift}"
        with Fetcher(make_settings(allowed_networks=networks)) as fetcher:
            url = f"http://127.0.0.1:{server.port}/good.jpg"
            if not shift:
                assert fetcher.fetch(url).content == PICTURE
            else:
                assert refusal(fetcher, url).code is Code.FETCH_FORBIDDEN_ADDRESS

    def test_an_allowed_network_is_reached_in_any_spelling(
        self, server: PictureServer, fetcher: Fetcher
    ) -> None:
        for host in ("127.0.0.1", "127.1", "2130706433", "[::ffff:127.0.0.1]"):
            url = f"http://{host}:{server.port}/good.jpg"
            assert fetcher.fetch(url).content == PICTURE


class TestOtherSources:
    @pytest.mark.parametrize(
        "url", ["", "ftp://example.com/x.jpg", "data:image/png;base64,AA", "C:\\x"]
    )
    def test_schemes_that_are_not_fetched(self, fetcher: Fetcher, url: str) -> None:
        assert refusal(fetcher, url).code is Code.FETCH_BAD_URL

    @pytest.mark.parametrize("url", ["x.jpg", "/etc/passwd", "../x.jpg", "file:///etc/passwd"])
    def test_no_local_file_without_a_feed_folder(self, fetcher: Fetcher, url: str) -> None:
        assert refusal(fetcher, url).code is Code.FETCH_OUTSIDE_FEED

    def test_local_files_below_the_feed_folder(self, tmp_path: Path) -> None:
        (tmp_path / "front.jpg").write_bytes(PICTURE)

        with Fetcher(make_settings(), feed_folder=tmp_path) as fetcher:
            assert fetcher.fetch("front.jpg").content == PICTURE
            assert refusal(fetcher, "/etc/passwd").code is Code.FETCH_OUTSIDE_FEED
