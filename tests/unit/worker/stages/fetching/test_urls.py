from string import ascii_letters, digits
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.stages.fetching.urls import (
    BadUrlError,
    basic_credentials,
    parse_web_url,
    same_origin,
    scheme_of,
    show_url,
)

SECRET = "correct-horse"
labels = st.text(ascii_letters + digits, min_size=1, max_size=20)
hosts = st.lists(labels, min_size=1, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("http://example.com", b"example.com", b"/"),
        ("https://example.com/a b/ü.jpg?w=1 2#top", b"example.com", b"/a%20b/%C3%BC.jpg?w=1%202"),
        ("http://example.com/a%20b", b"example.com", b"/a%20b"),
        ("HTTP://EXAMPLE.COM:80/", b"example.com", b"/"),
        ("http://münchen.example/", b"xn--mnchen-3ya.example", b"/"),
        ("http://u:p@[2606:4700::1]:8080/x", b"2606:4700::1", b"/x"),
        ("http://good.example\\@evil.example/", b"evil.example", b"/"),
        ("http://my_bucket.example.com./x", b"my_bucket.example.com.", b"/x"),
    ],
)
def test_urls_as_feeds_write_them(text: str, host: bytes, path: bytes) -> None:
    url = parse_web_url(text)

    assert (url.raw_host, url.raw_path) == (host, path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "http:///x.jpg",
        "http:x.jpg",
        "http://:80/",
        "http://host:0/",
        "http://host:65536/",
        "http://host:port/",
        "http://two words/",
        "http://a..b/",
        "http://" + "a" * 64 + ".example/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://example.com/\x00",
        "http://example.com/\r\nX-Injected: 1",
        "http://example.com/" + "x" * 9000,
        "ftp://example.com/x.jpg",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "x.jpg",
    ],
)
def test_what_cannot_be_fetched_is_refused(text: str) -> None:
    with pytest.raises(BadUrlError) as caught:
        parse_web_url(text)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@given(st.text(max_size=300))
def test_any_text_is_a_url_or_a_bad_one(text: str) -> None:
    try:
        url = parse_web_url(text)
    except BadUrlError:
        return
    assert url.scheme in ("http", "https")
    assert url.raw_host
    assert b" " not in url.raw_path
    assert b"\n" not in url.raw_path


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_host_is_a_host_or_bad(host: str, path: str) -> None:
    try:
        url = parse_web_url(f"http://{host}/{path}")
    except BadUrlError:
        return
    url.raw_host.decode("ascii").encode("idna")


@given(hosts, st.text(min_size=1, max_size=20), st.sampled_from(["http", "https", "s3", "ftp"]))
def test_credentials_are_never_shown(host: str, path: str, scheme: str) -> None:
    text = f"{scheme}://user:{SECRET}@{host}/{quote(path, safe='')}?token={SECRET}#{SECRET}"

    assert SECRET not in show_url(text)
    assert host in show_url(text)
    assert show_url(text).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        f"http://user:{SECRET}@",
        f"http://user:{SECRET}@host:port/",
        f"http://user:first/{SECRET}@host/",
        f"http://user:first?{SECRET}@host/",
        f"http://user:{SECRET}@two words/",
        f"http://user:{SECRET}@host/\x00",
        f"ftp://user:{SECRET}@host/x",
    ],
)
def test_credentials_are_not_shown_by_errors(text: str) -> None:
    with pytest.raises(BadUrlError) as caught:
        parse_web_url(text)

    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_credentials_become_a_header() -> None:
    assert basic_credentials(httpx2.URL("http://example.com")) is None
    # RFC 7617, section 2
    url = httpx2.URL("http://Aladdin:open%20sesame@example.com")
    assert basic_credentials(url) == b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a/x", "http://a/y?z", True),
        ("http://a", "http://a:80", True),
        ("https://a", "https://a:443", True),
        ("http://a", "https://a", False),
        ("http://a", "http://b", False),
        ("http://a", "http://a:8080", False),
    ],
)
def test_origins(one: str, other: str, same: bool) -> None:
    assert same_origin(httpx2.URL(one), httpx2.URL(other)) is same


@pytest.mark.parametrize(
    ("text", "scheme"),
    [("HTTPS://x", "https"), ("s3://b/k", "s3"), ("a/b.jpg", ""), ("a b:c", ""), ("", "")],
)
def test_schemes(text: str, scheme: str) -> None:
    assert scheme_of(text) == scheme
