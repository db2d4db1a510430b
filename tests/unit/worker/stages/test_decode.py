import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import cv2
import numpy as np
import pytest
from PIL import Image

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from tests.support.pictures import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    adobe_rgb_profile,
    encode,
    noise,
    orientation_exif,
    smooth,
    tiff16,
)
from worker.stages.decode import decode, decode_with_alpha

CAP = 1_000_000


def refusal(content: bytes, max_pixels: int = CAP) -> StageError:
    with pytest.raises(StageError) as caught:
        decode(content, max_pixels)
    assert caught.value.stage is Stage.DECODE
    assert caught.value.retry is False
    return caught.value


class TestFormats:
    @pytest.mark.parametrize(
        ("file_format", "options"),
        [
            ("PNG", {}),
            ("BMP", {}),
            ("WEBP", {"lossless": True}),
            ("TIFF", {}),
            ("TIFF", {"compression": "tiff_lzw"}),
            ("TIFF", {"big_tiff": True}),
        ],
    )
    def test_lossless_files_come_back_exactly(
        self, file_format: str, options: dict[str, object]
    ) -> None:
        pixels = noise(19, 31)

        decoded = decode(encode(pixels, file_format, **options), CAP)

        assert decoded.dtype == np.uint8
        assert decoded.flags.c_contiguous
        assert decoded.flags.writeable
        np.testing.assert_array_equal(decoded, pixels)

    @pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "AVIF"])
    def test_lossy_files_come_back_nearly(self, file_format: str) -> None:
        pixels = smooth(48, 64)

        decoded = decode(encode(pixels, file_format, quality=95), CAP)

        assert decoded.shape == (48, 64, 3)
        assert np.abs(decoded.astype(int) - pixels).mean() < 3

    def test_palette(self) -> None:
        picture = Image.fromarray(noise(12, 9)).quantize(64)

        for file_format in ("GIF", "PNG"):
            decoded = decode(encode(picture, file_format), CAP)
            np.testing.assert_array_equal(decoded, np.asarray(picture.convert("RGB")))

    def test_grey_and_black_and_white(self) -> None:
        grey = noise(7, 9)[..., 0]
        bits = Image.fromarray(grey).convert("1")

        np.testing.assert_array_equal(
            decode(encode(grey, "PNG"), CAP), np.repeat(grey[..., None], 3, 2)
        )
        assert set(np.unique(decode(encode(bits, "PNG"), CAP))) == {0, 255}

    @pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
    def test_of_several_pictures_the_first(self, file_format: str) -> None:
        red, blue = (Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE))

        decoded = decode(encode(red, file_format, save_all=True, append_images=[blue]), CAP)

        assert decoded.shape == (16, 16, 3)
        assert np.abs(decoded.astype(int) - RED).max() <= 6

    def test_two_pictures_in_one_jpeg_file(self) -> None:
        red, blue = (Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE))

        decoded = decode(encode(red, "MPO", save_all=True, append_images=[blue]), CAP)

        assert np.abs(decoded.astype(int) - RED).max() <= 6


