import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from shared.contracts.results import CutoutFormat, PictureKeys, StoredKind
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.storage.storage import FolderStorage
from tests.support.pictures import noise, smooth
from worker.stages.store import GarmentPictures, Wanted, keys_for, store

SHA256 = hashlib.sha256(b"a picture").hexdigest()


@dataclass(frozen=True)
class Pictures:
    cutout: npt.NDArray[np.uint8]
    crop: npt.NDArray[np.uint8]
    thumbnail: npt.NDArray[np.uint8]


EVERYTHING = Wanted(tuple(StoredKind))


def make_pictures() -> GarmentPictures:
    """A top of noise with a soft edge, and the outfit around it."""
    alpha = np.zeros((40, 30, 1), np.uint8)
    alpha[5:35, 5:25] = 255
    alpha[4, 5:25] = 1
    cutout = np.concatenate([noise(40, 30), alpha], -1)
    outfit = np.concatenate([smooth(80, 60), np.full((80, 60, 1), 255, np.uint8)], -1)
    return GarmentPictures(
        Pictures(cutout, smooth(50, 36), smooth(25, 18)),
        "top",
        Pictures(outfit, smooth(80, 60), smooth(40, 30)),
    )


def opened(storage: FolderStorage, key: str) -> Image.Image:
    return Image.open(io.BytesIO(storage.get(key)))


FOLDER = f"3/{SHA256[:2]}/{SHA256}"


@pytest.mark.parametrize(
    ("kinds", "piece", "expected"),
    [
        (("cutout", "outfit"), None, PictureKeys(f"{FOLDER}/outfit.webp")),
        (
            ("cutout", "outfit"),
            "top",
            PictureKeys(f"{FOLDER}/top.webp", outfit=f"{FOLDER}/outfit.webp"),
        ),
        (("cutout",), "top", PictureKeys(f"{FOLDER}/top.webp")),
        (
            ("cutout", "thumbnail", "crop"),
            "top",
            PictureKeys(
                f"{FOLDER}/top.webp",
                crop=f"{FOLDER}/top-crop.jpg",
                thumbnail=f"{FOLDER}/top-thumbnail.jpg",
            ),
        ),
    ],
)
def test_keys_follow_from_picture_pipeline_and_piece(
    kinds: tuple[str, ...], piece: str | None, expected: PictureKeys
) -> None:
    wanted = Wanted(tuple(map(StoredKind, kinds)))
    assert keys_for(SHA256, "3", wanted, piece) == expected
    assert keys_for(SHA256, "4", wanted, piece) != expected


def test_keys_are_read_back_from_columns_and_provenance() -> None:
    for wanted in (Wanted(), EVERYTHING, Wanted((StoredKind.CUTOUT,), "png")):
        for piece in (None, "top"):
            keys = keys_for(SHA256, "3", wanted, piece)
            provenance = {"stored": [kind.value for kind in keys.kinds]}
            assert PictureKeys.of({**keys.columns(), "provenance": provenance}) == keys


def test_results_of_earlier_versions_have_no_outfit() -> None:
    row = {"crop_key": "4/a/crop.jpg", "cutout_key": "4/a/cutout.png", "thumbnail_key": "4/a/t.jpg"}
    expected = PictureKeys("4/a/cutout.png", None, "4/a/crop.jpg", "4/a/t.jpg")
    assert PictureKeys.of({**row, "provenance": {"pipeline_version": "4"}}) == expected


@pytest.mark.parametrize("sha256", ["", "../../etc", SHA256.upper(), SHA256[:-1], SHA256 + "0"])
def test_only_a_sha256_makes_a_key(sha256: str) -> None:
    with pytest.raises(ValueError, match="no sha256"):
        keys_for(sha256, "3")


def test_two_cutouts_are_stored_and_nothing_else(tmp_path: Path) -> None:
    pictures, storage = make_pictures(), FolderStorage(tmp_path)

    keys = store(pictures, storage, SHA256, "3")

    assert keys == PictureKeys(f"{FOLDER}/top.webp", outfit=f"{FOLDER}/outfit.webp")
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["outfit.webp", "top.webp"]
    assert [opened(storage, f"{FOLDER}/{name}.webp").size for name in ("top", "outfit")] == [
        (30, 40),
        (60, 80),
    ]


def test_where_all_clothes_are_for_sale_one_file_is_enough(tmp_path: Path) -> None:
    keys = store(GarmentPictures(make_pictures().sold), FolderStorage(tmp_path), SHA256, "3")
    assert keys == PictureKeys(f"{FOLDER}/outfit.webp")
    assert [path.name for path in tmp_path.rglob("*.*")] == ["outfit.webp"]


