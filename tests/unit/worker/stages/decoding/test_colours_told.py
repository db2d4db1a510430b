import numpy as np
import pytest
from coloraide import Color
from PIL import Image

from bench._picture_files import avif, chrm, cicp, gama, iccp, png
from bench.pictures.decoded import kinds, measured
from tests.support.pictures import (
    adobe_rgb_in_srgb,
    adobe_rgb_profile,
    encode,
    noise,
)
from worker.stages.decode import decode
from worker.stages.decoding.avif import avif_colours
from worker.stages.decoding.cicp import colour_space
from worker.stages.decoding.colour_space import ColourSpace, srgb_light
from worker.stages.decoding.srgb import is_srgb

CAP = 1_000_000
KINDS = list(kinds())
LEVELS = (200, 100, 60)
SQUARE = np.full((16, 16, 3), LEVELS, np.uint8)
P3, SRGB_CODES, LINEAR = (12, 13), (1, 13), (1, 8)


def in_srgb(space: str, levels: tuple[int, ...] = LEVELS) -> tuple[int, ...]:
    colour = Color(space, [level / 255 for level in levels]).convert("srgb").clip()
    return tuple(round(value * 255) for value in colour.coords())


def colour_of(content: bytes) -> tuple[int, ...]:
    decoded = decode(content, CAP)
    assert np.ptp(decoded.reshape(-1, 3), axis=0).max() == 0
    return tuple(decoded[5, 5].tolist())


@pytest.mark.parametrize("index", range(len(KINDS)), ids=[f"{k[0]} {k[1]} {k[2]}" for k in KINDS])
def test_every_kind_of_file_is_within_one_step_of_the_true_colours(index: int) -> None:
    off, _ = measured(KINDS[index])

    assert off <= 1


def test_exact_values() -> None:
    assert in_srgb("display-p3") == (215, 93, 47)
    assert colour_of(png(SQUARE, cicp(*P3))) == (215, 93, 47)
    assert colour_of(avif(SQUARE, 8, P3)) == (215, 93, 47)
    assert colour_of(png(SQUARE, gama(1 / 2.2), chrm())) == (215, 93, 47)
    assert in_srgb("srgb-linear") == (229, 168, 133)
    assert colour_of(png(SQUARE, gama(1.0))) == (229, 168, 133)


class TestPngPrecedence:
    # PNG, third edition, clause 4.3: cICP, iCCP, sRGB, then gAMA and cHRM.
    LINEAR_GAMMA = gama(1.0)

    def test_cicp_before_a_profile(self) -> None:
        content = png(SQUARE, cicp(*P3), iccp(adobe_rgb_profile()), self.LINEAR_GAMMA)

        assert colour_of(content) == in_srgb("display-p3")

    def test_cicp_of_srgb_leaves_the_levels_alone(self) -> None:
        content = png(SQUARE, cicp(*SRGB_CODES), iccp(adobe_rgb_profile()), self.LINEAR_GAMMA)

        assert colour_of(content) == LEVELS

    def test_a_profile_before_srgb_and_gamma(self) -> None:
        content = png(SQUARE, iccp(adobe_rgb_profile()), (b"sRGB", b"\0"), self.LINEAR_GAMMA)

        found = np.array(colour_of(content))
        assert np.abs(found - adobe_rgb_in_srgb(LEVELS)).max() <= 2

    def test_srgb_before_gamma(self) -> None:
        assert colour_of(png(SQUARE, (b"sRGB", b"\0"), self.LINEAR_GAMMA, chrm())) == LEVELS

    @pytest.mark.parametrize(
        "unusable",
        [
            (b"cICP", bytes((2, 2, 0, 1))),  # unspecified
            (b"cICP", bytes((99, 99, 0, 1))),  # reserved
            (b"cICP", bytes((12, 13, 1, 1))),  # a matrix, which RGB cannot have
            (b"cICP", b"\x0c"),
        ],
    )
    def test_code_points_that_say_nothing_leave_it_to_the_next(
        self, unusable: tuple[bytes, bytes]
    ) -> None:
        assert colour_of(png(SQUARE, unusable, self.LINEAR_GAMMA)) == in_srgb("srgb-linear")

    @pytest.mark.parametrize("number", [45455, 45000, 46000, 0])
    def test_a_gamma_near_that_of_srgb_changes_nothing(self, number: int) -> None:
        pixels = noise(12, 12)
        told = (b"gAMA", number.to_bytes(4, "big"))
        rounded = chrm((31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))

        np.testing.assert_array_equal(decode(png(pixels, told), CAP), pixels)
        np.testing.assert_array_equal(decode(png(pixels, told, rounded), CAP), pixels)

    def test_chromaticities_that_span_no_colours_change_nothing(self) -> None:
        assert colour_of(png(SQUARE, chrm((31270, 32900) * 4))) == LEVELS
        assert colour_of(png(SQUARE, chrm((31270, 0, 64000, 0, 30000, 0, 15000, 0)))) == LEVELS

    def test_white_of_another_colour_becomes_white(self) -> None:
        d50 = chrm((34570, 35850, 64000, 33000, 30000, 60000, 15000, 6000))
        white = np.full((16, 16, 3), 255, np.uint8)

        assert min(colour_of(png(white, d50))) >= 254


