"""Small pictures on pages: stored thumbnails, and those that are made from cut-outs."""

import base64
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colourway.pages.thumbnail import SIDE, thumbnail_uri
from shared.errors import KeyNotFound
from shared.storage.storage import FolderStorage
from tests.support.pictures import encode, smooth


def cutout(height: int, width: int, file_format: str) -> bytes:
    alpha = np.zeros((height, width, 1), np.uint8)
    alpha[height // 4 : -height // 4] = 255
    return encode(np.concatenate([smooth(height, width), alpha], -1), file_format)


def shown(storage: FolderStorage, key: str) -> tuple[str, bytes]:
    kind, _, content = thumbnail_uri(storage, key).partition(";base64,")
    return kind, base64.b64decode(content)


def test_a_stored_thumbnail_is_shown_as_it_is(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.put("4/a/thumbnail.jpg", b"\xff\xd8\xff any", "image/jpeg")
    assert shown(storage, "4/a/thumbnail.jpg") == ("data:image/jpeg", b"\xff\xd8\xff any")


@pytest.mark.parametrize("file_format", ["WEBP", "PNG"])
def test_a_cutout_is_made_small_and_stays_clear_around_it(tmp_path: Path, file_format: str) -> None:
    storage = FolderStorage(tmp_path)
    storage.put("5/a/top", cutout(800, 600, file_format), "image/webp")
    kind, content = shown(storage, "5/a/top")
    picture = Image.open(io.BytesIO(content))
    assert (kind, picture.format, picture.size) == ("data:image/webp", "WEBP", (192, SIDE))
    alpha = np.asarray(picture)[..., 3]
    assert alpha[:60].max() == 0
    assert alpha[70:180].min() == 255


def test_a_small_cutout_is_not_enlarged(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.put("5/a/top.webp", cutout(80, 60, "WEBP"), "image/webp")
    assert Image.open(io.BytesIO(shown(storage, "5/a/top.webp")[1])).size == (60, 80)


@pytest.mark.parametrize("content", [b"RIFF no picture", b"\x89PNG nor this", b""])
def test_what_cannot_be_read_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    storage = FolderStorage(tmp_path)
    storage.put("5/a/top.webp", content, "image/webp")
    assert shown(storage, "5/a/top.webp")[1] == content


def test_without_pillow_a_cutout_stays_as_large_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, content = FolderStorage(tmp_path), cutout(800, 600, "WEBP")
    storage.put("5/a/top.webp", content, "image/webp")
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert shown(storage, "5/a/top.webp") == ("data:image/webp", content)


def test_what_is_not_stored_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyNotFound):
        thumbnail_uri(FolderStorage(tmp_path), "5/a/top.webp")
