import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.support.pictures import (
    RED,
    WHITE,
    adobe_rgb_in_srgb,
    adobe_rgb_profile,
    cmyk_profile,
    encode,
    grey_profile,
    noise,
    smooth,
)
from worker.stages.decode import decode
from worker.stages.decoding.decoded import Decoded
from worker.stages.decoding.srgb import is_srgb

CAP = 1_000_000


class TestColour:
    @pytest.mark.parametrize("colour", [(120, 130, 140), (200, 100, 60), (60, 180, 90)])
    @pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "TIFF"])
    def test_a_wide_profile_is_converted(
        self, file_format: str, colour: tuple[int, int, int]
    ) -> None:
        options: dict[str, object] = {"quality": 100} if file_format == "JPEG" else {}
        if file_format == "WEBP":
            options["lossless"] = True
        picture = Image.new("RGB", (8, 8), colour)

        decoded = decode(
            encode(picture, file_format, icc_profile=adobe_rgb_profile(), **options), CAP
        )

        difference = decoded.reshape(-1, 3).astype(int) - adobe_rgb_in_srgb(colour)
        assert np.abs(difference).max() <= 2

    def test_srgb_profiles_are_known_by_what_they_do(self) -> None:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

        assert is_srgb(profile)
        assert not is_srgb(adobe_rgb_profile())
        assert not is_srgb(grey_profile(2.2))
        assert not is_srgb(b"no profile")

    def test_a_profile_of_srgb_changes_nothing(self) -> None:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        pixels = noise(24, 24)

        np.testing.assert_array_equal(
            decode(encode(pixels, "JPEG", icc_profile=profile), CAP),
            decode(encode(pixels, "JPEG"), CAP),
        )

    @pytest.mark.parametrize("profile", [b"no profile", cmyk_profile((50, 40, -30))])
    def test_a_profile_that_does_not_fit_is_ignored(self, profile: bytes) -> None:
        pixels = noise(8, 8)

        decoded = decode(encode(pixels, "PNG", icc_profile=profile), CAP)
        np.testing.assert_array_equal(decoded, pixels)

    def test_a_grey_profile(self) -> None:
        grey = np.full((8, 8), 128, np.uint8)

        for file_format in ("PNG", "JPEG"):
            decoded = decode(encode(grey, file_format, icc_profile=grey_profile(1.0)), CAP)
            # Linear light of 128/255 is level 188 in sRGB.
            assert np.abs(decoded.astype(int) - 188).max() <= 1

    @pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
    def test_cmyk_without_a_profile_is_plain_ink(self, file_format: str) -> None:
        inks = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
        inks.paste((255, 0, 0, 51), (8, 0, 16, 16))
        options = {"quality": 100} if file_format == "JPEG" else {}

        decoded = decode(encode(inks, file_format, **options), CAP)

        assert np.abs(decoded[:, :8].astype(int) - RED).max() <= 3
        assert np.abs(decoded[:, 8:].astype(int) - (0, 204, 204)).max() <= 3

    @pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
    def test_cmyk_with_a_profile(self, file_format: str) -> None:
        inks = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
        options = {"quality": 100} if file_format == "JPEG" else {}

        decoded = decode(
            encode(inks, file_format, icc_profile=cmyk_profile((50, 40, -30)), **options), CAP
        )

        # Lab (50, 40, -30) under D50 is this in sRGB; without the profile it were (0, 255, 255).
        assert np.abs(decoded.reshape(-1, 3).astype(int) - (165, 91, 171)).max() <= 2

    def test_cmyk_jpegs_of_adobe_are_inverted_and_others_are_not(self) -> None:
        by_adobe = encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=100)
        marker = by_adobe.index(b"\xff\xee")
        length = int.from_bytes(by_adobe[marker + 2 : marker + 4], "big")
        assert by_adobe[marker + 4 : marker + 9] == b"Adobe"
        by_others = by_adobe[:marker] + by_adobe[marker + 2 + length :]

        assert np.abs(decode(by_adobe, CAP).astype(int) - RED).max() <= 3
        # The stored bytes are 255 minus the inks: read as they stand they are cyan and black.
        assert decode(by_others, CAP).max() <= 3

    def test_ycck(self) -> None:
        # Adobe stores inks inverted and then, as YCCK, the first three as luma and chroma of
        # their complement: red ink (0, 255, 255, 0) is (255, 0, 0, 255), is RGB (0, 255, 255).
        y = 0.587 * 255 + 0.114 * 255
        cb = 128 + (255 - y) / 1.772
        cr = 128 + (0 - y) / 1.402
        stored = (round(y), round(cb), max(round(cr), 0), 255)
        # Pillow writes 255 minus each channel and names no transform.
        inks = Image.new("CMYK", (16, 16), tuple(255 - channel for channel in stored))
        content = bytearray(encode(inks, "JPEG", quality=100))
        content[content.index(b"Adobe") + 11] = 2

        assert np.abs(decode(bytes(content), CAP).astype(int) - RED).max() <= 3

    def test_a_jpeg_that_stores_rgb(self) -> None:
        pixels = smooth(32, 32)

        decoded = decode(encode(pixels, "JPEG", quality=100, keep_rgb=True), CAP)

        assert np.abs(decoded.astype(int) - pixels).max() <= 3


