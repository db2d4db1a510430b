"""deploy/s3/*.json on a real SeaweedFS: each part does its work, and is refused all else."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from shared.errors import KeyNotFound, StorageError, StorageRefused
from shared.settings import get_settings
from shared.storage.inventory import StoredFile, open_inventory
from shared.storage.s3 import copy_object, head_object, read_object
from shared.storage.storage import open_storage
from shared.storage.watched import PROBE_KEY
from tests.support import ROOT
from tests.support.services import Absent, tell_absent
from tests.support.services.seaweedfs import ACCESS_KEY, SECRET_KEY, SeaweedFS, seaweedfs

POLICIES = {path.stem: path for path in sorted((ROOT / "deploy/s3").glob("*.json"))}
PARTS = ("hook", "listener", "producer", "prune", "reader", "worker")


@dataclass(frozen=True)
class Users:
    """A store with the buckets of the policies, and keys for a user of each."""

    store: SeaweedFS
    keys: dict[str, dict[str, str]]

    def log_in(self, part: str, patch: pytest.MonkeyPatch) -> Any:
        """Have the environment, and the client that is returned, use a part's keys."""
        variables = self.store.variables | self.keys[part]
        for name, value in variables.items():
            patch.setenv(name, value)
        return boto3.session.Session().client("s3")


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    with pytest.MonkeyPatch.context() as patch:
        # With a key in its environment the server asks everybody for one.
        patch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        try:
            with seaweedfs(tmp_path_factory.mktemp("weed"), "-s3.iam.readOnly=false") as store:
                yield Users(store, make_users(store))
        except Absent as reason:
            tell_absent("SeaweedFS", None, reason, is_pinned=True)


def make_users(store: SeaweedFS) -> dict[str, dict[str, str]]:
    for bucket in ("pictures", "photos", "feeds", "others"):
        store.new_bucket(bucket)
        store.s3.put_object(Bucket=bucket, Key="a.jpg", Body=b"there")
    session: Any = boto3.session.Session()
    iam = session.client(
        "iam", endpoint_url=store.variables["AWS_ENDPOINT_URL_S3"], region_name="us-east-1"
    )
    keys: dict[str, dict[str, str]] = {}
    for part, path in POLICIES.items():
        iam.create_user(UserName=part)
        document = path.read_text(encoding="utf-8")
        iam.put_user_policy(UserName=part, PolicyName=part, PolicyDocument=document)
        made = iam.create_access_key(UserName=part)["AccessKey"]
        keys[part] = {
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        }
    return keys


def photos_are_read() -> None:
    assert read_object("s3://photos/a.jpg", 100).content == b"there"
    assert head_object("s3://photos/a.jpg", 20.0).etag
    with pytest.raises(KeyNotFound):
        read_object("s3://photos/none.jpg", 100)
    with pytest.raises(KeyNotFound):
        head_object("s3://photos/none.jpg", 20.0)


def pictures_are_read() -> None:
    assert storage().get("a.jpg") == b"there"


def feeds_are_read(file: Path) -> None:
    with file.open("wb") as opened:
        copy_object("s3://feeds/a.jpg", opened)
    assert file.read_bytes() == b"there"


def storage() -> Any:
    return open_storage(get_settings(storage="s3://pictures"))


