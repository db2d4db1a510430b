import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from shared.contracts.results import PictureKeys
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.storage.storage import FolderStorage
from tests.support.pictures import noise, smooth
from worker.stages.store import keys_for, store

SHA256 = hashlib.sha256(b"a picture").hexdigest()


@dataclass(frozen=True)
class Pictures:
    cutout: npt.NDArray[np.uint8]
    crop: npt.NDArray[np.uint8]
    thumbnail: npt.NDArray[np.uint8]


def make_pictures() -> Pictures:
    alpha = np.zeros((40, 30, 1), np.uint8)
    alpha[5:35, 5:25] = 255
    alpha[4, 5:25] = 1
    cutout = np.concatenate([noise(40, 30), alpha], -1)
    return Pictures(cutout, smooth(50, 36), smooth(25, 18))


def opened(storage: FolderStorage, key: str) -> Image.Image:
    return Image.open(io.BytesIO(storage.get(key)))


def test_keys_follow_from_picture_and_pipeline() -> None:
    folder = f"3/{SHA256[:2]}/{SHA256}"

    assert keys_for(SHA256, "3") == PictureKeys(
        crop=f"{folder}/crop.jpg",
        cutout=f"{folder}/cutout.png",
        thumbnail=f"{folder}/thumbnail.jpg",
    )
    assert keys_for(SHA256, "4") != keys_for(SHA256, "3")


@pytest.mark.parametrize("sha256", ["", "../../etc", SHA256.upper(), SHA256[:-1], SHA256 + "0"])
def test_only_a_sha256_makes_a_key(sha256: str) -> None:
    with pytest.raises(ValueError, match="no sha256"):
        keys_for(sha256, "3")


def test_three_files_of_the_right_kind(tmp_path: Path) -> None:
    pictures, storage = make_pictures(), FolderStorage(tmp_path)

    keys = store(pictures, storage, SHA256, "3")

    assert keys == keys_for(SHA256, "3")
    assert [opened(storage, key).format for key in (keys.crop, keys.cutout, keys.thumbnail)] == [
        "JPEG",
        "PNG",
        "JPEG",
    ]
    for key, pixels in ((keys.crop, pictures.crop), (keys.thumbnail, pictures.thumbnail)):
        found = np.asarray(opened(storage, key).convert("RGB"), int)
        assert found.shape == pixels.shape
        assert np.abs(found - pixels).mean() < 2


def test_the_cutout_keeps_every_visible_pixel_and_no_hidden_one(tmp_path: Path) -> None:
    pictures, storage = make_pictures(), FolderStorage(tmp_path)
    given = pictures.cutout.copy()

    keys = store(pictures, storage, SHA256, "3")

    found = np.asarray(opened(storage, keys.cutout))
    visible = given[..., 3] > 0
    assert found.shape == (40, 30, 4)
    np.testing.assert_array_equal(found[visible], given[visible])
    assert not found[~visible].any()
    np.testing.assert_array_equal(pictures.cutout, given)


def test_equal_pixels_give_equal_files(tmp_path: Path) -> None:
    first, second = FolderStorage(tmp_path / "first"), FolderStorage(tmp_path / "second")

    keys = store(make_pictures(), first, SHA256, "3")
    store(make_pictures(), second, SHA256, "3")
    store(make_pictures(), second, SHA256, "3")

    for key in (keys.crop, keys.cutout, keys.thumbnail):
        assert first.get(key) == second.get(key)


def test_a_storage_that_fails_is_worth_a_retry(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    storage = FolderStorage(tmp_path / "file" / "below")

    with pytest.raises(StageError, match=r"cutout\.png") as caught:
        store(make_pictures(), storage, SHA256, "3")

    error = caught.value
    assert (error.stage, error.code, error.retry) == (Stage.STORE, Code.STORE_FAILED, True)


@pytest.mark.parametrize("shape", [(0, 5, 3), (1, 65_536, 3)])
def test_a_crop_that_no_file_can_hold_is_not(tmp_path: Path, shape: tuple[int, ...]) -> None:
    pictures = make_pictures()
    impossible = Pictures(pictures.cutout, np.zeros(shape, np.uint8), pictures.thumbnail)

    with pytest.raises(StageError, match=f"{shape[1]}×{shape[0]}") as caught:
        store(impossible, FolderStorage(tmp_path), SHA256, "3")

    assert caught.value.code is Code.STORE_FAILED
    assert not caught.value.retry
    assert not list(tmp_path.iterdir())