class TestAlpha:
    def test_transparency_shows_white(self) -> None:
        rgba = np.zeros((4, 4, 4), np.uint8)
        rgba[:2] = (200, 100, 0, 255)
        rgba[2, :] = (200, 100, 0, 51)
        rgba[3, :] = (200, 100, 0, 0)

        for file_format in ("PNG", "TIFF"):
            decoded = decode(encode(rgba, file_format), CAP)
            np.testing.assert_array_equal(decoded[0], np.tile([200, 100, 0], (4, 1)))
            np.testing.assert_array_equal(decoded[2], np.tile([244, 224, 204], (4, 1)))
            np.testing.assert_array_equal(decoded[3], np.full((4, 3), 255))

    def test_grey_with_alpha(self) -> None:
        grey = Image.merge("LA", [Image.new("L", (4, 4), 0), Image.new("L", (4, 4), 128)])

        assert set(np.unique(decode(encode(grey, "PNG"), CAP))) == {127}

    @pytest.mark.parametrize("file_format", ["PNG", "GIF"])
    def test_a_transparent_palette_entry(self, file_format: str) -> None:
        picture = Image.new("P", (4, 4), 0)
        picture.putpalette([10, 20, 30, 40, 50, 60])
        picture.putpixel((1, 2), 1)

        decoded = decode(encode(picture, file_format, transparency=0), CAP)

        assert tuple(decoded[2, 1]) == (40, 50, 60)
        assert tuple(decoded[0, 0]) == WHITE

    def test_a_transparent_colour(self) -> None:
        picture = Image.new("RGB", (4, 4), (9, 8, 7))
        picture.putpixel((0, 0), (1, 2, 3))

        decoded = decode(encode(picture, "PNG", transparency=(9, 8, 7)), CAP)

        assert tuple(decoded[0, 0]) == (1, 2, 3)
        assert tuple(decoded[1, 1]) == WHITE

    def test_alpha_goes_with_a_profile(self) -> None:
        picture = Image.new("RGBA", (4, 4), (200, 100, 60, 0))
        picture.putpixel((0, 0), (200, 100, 60, 255))

        decoded = decode(encode(picture, "PNG", icc_profile=adobe_rgb_profile()), CAP)

        assert np.abs(decoded[0, 0].astype(int) - adobe_rgb_in_srgb((200, 100, 60))).max() <= 2
        assert tuple(decoded[1, 1]) == WHITE

    def test_every_mixture_is_rounded_to_nearest(self) -> None:
        alpha = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 256, 1)
        colour = alpha.T
        exact = (colour.astype(float) * alpha + 255.0 * (255 - alpha.astype(float))) / 255

        mixed = Decoded.on_white(np.repeat(colour[..., None], 3, 2), alpha).pixels

        assert np.abs(mixed[..., 0] - exact).max() <= 0.5
