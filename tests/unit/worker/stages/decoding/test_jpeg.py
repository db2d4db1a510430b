import numpy as np
import pytest

from shared.contracts.stages import Code
from shared.errors import StageError
from tests.support.pictures import encode, noise, orientation_exif, smooth
from worker.stages.decode import decode
from worker.stages.decoding.jpeg import with_end

CAP = 1_000_000
# 16 × 16 pixels of level 120 without loss, written by libjpeg-turbo 3.
LOSSLESS_GREY = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffc3000b080010001001011100ffc400150001010000000000000000"
    "0000000000000004ffda00080101000100009c" + "00" * 31 + "07ffd9"
)
KINDS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restart marks": {"restart_marker_rows": 1},
    "restart marks, progressive": {"restart_marker_blocks": 3, "progressive": True},
    "colours in full": {"subsampling": 0, "quality": 100},
    "stored as RGB": {"keep_rgb": True},
    "turned": {"exif": orientation_exif(6)},
}


def refusal(content: bytes) -> StageError:
    with pytest.raises(StageError) as caught:
        decode(content, CAP)
    return caught.value


def test_lossless_grey() -> None:
    decoded = decode(LOSSLESS_GREY, CAP)

    assert decoded.shape == (16, 16, 3)
    assert set(np.unique(decoded)) == {120}


@pytest.mark.parametrize(
    ("marker", "bits", "reason"),
    [(0xC1, 12, "12 bits"), (0xF7, 8, "a JPEG-LS"), (0xC5, 8, "hierarchical")],
)
def test_kinds_that_are_not_read_are_named(marker: int, bits: int, reason: str) -> None:
    content = bytearray(encode(smooth(16, 16), "JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 1], content[at + 4] = marker, bits

    error = refusal(bytes(content))

    assert error.code is Code.UNSUPPORTED_IMAGE
    assert reason in error.message


class TestWithoutItsEnd:
    @pytest.mark.parametrize("name", KINDS)
    @pytest.mark.parametrize("lost", ["both bytes", "one byte", "overwritten", "zeros instead"])
    @pytest.mark.parametrize("pixels", [smooth(40, 56), noise(20, 26)], ids=["smooth", "noise"])
    def test_a_picture_whose_rows_are_all_there(
        self, name: str, lost: str, pixels: np.ndarray
    ) -> None:
        content = encode(pixels, "JPEG", **KINDS[name])
        cut = {
            "both bytes": content[:-2],
            "one byte": content[:-1],
            "overwritten": content[:-1] + b"\0",
            "zeros instead": content[:-2] + bytes(500),
        }[lost]

        np.testing.assert_array_equal(decode(cut, CAP), decode(content, CAP))

    @pytest.mark.parametrize("name", KINDS)
    @pytest.mark.parametrize("filling", [b"", bytes(400), b"<html>504 Gateway Time-out</html>" * 9])
    def test_rows_that_are_missing(self, name: str, filling: bytes) -> None:
        content = encode(smooth(64, 56), "JPEG", **KINDS[name])

        for share in (0.5, 0.8, 0.97):
            error = refusal(content[: int(len(content) * share)] + filling)
            assert error.code is Code.IMAGE_TRUNCATED
            assert "end-of-image" in error.message or "header" in error.message

    def test_scans_that_are_missing(self) -> None:
        content = encode(smooth(64, 56), "JPEG", progressive=True)
        scans = [at for at in range(len(content)) if content[at : at + 2] == b"\xff\xda"]
        assert len(scans) > 4

        for at in scans[1:]:
            tables = content.rindex(b"\xff\xc4", 0, at)
            for cut in (at, tables if content.rindex(b"\xff\xda", 0, at) < tables else at):
                assert refusal(content[:cut]).code is Code.IMAGE_TRUNCATED

    def test_the_size_is_looked_at_first(self) -> None:
        with pytest.raises(StageError) as caught:
            decode(encode(smooth(64, 56), "JPEG")[:-2], 64 * 56 - 1)

        assert caught.value.code is Code.IMAGE_TOO_LARGE

    def test_a_header_alone_has_no_rows(self) -> None:
        content = encode(smooth(64, 56), "JPEG")

        assert with_end(content[: content.index(b"\xff\xda")]) is None
