"""Headers go to the origin that the file names, and no message shows a value."""

import json
from pathlib import Path

import httpx2
import pytest

from shared.errors import SettingsError
from worker.stages.fetching.origin_headers import OriginHeaders

SECRET = "s3cret-value"


def read(folder: Path, content: object) -> OriginHeaders:
    file = folder / "headers.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return OriginHeaders.read(file)


def names(headers: OriginHeaders, url: str) -> list[str]:
    return sorted(headers.of(httpx2.URL(url)))


def test_without_a_file_there_are_none() -> None:
    assert names(OriginHeaders.read(None), "https://shop.example/") == []


@pytest.mark.parametrize(
    ("origin", "url", "covered"),
    [
        ("https://shop.example", "https://shop.example/a.jpg", True),
        ("https://shop.example/", "https://SHOP.example:443/a.jpg", True),
        ("https://shop.example", "http://shop.example/a.jpg", False),
        ("https://shop.example", "https://shop.example:8443/a.jpg", False),
        ("https://shop.example", "https://img.shop.example/a.jpg", False),
        ("https://shop.example", "https://shop.example.evil.test/a.jpg", False),
        ("https://shop.example", "https://evilshop.example/a.jpg", False),
        ("https://shop.example", "https://shop.example@evil.test/a.jpg", False),
        ("https://*.shop.example", "https://img.shop.example/a.jpg", True),
        ("https://*.shop.example", "https://a.b.shop.example/a.jpg", True),
        ("https://*.shop.example", "https://shop.example/a.jpg", False),
        ("https://*.shop.example", "https://evilshop.example/a.jpg", False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/a.jpg", True),
        ("https://grün.example", "https://xn--grn-ioa.example/a.jpg", True),
    ],
)
def test_an_origin_is_scheme_host_and_port(
    tmp_path: Path, origin: str, url: str, covered: bool
) -> None:
    headers = read(tmp_path, {origin: {"X-Api-Key": SECRET}})

    assert names(headers, url) == (["x-api-key"] if covered else [])


def test_a_host_goes_before_its_domain(tmp_path: Path) -> None:
    rules = {
        "https://*.example.com": {"Referer": "https://far", "X-A": "1"},
        "https://*.shop.example.com": {"Referer": "https://near"},
        "https://img.shop.example.com": {"referer": "https://here"},
    }
    url = httpx2.URL("https://img.shop.example.com/")

    assert read(tmp_path, rules).of(url) == {
        "referer": (b"referer", b"https://here"),
        "x-a": (b"X-A", b"1"),
    }


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is not JSON"),
        ("[]", "write {"),
        ({"shop.example": {}}, "is no origin"),
        ({"*": {"Cookie": SECRET}}, "is no origin"),
        ({"https://*.com": {"Cookie": SECRET}}, "is too wide"),
        ({"https://*.0.0.1": {"Cookie": SECRET}}, "too wide"),
        ({"https://shop.example/path": {"Cookie": SECRET}}, "scheme, host and port alone"),
        ({f"https://u:{SECRET}@shop.example": {}}, "scheme, host and port alone"),
        ({"https://shop.example": [SECRET]}, "must be"),
        ({"https://shop.example": {"Host": SECRET}}, "cannot be set"),
        ({"https://shop.example": {"If-None-Match": SECRET}}, "cannot be set"),
        ({"https://shop.example": {"Proxy-Authorization": SECRET}}, "cannot be set"),
        ({"https://shop.example": {"X A": SECRET}}, "no name of a header"),
        ({"https://shop.example": {"X-A": f"{SECRET}\r\nX-B: 1"}}, "visible ASCII"),
        ({"https://shop.example": {"X-A": 1}}, "visible ASCII"),
    ],
)
def test_what_makes_no_sense_is_told_without_its_values(
    tmp_path: Path, content: object, complaint: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, content)

    assert complaint in str(caught.value)
    assert str(caught.value).startswith("COLOURWAY_FETCH_HEADERS: ")
    assert SECRET not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        OriginHeaders.read(tmp_path / "none.json")


def test_no_repr_shows_a_value(tmp_path: Path) -> None:
    headers = read(tmp_path, {"https://shop.example": {"Cookie": SECRET}})

    assert repr(headers) == "OriginHeaders of 1 origins"
    assert SECRET not in repr(vars(headers))
