import gzip
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from worker.stages.fetching.responses import Headers, ResponseBody, refuse_status, retry_after_s

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PLAIN = Headers([])


def encoded(name: str) -> Headers:
    return Headers([(b"content-encoding", name.encode())])


class TestRetryAfter:
    @given(st.integers(0, 86_400))
    def test_seconds(self, seconds: int) -> None:
        assert retry_after_s(str(seconds), NOW) == seconds

    @given(st.integers(0, 86_400))
    def test_dates(self, seconds: int) -> None:
        moment = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

        assert retry_after_s(moment, NOW) == seconds

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, None),
            ("", None),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
            ("٣", None),
            ("Tue, 24 Nov 2026 11:59:00 GMT", 0.0),
            ("Tuesday, 24-Nov-26 12:01:00 GMT", 60.0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
            ("9" * 400, 86_400.0),
        ],
    )
    def test_others(self, value: str | None, expected: float | None) -> None:
        assert retry_after_s(value, NOW) == expected

    @given(st.text(max_size=60))
    def test_nonsense_is_no_wait_or_a_sane_one(self, value: str) -> None:
        wait_s = retry_after_s(value, NOW)

        assert wait_s is None or 0 <= wait_s <= 86_400


class TestStatus:
    @pytest.mark.parametrize(
        ("status", "code", "retry"),
        [
            (206, Code.FETCH_INCOMPLETE, True),
            (304, Code.FETCH_REJECTED, False),
            (400, Code.FETCH_REJECTED, False),
            (401, Code.FETCH_DENIED, False),
            (403, Code.FETCH_DENIED, False),
            (404, Code.FETCH_NOT_FOUND, False),
            (408, Code.FETCH_TIMEOUT, True),
            (410, Code.FETCH_NOT_FOUND, False),
            (418, Code.FETCH_REJECTED, False),
            (429, Code.FETCH_THROTTLED, True),
            (500, Code.FETCH_SERVER_ERROR, True),
            (503, Code.FETCH_THROTTLED, True),
            (599, Code.FETCH_SERVER_ERROR, True),
        ],
    )
    def test_codes(self, status: int, code: Code, retry: bool) -> None:
        with pytest.raises(StageError, match=f"here answered with status {status}") as caught:
            refuse_status("here", status, Headers([(b"Retry-After", b"9")]))

        error = caught.value
        assert (error.stage, error.code, error.retry) == (Stage.FETCH, code, retry)
        assert error.retry_after_s == (9.0 if retry else None)

    def test_a_server_that_does_not_say_when_is_broken_rather_than_busy(self) -> None:
        with pytest.raises(StageError) as caught:
            refuse_status("here", 503, PLAIN)

        assert (caught.value.code, caught.value.retry) == (Code.FETCH_SERVER_ERROR, True)

    @pytest.mark.parametrize(
        ("content_range", "whole"),
        [
            ("bytes 0-99/100", True),
            ("BYTES 0-0/1", True),
            ("bytes 0-98/100", False),
            ("bytes 1-99/100", False),
            ("bytes 0-99/*", False),
            ("", False),
        ],
    )
    def test_a_part_that_is_all(self, content_range: str, whole: bool) -> None:
        headers = Headers([(b"Content-Range", content_range.encode())])
        if whole:
            refuse_status("here", 206, headers)
            return
        with pytest.raises(StageError) as caught:
            refuse_status("here", 206, headers)
        assert caught.value.code is Code.FETCH_INCOMPLETE

    @pytest.mark.parametrize("status", [200, 203, 204])
    def test_success(self, status: int) -> None:
        refuse_status("here", status, PLAIN)


class TestHeaders:
    def test_case_and_repetition(self) -> None:
        headers = Headers([(b"LOCATION", b" /a "), (b"location", b"/b"), (b"X", "é".encode())])

        assert headers.get("Location") == "/a"
        assert headers.get("x") == "é"
        assert headers.get("y") is None
        assert Headers([(b"x", b"\xe9")]).get("x") == "é"


class TestBody:
    @given(
        st.lists(st.binary(max_size=40), max_size=10), st.sampled_from(["plain", "gzip", "zlib"])
    )
    def test_comes_back_whole(self, chunks: list[bytes], kind: str) -> None:
        content = b"".join(chunks)
        wire = {"plain": bytes, "gzip": gzip.compress, "zlib": zlib.compress}[kind](content)
        names = {"plain": "identity", "gzip": "GZIP", "zlib": "deflate"}
        body = ResponseBody("here", encoded(names[kind]), 1000)

        for start in range(0, len(wire), 7):
            body.add(wire[start : start + 7])

        assert body.content() == content

    def test_two_gzip_members_in_a_row(self) -> None:
        body = ResponseBody("here", encoded("gzip"), 1000)

        body.add(gzip.compress(b"one ") + gzip.compress(b"two"))

        assert body.content() == b"one two"

    @given(st.integers(0, 50))
    def test_the_cap_is_the_most_that_passes(self, cap: int) -> None:
        body = ResponseBody("here", PLAIN, cap)
        body.add(bytes(cap))
        assert body.content() == bytes(cap)

        with pytest.raises(StageError) as caught:
            body.add(b"x")
        assert caught.value.code is Code.FETCH_TOO_LARGE
        assert not caught.value.retry

    def test_the_cap_holds_for_what_is_decompressed(self) -> None:
        wire = gzip.compress(bytes(1001))
        assert len(wire) < 100
        body = ResponseBody("here", encoded("gzip"), 1000)

        body.add(wire)
        with pytest.raises(StageError) as caught:
            body.content()

        assert caught.value.code is Code.FETCH_TOO_LARGE

    def test_a_declared_length_over_the_cap(self) -> None:
        ResponseBody("here", Headers([(b"Content-Length", b"1000")]), 1000)
        ResponseBody("here", Headers([(b"Content-Length", b"nonsense")]), 1000)

        with pytest.raises(StageError, match="declares 1001 bytes") as caught:
            ResponseBody("here", Headers([(b"Content-Length", b"1001")]), 1000)
        assert caught.value.code is Code.FETCH_TOO_LARGE

    @pytest.mark.parametrize("encoding", ["br", "zstd", "br, aws-chunked"])
    def test_an_encoding_nobody_asked_for(self, encoding: str) -> None:
        body = ResponseBody("here", encoded(encoding), 1000)
        body.add(b"\x8b\x00\x80 no picture \x03")

        with pytest.raises(StageError, match="though plain bytes were asked for") as caught:
            body.content()

        assert caught.value.code is Code.FETCH_REJECTED

    @given(st.integers(1, 30))
    def test_compression_that_stops_early(self, lacking: int) -> None:
        wire = gzip.compress(b"some bytes that hardly compress")
        body = ResponseBody("here", encoded("gzip"), 1000)
        body.add(wire[:-lacking])

        with pytest.raises(StageError) as caught:
            body.content()

        assert caught.value.code is Code.FETCH_INCOMPLETE
        assert caught.value.retry

    def test_compression_that_is_damaged(self) -> None:
        body = ResponseBody("here", encoded("gzip"), 1000)

        body.add(b"this is no gzip")
        with pytest.raises(StageError) as caught:
            body.content()

        assert caught.value.code is Code.FETCH_INCOMPLETE
