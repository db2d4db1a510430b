from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.pictures import LONGEST_URL, check_address

A = "https://a.example/1.jpg"


@pytest.mark.parametrize(
    "address",
    [
        A,
        "HTTP://a.example/1.jpg",
        "https://[2001:db8::1]:8443/1.jpg?w=2#x",
        "https://bücher.example/ä b.jpg",
        "s3://bucket/a/key.jpg",
    ],
)
def test_urls_stay_as_they_are(address: str) -> None:
    assert check_address(address) == address


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("https:///1.jpg", "names no host"),
        ("https:1.jpg", "names no host"),
        ("http://a.example:port/1.jpg", "is no URL"),
        ("http://[::1/1.jpg", "is no URL"),
        ("ftp://a.example/1.jpg", "not by ftp"),
        ("data:image/png;base64,AAAA", "not by data"),
        ("C:\\pictures\\1.jpg", "not by c"),
        ("//a.example/1.jpg", "write https://a.example"),
        ("s3://bucket", "s3://bucket/key"),
        ("s3:bucket/key", "s3://bucket/key"),
        ("s3://arn:aws:s3:eu-west-1:1:accesspoint:shop/a.jpg", "it has no bucket's name"),
        ("s3://bucket/../other/a.jpg", "no segment that is . or .."),
        ("https://a.example/\x07.jpg", "control character"),
        ("https://a.example/" + "x" * LONGEST_URL, "longer"),
        ("photos/1.jpg", "colourway run"),
        ("file:///etc/passwd", "colourway run"),
        ("www.a.example/1.jpg", "write https://"),
        ('<img src="https://a.example/1.jpg">', "is HTML"),
        ('=HYPERLINK("https://a.example/1.jpg")', "formula"),
        ("N/A", "is no address"),
        ("no image", "is no address"),
        ("http://http://a.example/1.jpg", "its scheme twice"),
        ("https:/a.example/1.jpg", "names no host"),
    ],
)
def test_bad_addresses_are_refused(address: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_address(address)


def test_local_paths_become_file_urls_in_embedded_mode(tmp_path: Path) -> None:
    picture = tmp_path / "photos" / "ä 1%.jpg"
    picture.parent.mkdir()
    picture.touch()
    for address in ("photos/ä 1%.jpg", "photos/../photos/ä 1%.jpg", picture.as_uri(), str(picture)):
        assert check_address(address, tmp_path) == picture.as_uri()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("../1.jpg", "outside the feed's folder"),
        ("/etc/passwd", "outside the feed's folder"),
        ("file:///etc/passwd", "outside the feed's folder"),
        ("file:///%2e%2e/etc/passwd", "outside the feed's folder"),
        ("file://other.example/1.jpg", "another machine"),
        ("link/passwd", "outside the feed's folder"),
    ],
)
def test_nothing_outside_the_folder_is_let_in(tmp_path: Path, address: str, reason: str) -> None:
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(ValueError, match=reason):
        check_address(address, tmp_path)


@pytest.mark.parametrize("address", ["N/A", "no such.jpg", "photos", "x" * 300 + ".jpg", "h=300"])
def test_what_is_no_file_is_no_picture(tmp_path: Path, address: str) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(ValueError, match=r"no file in|is no address"):
        check_address(address, tmp_path)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("/w/s/1.jpg", "https://a.example/media/w/s/1.jpg"),
        ("w/s/1.jpg", "https://a.example/media/w/s/1.jpg"),
        ("https://b.example/1.jpg", "https://b.example/1.jpg"),
    ],
)
def test_a_base_stands_before_what_has_no_scheme(tmp_path: Path, address: str, url: str) -> None:
    assert check_address(address, tmp_path, "https://a.example/media/") == url


def test_a_base_makes_no_address_of_a_word_for_nothing() -> None:
    with pytest.raises(ValueError, match="is no address"):
        check_address("N/A", None, "https://a.example")


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(ValueError, match=r"no path|no file in"):
        check_address("a/1.jpg", tmp_path)


@given(st.text(max_size=60))
def test_any_text_is_an_address_below_the_folder_or_refused(text: str) -> None:
    folder = Path("/nowhere/feeds")
    try:
        address = check_address(text, folder)
    except ValueError:
        return
    if address.startswith("file:"):
        assert Path(unquote(urlsplit(address).path)).is_relative_to(folder)
    else:
        assert urlsplit(address).scheme in {"http", "https", "s3"}


@given(
    st.from_regex(
        r"(https?|HTTPS):/{1,3}[a-zA-Z0-9.:@\[\]_é-]{0,12}([/?#][a-z/]*)?", fullmatch=True
    )
)
def test_an_address_needs_a_host_as_the_standard_library_sees_it(text: str) -> None:
    try:
        parts = urlsplit(text)
        is_good = bool(parts.hostname) and (parts.port is None or parts.port >= 0)
    except ValueError:
        is_good = False
    if is_good:
        assert check_address(text) == text
    else:
        with pytest.raises(ValueError, match="is no URL"):
            check_address(text)