def test_a_worker_reads_photos_and_stores_pictures(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = users.log_in("worker", monkeypatch)
    photos_are_read()
    storage().put("b/c.webp", b"new", "image/webp")
    storage().put(PROBE_KEY, b"probe", "text/plain")
    assert storage().get(PROBE_KEY) == b"probe"
    client.delete_object(Bucket="pictures", Key=PROBE_KEY)
    assert not users.store.has("pictures", PROBE_KEY)
    with pytest.raises(StorageRefused):
        storage().get("a.jpg")


def test_a_producer_reads_feeds_and_pictures(
    users: Users, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    users.log_in("producer", monkeypatch)
    feeds_are_read(tmp_path / "feed")
    pictures_are_read()
    with pytest.raises(StorageRefused):
        storage().put("b.webp", b"new", "image/webp")


def test_a_reader_reads_pictures(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    users.log_in("reader", monkeypatch)
    pictures_are_read()


@pytest.mark.parametrize("part", ["hook", "listener"])
def test_a_hook_asks_whether_a_photo_is_there(
    part: str, users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.log_in(part, monkeypatch)
    photos_are_read()
    with pytest.raises(StorageError):
        storage().get("a.jpg")


def test_pruning_lists_and_deletes_pictures(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    users.log_in("prune", monkeypatch)
    users.store.s3.put_object(Bucket="pictures", Key="5/old.webp", Body=b"old")
    inventory = open_inventory(get_settings(storage="s3://pictures"))
    files = [file for page in inventory.pages() for file in page if file.key == "5/old.webp"]
    assert len(inventory.delete(files, 0)) == 1
    assert not users.store.has("pictures", "5/old.webp")
    with pytest.raises(StorageRefused):
        storage().get("a.jpg")
    with pytest.raises(StorageRefused):
        list(open_inventory(get_settings(storage="s3://photos")).pages())


def test_a_worker_deletes_no_picture(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    users.log_in("worker", monkeypatch)
    with pytest.raises(StorageRefused):
        open_inventory(get_settings(storage="s3://pictures")).delete([StoredFile("a.jpg", 5, 0)], 0)
    assert users.store.has("pictures", "a.jpg")


ACTS: dict[str, Callable[[Any, str], object]] = {
    "get": lambda client, bucket: client.get_object(Bucket=bucket, Key="a.jpg"),
    "put": lambda client, bucket: client.put_object(Bucket=bucket, Key="x", Body=b""),
    "delete": lambda client, bucket: client.delete_object(Bucket=bucket, Key="a.jpg"),
    "list": lambda client, bucket: client.list_objects_v2(Bucket=bucket),
    "policy": lambda client, bucket: client.put_bucket_policy(
        Bucket=bucket, Policy=(ROOT / "deploy/s3/worker.json").read_text("utf-8")
    ),
    "drop": lambda client, bucket: client.delete_bucket(Bucket=bucket),
    "versions": lambda client, bucket: client.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
    ),
}
ALLOWED = {
    "worker": {"photos get", "photos list", "pictures put"},
    "producer": {"feeds get", "pictures get"},
    "hook": {"photos get", "photos list"},
    "listener": {"photos get", "photos list"},
    "reader": {"pictures get"},
    "prune": {"pictures list", "pictures delete"},
}


@pytest.mark.parametrize("part", PARTS)
def test_what_a_part_must_not_do_is_refused(
    part: str, users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.store.s3.put_object(Bucket="pictures", Key="a.jpg", Body=b"there")  # pruning deletes it
    client = users.log_in(part, monkeypatch)
    done: set[str] = set()
    tried = 0
    for bucket in ("pictures", "photos", "feeds", "others"):
        for name, act in ACTS.items():
            tried += 1
            try:
                act(client, bucket)
            except ClientError as error:
                assert "(AccessDenied)" in str(error), (bucket, name)
                continue
            done.add(f"{bucket} {name}")
    with pytest.raises(ClientError):
        client.create_bucket(Bucket="mine")
    assert done == ALLOWED[part]
    assert tried == 28


@pytest.mark.parametrize("part", PARTS)
def test_a_policy_names_actions_and_buckets_one_by_one(part: str) -> None:
    for statement in json.loads(POLICIES[part].read_text(encoding="utf-8"))["Statement"]:
        actions, resource = statement["Action"], statement["Resource"]
        assert statement["Effect"] == "Allow"
        for action in [actions] if isinstance(actions, str) else actions:
            assert "*" not in action
        assert resource.split(":")[-1].partition("/")[0].isalpha()


def test_every_part_has_its_policy() -> None:
    assert tuple(POLICIES) == PARTS
