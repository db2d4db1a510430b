"""What a storage holds and what may go: a folder, moto's S3, rclone's S3."""

import os
import time
from pathlib import Path

import pytest

from shared.errors import StorageError
from shared.settings import Settings, get_settings
from shared.storage import inventory as module
from shared.storage.inventory import FolderInventory, Inventory, open_inventory
from shared.storage.storage import FolderStorage, Storage, open_storage
from tests.support.services.s3 import Bucket

KEYS = [
    "5/0a/a/top.webp",
    "5/0a/ab/outfit.webp",
    "5/0a/ab/top.webp",
    "5/0a-/x.webp",  # "-" sorts before "/": the folder comes first all the same
    "5/ff/f.webp",
    "50/x.webp",
    "a.txt",
]


@pytest.fixture(params=["folder", "moto", "rclone"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "folder":
        return get_settings(storage=str(tmp_path / "pictures"))
    bucket: Bucket = request.getfixturevalue(f"{request.param}_bucket")
    return get_settings(storage=f"s3://{bucket.name}/shop/a")


@pytest.fixture
def storage(settings: Settings) -> Storage:
    made = open_storage(settings)
    for key in KEYS:
        made.put(key, key.encode(), "image/webp")
    return made


@pytest.fixture
def inventory(settings: Settings) -> Inventory:
    return open_inventory(settings)


def listed(inventory: Inventory, after: str = "") -> list[str]:
    return [file.key for page in inventory.pages(after) for file in page]


def test_an_empty_storage_holds_nothing(inventory: Inventory) -> None:
    assert listed(inventory) == []


def test_all_is_listed_in_the_order_of_keys_with_size_and_time(
    storage: Storage, inventory: Inventory
) -> None:
    files = [file for page in inventory.pages() for file in page]
    assert [file.key for file in files] == sorted(KEYS)
    assert [file.size for file in files] == [len(key) for key in sorted(KEYS)]
    now = time.time()
    assert all(now - 60 < file.modified_at < now + 60 for file in files)


def test_pages_have_a_bound_and_a_walk_goes_on_behind_any_key(
    storage: Storage, inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    assert [len(page) for page in inventory.pages()] == [3, 3, 1]
    for number, key in enumerate(sorted(KEYS)):
        assert listed(inventory, key) == sorted(KEYS)[number + 1 :]
    assert listed(inventory, "5/0a/ab/p") == sorted(KEYS)[sorted(KEYS).index("5/0a/ab/top.webp") :]


def test_what_is_deleted_is_gone_and_the_rest_stays(storage: Storage, inventory: Inventory) -> None:
    (page,) = inventory.pages()
    doomed = [file for file in page if file.key.startswith("5/0a/ab/")]
    assert list(inventory.delete(doomed, time.time() + 60)) == doomed
    assert listed(inventory) == [key for key in sorted(KEYS) if not key.startswith("5/0a/ab/")]
    inventory.delete(doomed, time.time() + 60)  # once more is no error


def test_the_neighbours_of_a_prefix_are_not_seen(storage: Storage, settings: Settings) -> None:
    nearby = settings.model_copy(update={"storage": f"{settings.storage}b"})
    open_storage(nearby).put("5/0a/n.webp", b"theirs", "image/webp")
    assert listed(open_inventory(settings)) == sorted(KEYS)


def test_a_storage_that_is_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    away = open_inventory(get_settings(storage="s3://pictures", store_timeout_s=1.0))
    with pytest.raises(StorageError):
        listed(away)


def test_a_file_that_is_stored_again_after_it_was_listed_stays(tmp_path: Path) -> None:
    storage, inventory = FolderStorage(tmp_path), FolderInventory(tmp_path)
    storage.put(KEYS[0], b"old", "image/webp")
    os.utime(tmp_path / KEYS[0], (1, 1))
    (page,) = inventory.pages()
    storage.put(KEYS[0], b"new", "image/webp")
    assert inventory.delete(page, time.time() - 3600) == []
    assert storage.get(KEYS[0]) == b"new"
    assert listed(inventory) == [KEYS[0]]


def test_empty_folders_go_and_a_picture_is_stored_in_one_that_has_just_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "pictures"
    storage, inventory = FolderStorage(root), FolderInventory(root)
    storage.put(KEYS[0], b"x", "image/webp")
    (page,) = inventory.pages()
    inventory.delete(page, time.time() + 60)
    assert list(root.iterdir()) == []

    make, gone = Path.mkdir, []

    def make_and_lose(path: Path, *args: object, **options: object) -> None:
        make(path, *args, **options)  # pyright: ignore[reportArgumentType]
        if not gone:
            gone.append(path)
            path.rmdir()

    monkeypatch.setattr(Path, "mkdir", make_and_lose)
    storage.put(KEYS[0], b"y", "image/webp")
    assert gone
    assert storage.get(KEYS[0]) == b"y"
