"""``colourway prune``: what no row names goes, and nothing else, on each database and storage."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine

from producer.enqueue.enqueue import Order, enqueue
from producer.prune import named_keys
from producer.prune.run import Pruned, PrunePlan, prune
from producer.reprocess.backfill import Selection
from producer.staged.promotion import promote, rollback
from shared.contracts.jobs import Claim
from shared.contracts.results import PictureKeys, StoredKind
from shared.errors import ColourwayError, StorageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from shared.storage import inventory as stores
from shared.storage.inventory import FolderInventory, S3Inventory, StoredFile
from shared.storage.storage import FolderStorage, Storage, open_storage
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.staged import batch, hold
from tests.support.catalogue.stored import product
from tests.support.rows import NAVY, result
from tests.support.services.s3 import Bucket

HOUR = 3600.0
DAY = PrunePlan(24 * HOUR)


def keys(name: str, version: str = "5") -> PictureKeys:
    digest = sha256(name.encode()).hexdigest()
    folder = f"{version}/{digest[:2]}/{digest}"
    return PictureKeys(
        f"{folder}/top.webp",
        f"{folder}/outfit.webp",
        f"{folder}/top-crop.jpg",
        f"{folder}/top-thumbnail.jpg",
    )


def files(name: str, version: str = "5") -> set[str]:
    made = keys(name, version)
    return {made.cutout, made.crop or "", made.thumbnail or "", made.outfit or ""}


class Shop:
    """A ledger and a folder of pictures, which a worker fills."""

    def __init__(self, engine: Engine, database_url: str, root: Path) -> None:
        self.engine, self.root = engine, root
        self.ledger = Ledger(engine, get_settings(database_url=database_url))
        self.storage: Storage = FolderStorage(root)
        self.inventory = FolderInventory(root)

    def put(self, stored: set[str], hours: float = 48) -> None:
        """Store pictures so many hours ago."""
        for key in stored:
            self.storage.put(key, b"picture", "image/webp")
            if hours:
                then = time.time() - hours * HOUR
                os.utime(self.root / key, (then, then))

    def work(self, version: str, hours: float = 48) -> None:
        """Do every job: store the pictures, then record their keys."""
        while claims := self.ledger.claim():
            for claim in claims:
                self.put(files(claim.url, version), hours)
            self.finish(claims, version)

    def finish(self, claims: Iterable[Claim], version: str) -> None:
        """Record the keys of pictures."""
        for claim in claims:
            made = result(NAVY)
            provenance = replace(made.provenance, stored=tuple(StoredKind))
            made = replace(made, keys=keys(claim.url, version), provenance=provenance)
            assert self.ledger.finish(claim, made)

    def there(self) -> set[str]:
        return {file.key for page in self.inventory.pages() for file in page}

    def prune(self, plan: PrunePlan = DAY, stop: Event | None = None) -> Pruned:
        return prune(self.engine, self.inventory, plan, lambda _: None, stop)


@pytest.fixture
def shop(engine: Engine, database_url: str, tmp_path: Path) -> Shop:
    """Two products with two pictures each, which a worker has done."""
    made = Shop(engine, database_url, tmp_path / "pictures")
    enqueue(engine, [product(f"P{n}", n, f"{n}-back") for n in range(2)], Order("shop"))
    made.work("5")
    return made


NAMES = [f"https://a.example/{name}.jpg" for name in ("0", "0-back", "1", "1-back")]
NAMED = {key for name in NAMES for key in files(name)}


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_keys, "ROWS", 2)
    monkeypatch.setattr(stores, "PAGE", 3)


def test_what_no_row_names_goes_and_the_rest_stays(shop: Shop) -> None:
    orphans = files("gone") | files("older", "4")
    shop.put(orphans)
    assert shop.prune() == Pruned(24, named=16, deleted=8, deleted_bytes=56)
    assert shop.there() == NAMED
    assert shop.prune() == Pruned(16, named=16)


def test_a_dry_run_counts_and_deletes_nothing(shop: Shop) -> None:
    shop.put(files("gone"))
    counted = shop.prune(replace(DAY, dry_run=True))
    assert (counted.deleted, counted.deleted_bytes) == (4, 28)
    assert shop.there() == NAMED | files("gone")


def test_what_was_stored_within_the_grace_period_stays(shop: Shop) -> None:
    shop.put(files("just now"), hours=0)
    shop.put(files("yesterday"), hours=23)
    assert shop.prune() == Pruned(24, named=16, young=8)


def test_the_outfit_goes_where_it_is_no_longer_stored(shop: Shop) -> None:
    """As after COLOURWAY_STORE=cutout and a backfill: the cut-out has its name, the outfit none."""
    with shop.engine.begin() as connection:
        for table in ("products", "product_images"):
            connection.exec_driver_sql(
                f'UPDATE {table} SET provenance = \'{{"stored": ["cutout"]}}\''
            )
    assert shop.prune().deleted == 4
    assert shop.there() == {key for key in NAMED if not key.endswith("outfit.webp")}


def test_files_of_others_stay_and_unfinished_ones_go(shop: Shop) -> None:
    digest = "ab" * 32
    theirs = {"notes.txt", f"5/ab/{digest}/notes.txt", "5/ab/short/top.webp", f"ab/{digest}.webp"}
    unfinished = f"5/ab/{digest}/.{'0' * 32}.unfinished"
    shop.put(theirs | {unfinished})
    done = shop.prune()
    assert (done.others, done.deleted) == (4, 1)
    assert shop.there() == NAMED | theirs


def test_a_staged_batch_keeps_what_it_may_promote_or_roll_back(shop: Shop) -> None:
    staged = hold(shop.engine, Selection(catalogue_id=None)).batch_id
    assert staged is not None
    shop.work("6")
    new = {key for name in NAMES for key in files(name, "6")}
    for step in (None, promote, rollback):
        if step is not None:
            step(shop.engine, batch(shop.engine, staged))
        assert shop.prune().deleted == 0
        assert shop.there() == NAMED | new


def test_a_picture_that_was_replaced_goes_once_the_new_one_is_done(shop: Shop) -> None:
    enqueue(shop.engine, [product("P0", "fresh", "0-back")], Order("shop"))
    assert shop.prune().deleted == 0  # its answer stands until another does
    shop.work("5")
    assert shop.prune().deleted == 4
    assert shop.there() == (NAMED - files(NAMES[0])) | files("https://a.example/fresh.jpg")


def test_a_limit_ends_it_and_it_goes_on_behind_the_key_that_it_names(shop: Shop) -> None:
    orphans = {key for n in range(4) for key in files(f"gone {n}")}
    shop.put(orphans)
    done: list[Pruned] = []
    after = ""
    while True:
        each = shop.prune(replace(DAY, limit=5, after=after))
        done.append(each)
        if each.ended_at is None:
            break
        assert each.ended_at > after
        after = each.ended_at
    assert [each.deleted for each in done[:3]] == [5, 5, 5]
    assert sum(each.deleted for each in done) == 16
    assert sum(each.pictures for each in done) == 32
    assert shop.there() == NAMED


def test_it_stops_behind_a_page_when_it_is_told_to(shop: Shop) -> None:
    shop.put(files("gone"))
    stop = Event()
    stop.set()
    done = shop.prune(stop=stop)
    assert done.pictures == 3
    assert done.ended_at == sorted(NAMED | files("gone"))[2]


def test_the_ledger_of_another_storage_deletes_nothing(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    shop = Shop(engine, database_url, tmp_path / "pictures")
    assert shop.prune() == Pruned()
    shop.put(files("theirs"))
    with pytest.raises(ColourwayError, match="names a picture, but the storage holds some"):
        shop.prune()
    assert shop.there() == files("theirs")


def test_a_worker_that_stores_and_records_meanwhile_loses_nothing(shop: Shop) -> None:
    """It does pictures again whose files nobody named for long, between listing and deleting."""
    enqueue(shop.engine, [product("P9", "late")], Order("shop"))
    late = files("https://a.example/late.jpg")
    shop.put(late, hours=500)
    delete = shop.inventory.delete
    worked: list[bool] = []

    def work_then_delete(page: Sequence[StoredFile], before: float) -> Sequence[StoredFile]:
        if not worked:
            worked.append(True)
            shop.work("5", hours=0)
        return delete(page, before)

    shop.inventory.delete = work_then_delete  # pyright: ignore[reportAttributeAccessIssue]
    assert shop.prune().deleted == 0
    assert shop.there() == NAMED | late


class OldObjects(S3Inventory):
    """A bucket whose objects are two days old, and a worker that is there when it hurts."""

    def __init__(self, shop: Shop, bucket: str) -> None:
        super().__init__(bucket, "", 20.0)
        self._shop, self.worker = shop, Thread(target=self._work)

    def pages(self, after: str = "") -> Iterator[list[StoredFile]]:
        for page in super().pages(after):
            yield [file._replace(modified_at=file.modified_at - 48 * HOUR) for file in page]

    def delete(self, files: Sequence[StoredFile], before: float) -> Sequence[StoredFile]:
        if files and self.worker.ident is None:
            self._claims = self._shop.ledger.claim()
            self.worker.start()
        return super().delete(files, before)

    def _work(self) -> None:
        time.sleep(0.5)  # all is deleted by then
        self._shop.finish(self._claims, "5")


def test_on_s3_what_was_stored_in_that_moment_is_told(
    engine: Engine, database_url: str, moto_bucket: Bucket, tmp_path: Path
) -> None:
    shop = Shop(engine, database_url, tmp_path)
    shop.storage = open_storage(get_settings(storage=f"s3://{moto_bucket.name}"))
    enqueue(engine, [product("P0", 0)], Order("shop"))
    shop.work("5", hours=0)
    enqueue(engine, [product("P9", "late")], Order("shop"))
    shop.put(files("https://a.example/late.jpg"), hours=0)
    inventory = OldObjects(shop, moto_bucket.name)
    done = prune(engine, inventory, DAY, lambda _: None)
    inventory.worker.join()
    assert (done.deleted, done.named, done.lost) == (4, 4, 4)


def test_the_command_says_what_it_did(
    shop: Shop, shell: Shell, database_url: str, redis_url: str
) -> None:
    shell.set(DATABASE_URL=database_url, COLOURWAY_STORAGE=shop.root)
    shop.put(files("gone"))
    said = shell.call("prune", "--dry-run")
    assert said.out == (
        "4 of 20 pictures would be deleted, 0.0 MB; 16 are named, 0 are younger than 24 hours\n"
    )
    assert shell.call("prune").exit_code == 2  # there is nobody to ask
    said = shell.call("prune", "--yes", "--limit", 1)
    assert said.out.startswith("1 of ")
    assert "go on with --after 5/" in said.err
    answer = shell.answer("prune", "--yes")
    assert (answer["deleted"], answer["lost"], answer["ended_at"]) == (3, 0, None)
    assert shop.there() == NAMED


def test_a_grace_period_below_two_leases_is_refused(shop: Shop, shell: Shell) -> None:
    shell.set(COLOURWAY_LEASE_S=3600, COLOURWAY_STORAGE=shop.root)
    said = shell.call("prune", "--yes", "--older-than", 1)
    assert said.exit_code == 2
    assert "--older-than 1: give at least 2.0 hours" in said.err


def test_a_storage_that_refuses_says_how_far_it_came(shop: Shop) -> None:
    shop.put(files("gone"))

    def refuse(page: Sequence[StoredFile], before: float) -> Sequence[StoredFile]:
        raise StorageError("the disk is away")

    shop.inventory.delete = refuse  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(StorageError, match="the disk is away; 0 pictures were deleted until then"):
        shop.prune()
