import numpy as np
import pytest
from PIL.PngImagePlugin import PngInfo

from tests.support.pictures import encode, noise, orientation_exif
from worker.stages.decode import decode

CAP = 1_000_000
STORED = noise(20, 32)
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    'tiff:Orientation="6"/>'
    "</rdf:RDF></x:xmpmeta>"
)
FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"]


def with_xmp(file_format: str, **options: object) -> bytes:
    if file_format == "PNG":
        told = PngInfo()
        told.add_itxt("XML:com.adobe.xmp", XMP)
        options["pnginfo"] = told
    elif file_format == "TIFF":
        options["tiffinfo"] = {700: XMP.encode(), **options.pop("tiffinfo", {})}
    else:
        options["xmp"] = XMP.encode()
    return encode(STORED, file_format, **options)


@pytest.mark.parametrize("file_format", FORMATS)
def test_xmp_turns_nothing(file_format: str) -> None:
    decoded = decode(with_xmp(file_format), CAP)

    np.testing.assert_array_equal(decoded, decode(encode(STORED, file_format), CAP))


@pytest.mark.parametrize("file_format", FORMATS)
def test_exif_turns_whatever_xmp_says(file_format: str) -> None:
    options = {"tiffinfo": {274: 8}} if file_format == "TIFF" else {"exif": orientation_exif(8)}

    decoded = decode(with_xmp(file_format, **options), CAP)

    upright = np.rot90(decode(encode(STORED, file_format), CAP))
    np.testing.assert_array_equal(decoded, upright)


def test_xmp_behind_the_rows_of_a_png() -> None:
    content = with_xmp("PNG")
    start = content.index(b"iTXt") - 4
    end = start + 12 + int.from_bytes(content[start : start + 4], "big")
    moved = content[:start] + content[end:-12] + content[start:end] + content[-12:]

    np.testing.assert_array_equal(decode(moved, CAP), STORED)


@pytest.mark.parametrize("compressed", [False, True])
def test_exif_in_a_text_chunk_as_imagemagick_wrote_it(compressed: bool) -> None:
    exif = orientation_exif(6)
    told = PngInfo()
    text = f"\nexif\n{len(exif):8}\n{exif.hex()}\n"
    told.add_text("Raw profile type exif", text, zip=compressed)

    np.testing.assert_array_equal(
        decode(encode(STORED, "PNG", pnginfo=told), CAP), np.rot90(STORED, -1)
    )