class TestModes:
    def test_grey_with_a_gamma(self) -> None:
        grey = np.full((16, 16), 128, np.uint8)

        for content in (png(grey, gama(1.0)), png(grey.astype(np.uint16) * 257, gama(1.0))):
            assert colour_of(content) == (188, 188, 188)

    def test_dark_colours_of_linear_light_need_all_sixteen_bits(self) -> None:
        deep = np.full((16, 16, 3), (200, 100, 60), np.uint16)  # under one level of 255

        found = colour_of(png(deep, cicp(*LINEAR)))

        light = [level / 65535 for level in (200, 100, 60)]
        exact = Color("srgb-linear", light).convert("srgb").coords()
        assert found == tuple(round(value * 255) for value in exact) == (10, 5, 3)

    @pytest.mark.parametrize("bits", [8, 16])
    def test_alpha_goes_with_code_points(self, bits: int) -> None:
        rgba = np.full((16, 16, 4), (*LEVELS, 255), np.uint8)
        rgba[8:, :, 3] = 0
        levels = rgba.astype(np.uint16) * 257 if bits == 16 else rgba

        decoded = decode(png(levels, cicp(*P3)), CAP)

        assert np.abs(decoded[2, 2].astype(int) - in_srgb("display-p3")).max() <= 1
        assert tuple(decoded[12, 2]) == (255, 255, 255)

    def test_an_embedded_profile_before_nclx(self) -> None:
        content = bytearray(
            encode(
                SQUARE, "AVIF", quality=100, subsampling="4:4:4", icc_profile=adobe_rgb_profile()
            )
        )
        at = content.index(b"colrnclx") + 8
        content[at : at + 4] = bytes((0, LINEAR[0], 0, LINEAR[1]))

        found = np.array(colour_of(bytes(content)))

        assert np.abs(found - adobe_rgb_in_srgb(LEVELS)).max() <= 3

    def test_the_first_picture_of_a_film(self) -> None:
        more = [Image.fromarray(noise(16, 16))]
        exact = {"quality": 100, "subsampling": "4:4:4"}
        film = bytearray(encode(SQUARE, "AVIF", save_all=True, append_images=more, **exact))
        while (at := film.find(b"colrnclx\0\x01")) >= 0:
            film[at + 8 : at + 12] = bytes((0, P3[0], 0, P3[1]))

        found = np.array(colour_of(bytes(film)))

        assert np.abs(found - in_srgb("display-p3")).max() <= 3


class TestHighDynamicRange:
    @pytest.mark.parametrize("transfer", [16, 18])
    def test_what_is_brighter_than_diffuse_white_is_white(self, transfer: int) -> None:
        brightest = np.full((16, 16, 3), 255, np.uint8)

        assert colour_of(png(brightest, cicp(9, transfer))) == (255, 255, 255)
        assert colour_of(avif(brightest, 8, (9, transfer))) == (255, 255, 255)

    def test_diffuse_white(self) -> None:
        # 203 cd/m² are 58 % of PQ; 75 % of HLG (Rep. ITU-R BT.2408, table 1).
        for transfer, share in ((16, 0.5807), (18, 0.75)):
            level = round(share * 65535)
            white = np.full((16, 16, 3), level, np.uint16)
            assert min(colour_of(png(white, cicp(9, transfer)))) >= 254


class TestSpaces:
    def test_the_profile_of_srgb_is_that_of_srgb(self) -> None:
        space = colour_space(1, 13)
        assert space is not None

        profile = space.profile()

        assert profile is not None
        assert is_srgb(profile)

    @pytest.mark.parametrize("primaries", [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22])
    @pytest.mark.parametrize("transfer", [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])
    def test_black_and_white_stay(self, primaries: int, transfer: int) -> None:
        ends = np.zeros((16, 16, 3), np.uint8)
        ends[:8] = 255

        decoded = decode(png(ends, cicp(primaries, transfer)), CAP)

        assert decoded[:8].min() >= 253
        assert decoded[8:].max() <= 2

    def test_code_points_that_say_nothing(self) -> None:
        assert colour_space(2, 2) is None
        assert colour_space(0, 255) is None

    def test_primaries_on_one_line_are_no_space(self) -> None:
        line = ((0.2, 0.2), (0.3, 0.3), (0.4, 0.4))

        assert ColourSpace(line, (0.31, 0.33), srgb_light).profile() is None

    @pytest.mark.parametrize("length", [0, 12, 40, 200, 300])
    def test_a_cut_avif_says_nothing(self, length: int) -> None:
        content = avif(SQUARE, 8, P3)

        assert avif_colours(content).space is not None
        assert avif_colours(content[:length]).space is None or length == 300
