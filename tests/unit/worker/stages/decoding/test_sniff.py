import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pictures import encode, smooth
from worker.stages.decoding import sniff
from worker.stages.decoding.sniff import Support


@pytest.mark.parametrize(
    ("file_format", "expected"),
    [
        ("JPEG", sniff.JPEG),
        ("PNG", sniff.PNG),
        ("GIF", sniff.GIF),
        ("WEBP", sniff.WEBP),
        ("TIFF", sniff.TIFF),
        ("BMP", sniff.BMP),
        ("AVIF", sniff.AVIF),
        ("ICO", sniff.ICO),
        ("JPEG2000", sniff.JPEG_2000),
        ("PDF", sniff.PDF),
    ],
)
def test_files_as_they_are_written(file_format: str, expected: sniff.Format) -> None:
    assert sniff.sniff(encode(smooth(16, 16), file_format)) == expected


def test_every_decoded_format_is_an_image() -> None:
    formats = [f for f in vars(sniff).values() if isinstance(f, sniff.Format)]
    decoded = {f.content_type for f in formats if f.kind is Support.DECODED}

    assert decoded == {f"image/{n}" for n in ("jpeg", "png", "gif", "webp", "tiff", "bmp", "avif")}
    assert all(f.content_type.startswith("image/") for f in formats if f.kind is Support.UNDECODED)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", sniff.EMPTY),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", sniff.SVG),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a drawing -->\n<svg:svg/>", sniff.SVG),
        (b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C" [<!ENTITY a "b">]><svg/>', sniff.SVG),
        ("\ufeff<svg/>".encode("utf-16"), sniff.SVG),
        (b"\n\n <!DOCTYPE HTML><html><body>Not found", sniff.HTML),
        (b"<!-- cached --><html>", sniff.HTML),
        (b"<div>Sorry</div>", sniff.HTML),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", sniff.XML),
        (b'{"error": "not found"}', sniff.JSON),
        (b"[]", sniff.JSON),
        (b"%PDF-1.7\n", sniff.PDF),
        (b"BM is how this sentence begins, and it is no bitmap", sniff.TEXT),
        ("kein Bild, nur Wörter".encode(), sniff.TEXT),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", sniff.MP4),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", sniff.HEIC),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif", sniff.AVIF),
        (b"\xff\x0a" + bytes(20), sniff.JPEG_XL),
        (b"PK\x03\x04" + bytes(20), sniff.ZIP),
        (b"\x1f\x8b\x08" + bytes(20), sniff.GZIP),
        (bytes(64), sniff.UNKNOWN),
        (b"\x93\xfe\x01\x02" * 8, sniff.UNKNOWN),
    ],
)
def test_what_is_no_picture_is_named(content: bytes, expected: sniff.Format) -> None:
    assert sniff.sniff(content) == expected


def test_a_letter_split_at_the_end_of_the_head_is_still_text() -> None:
    content = "é".encode() * 4096

    assert sniff.sniff(b"x" + content) == sniff.TEXT


@given(st.binary(max_size=200))
def test_any_bytes_have_a_name(content: bytes) -> None:
    assert sniff.sniff(content).name


@given(st.text(max_size=200))
def test_text_is_never_a_picture(text: str) -> None:
    found = sniff.sniff(text.encode("utf-8", "surrogatepass"))

    assert found.kind is not Support.DECODED or text.startswith(
        ("GIF8", "II*\0", "II+\0", "MM\0", "BM")
    )