def test_crop_and_thumbnail_are_stored_when_they_are_wanted(tmp_path: Path) -> None:
    pictures, storage = make_pictures(), FolderStorage(tmp_path)

    keys = store(pictures, storage, SHA256, "3", EVERYTHING)

    for key, pixels in (
        (keys.crop, pictures.sold.crop),
        (keys.thumbnail, pictures.sold.thumbnail),
    ):
        assert key is not None
        assert opened(storage, key).format == "JPEG"
        found = np.asarray(opened(storage, key).convert("RGB"), int)
        assert found.shape == pixels.shape
        assert np.abs(found - pixels).mean() < 2


def test_a_webp_keeps_the_edge_to_the_level_and_colours_nearly(tmp_path: Path) -> None:
    pictures, storage = make_pictures(), FolderStorage(tmp_path)
    assert pictures.outfit is not None

    keys = store(pictures, storage, SHA256, "3")

    alpha = np.asarray(opened(storage, keys.cutout))[..., 3]
    np.testing.assert_array_equal(alpha, pictures.sold.cutout[..., 3])
    found = np.asarray(opened(storage, f"{FOLDER}/outfit.webp").convert("RGBA"), int)
    assert np.abs(found - pictures.outfit.cutout).mean() < 2


def test_a_png_keeps_every_visible_pixel_and_no_hidden_one(tmp_path: Path) -> None:
    pictures, storage = make_pictures(), FolderStorage(tmp_path)
    given = pictures.sold.cutout.copy()

    keys = store(pictures, storage, SHA256, "3", Wanted(cutout_format="png"))

    assert keys.cutout == f"{FOLDER}/top.png"
    assert opened(storage, keys.cutout).format == "PNG"
    found = np.asarray(opened(storage, keys.cutout))
    visible = given[..., 3] > 0
    assert found.shape == (40, 30, 4)
    np.testing.assert_array_equal(found[visible], given[visible])
    assert not found[~visible].any()
    np.testing.assert_array_equal(pictures.sold.cutout, given)


def test_what_is_hidden_is_not_stored_in_a_webp(tmp_path: Path) -> None:
    rgba = np.concatenate([noise(64, 64), np.zeros((64, 64, 1), np.uint8)], -1)
    rgba[:32, :, 3] = 255
    storage = FolderStorage(tmp_path)
    keys = store(GarmentPictures(Pictures(rgba, smooth(4, 4), smooth(4, 4))), storage, SHA256, "3")
    hidden = np.asarray(opened(storage, keys.cutout).convert("RGBA"))[40:, :, :3].astype(int)
    assert np.abs(np.diff(hidden, axis=0)).mean() < 6  # in noise some 85


def test_equal_pixels_give_equal_files(tmp_path: Path) -> None:
    first, second = FolderStorage(tmp_path / "first"), FolderStorage(tmp_path / "second")

    keys = store(make_pictures(), first, SHA256, "3", EVERYTHING)
    store(make_pictures(), second, SHA256, "3", EVERYTHING)
    store(make_pictures(), second, SHA256, "3", EVERYTHING)

    for key in (keys.cutout, keys.outfit, keys.crop, keys.thumbnail):
        assert key is not None
        assert first.get(key) == second.get(key)


def test_a_storage_that_fails_is_worth_a_retry(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    storage = FolderStorage(tmp_path / "file" / "below")

    with pytest.raises(StageError, match=r"top\.webp") as caught:
        store(make_pictures(), storage, SHA256, "3")

    error = caught.value
    assert (error.stage, error.code, error.retry) == (Stage.STORE, Code.STORE_FAILED, True)


@pytest.mark.parametrize("shape", [(0, 5, 3), (1, 65_536, 3)])
def test_a_crop_that_no_file_can_hold_is_not(tmp_path: Path, shape: tuple[int, ...]) -> None:
    sold = make_pictures().sold
    impossible = GarmentPictures(Pictures(sold.cutout, np.zeros(shape, np.uint8), sold.thumbnail))

    with pytest.raises(StageError, match=f"{shape[1]}×{shape[0]}") as caught:
        store(impossible, FolderStorage(tmp_path), SHA256, "3", EVERYTHING)

    assert caught.value.code is Code.STORE_FAILED
    assert not caught.value.retry
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(0, 5, 4), (1, 16_384, 4)])
@pytest.mark.parametrize("cutout_format", ["webp", "png"])
def test_a_cutout_that_no_file_can_hold_is_refused(
    tmp_path: Path, shape: tuple[int, ...], cutout_format: CutoutFormat
) -> None:
    sold = make_pictures().sold
    pictures = GarmentPictures(Pictures(np.zeros(shape, np.uint8), sold.crop, sold.thumbnail))
    wanted = Wanted(cutout_format=cutout_format)

    if cutout_format == "png" and shape[0]:
        store(pictures, FolderStorage(tmp_path), SHA256, "3", wanted)
        return
    with pytest.raises(StageError, match=f"{shape[1]}×{shape[0]}") as caught:
        store(pictures, FolderStorage(tmp_path), SHA256, "3", wanted)
    assert caught.value.code is Code.STORE_FAILED
    assert not caught.value.retry