class TestOrientation:
    # Orientation: the side of the upright picture on which the stored first row lies, and the one
    # on which the stored first column lies (EXIF 2.32, tag 274).
    SIDES: ClassVar = {
        1: ("top", "left"),
        2: ("top", "right"),
        3: ("bottom", "right"),
        4: ("bottom", "left"),
        5: ("left", "top"),
        6: ("right", "top"),
        7: ("right", "bottom"),
        8: ("left", "bottom"),
    }
    OPPOSITE: ClassVar = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}

    def stored(self) -> Image.Image:
        """48 × 32 pixels; first row red then green, last row blue then white, in blocks."""
        pixels = np.zeros((32, 48, 3), np.uint8)
        pixels[:16, :24], pixels[:16, 24:] = RED, GREEN
        pixels[16:, :24], pixels[16:, 24:] = BLUE, WHITE
        return Image.fromarray(pixels)

    def file(self, file_format: str, orientation: int) -> bytes:
        stored = self.stored()
        if file_format == "TIFF":
            return encode(stored, "TIFF", tiffinfo={274: orientation})
        options = {"quality": 95} if file_format in ("JPEG", "AVIF") else {}
        return encode(stored, file_format, exif=orientation_exif(orientation), **options)

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
    def test_corners_land_where_the_standard_says(self, file_format: str, orientation: int) -> None:
        decoded = decode(self.file(file_format, orientation), CAP)

        row, column = self.SIDES[orientation]
        assert decoded.shape == ((32, 48, 3) if row in ("top", "bottom") else (48, 32, 3))
        corners = {
            RED: {row, column},
            GREEN: {row, self.OPPOSITE[column]},
            BLUE: {self.OPPOSITE[row], column},
            WHITE: {self.OPPOSITE[row], self.OPPOSITE[column]},
        }
        for colour, sides in corners.items():
            y = 3 if "top" in sides else decoded.shape[0] - 4
            x = 3 if "left" in sides else decoded.shape[1] - 4
            assert np.abs(decoded[y, x].astype(int) - colour).max() < 40, (colour, sides)

    @pytest.mark.parametrize("orientation", [0, 9, 65535])
    def test_a_senseless_orientation_turns_nothing(self, orientation: int) -> None:
        assert decode(self.file("JPEG", orientation), CAP).shape == (32, 48, 3)

    @pytest.mark.filterwarnings("ignore:Corrupt EXIF")
    def test_broken_exif_does_not_cost_the_picture(self) -> None:
        content = encode(self.stored(), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")

        assert decode(content, CAP).shape == (32, 48, 3)

    @pytest.mark.parametrize("orientation", [1, 6])
    def test_sixteen_bit_pictures_are_turned_once(self, orientation: int) -> None:
        stored = np.asarray(self.stored())
        by_tiff = decode(tiff16(stored.astype(np.uint16) * 257, orientation=orientation), CAP)

        np.testing.assert_array_equal(by_tiff, np.rot90(stored, -1) if orientation == 6 else stored)


class TestFastPipeline:
    def test_plain_jpegs_look_the_same_on_both_roads(self) -> None:
        pixels = smooth(150, 113) // 2 + noise(150, 113) // 8
        for options in (
            {"quality": 60},
            {"quality": 92, "subsampling": 0},
            {"progressive": True},
            {"restart_marker_rows": 1},
            {"exif": orientation_exif(6)},
        ):
            content = encode(pixels, "JPEG", **options)
            as_wide = encode(Image.fromarray(pixels), "JPEG", icc_profile=b"ignored", **options)

            # A profile, be it a broken one, has Pillow decode the same picture.
            fast, slow = decode(content, CAP), decode(as_wide, CAP)

            assert fast.shape == slow.shape
            assert np.abs(fast.astype(int) - slow).max() <= 2

    def test_threads_do_not_disturb_each_other(self) -> None:
        pictures = [noise(40, 30, seed) for seed in range(8)]
        files = [
            encode(pixels, file_format, **options)
            for pixels in pictures
            for file_format, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}))
        ]

        with ThreadPoolExecutor(8) as threads:
            decoded = list(threads.map(decode, files * 4, [CAP] * len(files) * 4))

        for index, found in enumerate(decoded):
            np.testing.assert_array_equal(found, pictures[index % len(files) // 3])


class TestRefusals:
    def test_the_cap_is_on_width_times_height(self) -> None:
        content = encode(smooth(10, 20), "JPEG")

        assert decode(content, 200).shape == (10, 20, 3)
        error = refusal(content, 199)
        assert error.code is Code.IMAGE_TOO_LARGE
        assert "20×10" in error.message
        assert "COLOURWAY_MAX_IMAGE_PIXELS" in error.message

    def test_a_bomb_is_refused_by_its_header(self) -> None:
        # 60000 × 60000 grey pixels in under 500 kB; decoding them would take 3.6 GB.
        content = bytearray(encode(np.zeros((8, 8), np.uint8), "PNG"))
        content[16:24] = (60_000).to_bytes(4, "big") * 2
        content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")

        assert refusal(bytes(content), 60_000_000).code is Code.IMAGE_TOO_LARGE

    @pytest.mark.parametrize(
        ("content", "code", "name"),
        [
            (b"", Code.NOT_AN_IMAGE, "an empty file"),
            (b"<!doctype html><title>404</title>", Code.NOT_AN_IMAGE, "an HTML page"),
            (b"%PDF-1.7 ...", Code.NOT_AN_IMAGE, "a PDF document"),
            (b'{"error": 404}', Code.NOT_AN_IMAGE, "a JSON document"),
            (b"\x01\x02junk" * 30, Code.NOT_AN_IMAGE, "unknown data"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Code.UNSUPPORTED_IMAGE, "an SVG"),
            (b"8BPS\x00\x01" + bytes(40), Code.UNSUPPORTED_IMAGE, "a Photoshop file"),
        ],
    )
    def test_what_is_no_picture_is_named(self, content: bytes, code: Code, name: str) -> None:
        error = refusal(content)

        assert error.code is code
        assert name in error.message

    def test_floating_point_pixels_have_no_colour(self) -> None:
        error = refusal(encode(np.ones((4, 4), np.float32), "TIFF"))

        assert error.code is Code.UNSUPPORTED_IMAGE

    def test_a_broken_header(self) -> None:
        content = bytearray(encode(smooth(8, 8), "PNG"))
        content[12:16] = b"IHDX"

        error = refusal(bytes(content))

        assert error.code is Code.IMAGE_CORRUPT
        assert "0x" not in error.message


@pytest.mark.parametrize("profile", [None, adobe_rgb_profile()], ids=["sRGB", "Adobe RGB"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_is_decoded_at_a_part_of_its_size_where_that_is_enough(
    profile: bytes | None, orientation: int
) -> None:
    pixels = smooth(401, 300)
    options = {} if profile is None else {"icc_profile": profile}
    exif = orientation_exif(orientation)
    content = encode(pixels, "JPEG", quality=95, exif=exif, **options)
    whole = decode_with_alpha(content, CAP)
    assert (whole.photo_hw, whole.size_hw) == (None, whole.pixels.shape[:2])
    for wanted, part in ((201, 1), (200, 2), (100, 4), (50, 8), (1, 8)):
        found = decode_with_alpha(content, CAP, wanted)
        height, width = (-(-side // part) for side in whole.size_hw)
        assert found.pixels.shape == (height, width, 3)
        assert found.size_hw == whole.size_hw
        small = cv2.resize(whole.pixels, (width, height), interpolation=cv2.INTER_AREA)
        assert np.abs(found.pixels.astype(int) - small).mean() < 2


def test_other_files_are_always_decoded_whole() -> None:
    assert decode_with_alpha(encode(smooth(40, 30), "PNG"), CAP, 10).pixels.shape == (40, 30, 3)
