import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from shared.contracts.stages import Code
from shared.errors import StageError
from tests.support.pictures import encode, noise, orientation_exif
from worker.stages.decode import decode
from worker.stages.decoding.sniff import sniff
from worker.stages.decoding.wholeness import missing_end

CAP = 1_000_000
PIXELS = noise(20, 26)
PICTURE = Image.fromarray(PIXELS)
SECOND = PICTURE.rotate(90)

FILES = {
    "baseline JPEG": encode(PIXELS, "JPEG"),
    "progressive JPEG": encode(PIXELS, "JPEG", progressive=True),
    "JPEG with restart marks": encode(PIXELS, "JPEG", restart_marker_rows=1),
    "JPEG with a thumbnail inside": encode(PIXELS, "JPEG", comment=encode(PIXELS[:8, :8], "JPEG")),
    "CMYK JPEG": encode(PICTURE.convert("CMYK"), "JPEG"),
    "PNG": encode(PIXELS, "PNG"),
    "16-bit PNG": encode(PIXELS[..., 0].astype(np.uint16) * 257, "PNG"),
    "GIF": encode(PICTURE.quantize(200), "GIF"),
    "animated GIF": encode(PICTURE.quantize(9), "GIF", save_all=True, append_images=[SECOND]),
    "WebP": encode(PIXELS, "WEBP"),
    "lossless WebP": encode(PIXELS, "WEBP", lossless=True),
    "animated WebP": encode(PIXELS, "WEBP", save_all=True, append_images=[SECOND]),
    "TIFF": encode(PIXELS, "TIFF"),
    "LZW TIFF": encode(PIXELS, "TIFF", compression="tiff_lzw"),
    "JPEG TIFF": encode(PIXELS, "TIFF", compression="jpeg"),
    "big TIFF": encode(PIXELS, "TIFF", big_tiff=True),
    "BMP": encode(PIXELS, "BMP"),
    "AVIF": encode(PIXELS, "AVIF"),
    "animated AVIF": encode(PIXELS, "AVIF", save_all=True, append_images=[SECOND]),
}
MAGIC_BYTES = 18


@pytest.mark.parametrize("name", FILES)
def test_whole_files_lack_nothing(name: str) -> None:
    content = FILES[name]

    assert missing_end(content, sniff(content)) is None
    assert missing_end(content + b"\0 appended by a careless server", sniff(content)) is None


@settings(max_examples=400)
@given(name=st.sampled_from(sorted(FILES)), share=st.floats(0, 1, exclude_max=True))
@example(name="baseline JPEG", share=0.9999)
@example(name="progressive JPEG", share=0.5)
@example(name="AVIF", share=0.3)
def test_cut_anywhere_it_is_an_error_or_the_whole_picture(name: str, share: float) -> None:
    content = FILES[name]
    part = content[: int(len(content) * share)]

    try:
        decoded = decode(part, CAP)
    except StageError as error:
        cut = Code.IMAGE_TRUNCATED
        assert error.code is cut or len(part) < MAGIC_BYTES
    else:
        # A GIF's first picture may end before its file does; others may lack their last marks.
        np.testing.assert_array_equal(decoded, decode(content, CAP))


@pytest.mark.parametrize("name", sorted(FILES))
def test_junk_in_the_place_of_the_last_third_is_no_picture(name: str) -> None:
    content = FILES[name]
    page = b"<html><head><title>504 Gateway Time-out</title></head></html>"

    lacks_its_end = content[: len(content) * 2 // 3] + page
    if missing_end(lacks_its_end, sniff(content)) is not None:
        with pytest.raises(StageError) as caught:
            decode(lacks_its_end, CAP)
        assert caught.value.code is Code.IMAGE_TRUNCATED


ODD_WEBP = next(
    content
    for content in (encode(noise(8, width), "WEBP", lossless=True) for width in range(8, 40))
    if content[16] % 2
)


class TestPadding:
    def test_of_a_webp(self) -> None:
        counted = ODD_WEBP[:-1]
        uncounted = counted[:4] + (len(counted) - 8).to_bytes(4, "little") + counted[8:]

        assert ODD_WEBP[-1] == 0
        for content in (counted, uncounted, uncounted + b"\0"):
            np.testing.assert_array_equal(decode(content, CAP), decode(ODD_WEBP, CAP))

    def test_a_webp_that_lacks_only_what_describes_it(self) -> None:
        content = encode(PIXELS, "WEBP", exif=orientation_exif(6), xmp=b"<xmp/>" * 9)
        described = content.index(b"EXIF")

        for end in (described + 9, content.index(b"XMP ") + 9, len(content) - 5):
            decoded = decode(content[:end], CAP)
            plain = decode(encode(PIXELS, "WEBP"), CAP)
            upright = plain if end < content.index(b"XMP ") else np.rot90(plain, -1)
            np.testing.assert_array_equal(decoded, upright)

    def test_of_a_bmp(self) -> None:
        pixels = noise(5, 7)  # rows of 21 bytes, padded to 24
        content = encode(pixels, "BMP")

        for lost in (1, 2, 3):
            np.testing.assert_array_equal(decode(content[:-lost], CAP), pixels)
        with pytest.raises(StageError, match="is cut off"):
            decode(content[:-4], CAP)


def test_a_jpeg_whose_tail_was_never_written() -> None:
    content = FILES["baseline JPEG"]
    half = len(content) // 2

    with pytest.raises(StageError) as caught:
        decode(content[:half] + bytes(len(content) - half), CAP)

    assert caught.value.code is Code.IMAGE_TRUNCATED


@settings(max_examples=300)
@given(
    name=st.sampled_from(sorted(FILES)),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_files_give_pixels_or_a_stage_error(
    name: str, changes: list[tuple[float, int]]
) -> None:
    content = bytearray(FILES[name])
    for share, value in changes:
        content[int(len(content) * share)] = value

    try:
        decoded = decode(bytes(content), CAP)
    except StageError as error:
        assert error.message
    else:
        assert decoded.dtype == np.uint8
        assert decoded.ndim == 3
        assert decoded.shape[0] * decoded.shape[1] <= CAP


@settings(max_examples=300)
@given(
    start=st.sampled_from([content[:n] for content in FILES.values() for n in (18, 40, 80)]),
    rest=st.binary(max_size=120),
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_junk_behind_a_good_start_gives_a_stage_error(start: bytes, rest: bytes) -> None:
    content = start + rest
    missing_end(content, sniff(content))

    with pytest.raises(StageError):
        decode(content, CAP)
