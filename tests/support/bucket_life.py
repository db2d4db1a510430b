"""What becomes of a bucket of SeaweedFS in a while: random operations of every kind."""

import random
from collections.abc import Callable
from typing import Any

from tests.support.services.seaweedfs import SeaweedFS

FOLDERS = ("summer dresses", "50% off", "plain", "käse+brot")
PICTURES = 12
"""How many names there are in each folder."""


class BucketLife:
    """Operations on one bucket, the same for the same random numbers.

    ``content`` makes an object's bytes from a number; now and then one comes again. ``done`` counts
    the operations by kind.
    """

    def __init__(
        self,
        store: SeaweedFS,
        bucket: str,
        chance: random.Random,
        content: Callable[[int], bytes],
        *,
        versions: bool,
    ) -> None:
        self.bucket = bucket
        self._store = store
        self._s3: Any = store.s3
        self._chance = chance
        self._content = content
        self._numbers = 0
        self._folders = [f"{folder} {bucket}" for folder in FOLDERS]
        kinds: list[Callable[[], None]] = [self.put] * 8 + [self.delete] * 3
        kinds += [self.copy, self.delete_many, self.upload_in_parts, self.put_delete_put]
        if versions:
            kinds += [self.delete_version] * 3 + [self.rename_by_copy, self.suspend]
        else:
            kinds += [self.rename, self.rename, self.swap, self.rename_folder, self.tag]
        self._kinds = kinds

    def go_on(self) -> str:
        """Do one operation and return its name."""
        kind = self._chance.choice(self._kinds)
        kind()
        return kind.__name__.replace("_", " ")

    def put(self) -> None:
        self._put(self._any_key())

    def delete(self) -> None:
        self._s3.delete_object(Bucket=self.bucket, Key=self._key_there())

    def put_delete_put(self) -> None:
        key = self._any_key()
        self._put(key)
        self._s3.delete_object(Bucket=self.bucket, Key=key)
        self._put(key)

    def copy(self) -> None:
        self._copy(self._key_there(), self._any_key())

    def rename_by_copy(self) -> None:
        old = self._key_there()
        self._copy(old, self._any_key())
        self._s3.delete_object(Bucket=self.bucket, Key=old)

    def delete_many(self) -> None:
        keys = [{"Key": self._any_key()} for _ in range(3)]
        self._s3.delete_objects(Bucket=self.bucket, Delete={"Objects": keys})

    def upload_in_parts(self) -> None:
        name = {"Bucket": self.bucket, "Key": self._any_key()}
        upload = name | {"UploadId": self._s3.create_multipart_upload(**name)["UploadId"]}
        part = self._s3.upload_part(**upload, PartNumber=1, Body=self._next_content())
        parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
        self._s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    def tag(self) -> None:
        key = self._key_there()
        if self._store.has(self.bucket, key):
            tags = {"TagSet": [{"Key": "season", "Value": "summer"}]}
            self._s3.put_object_tagging(Bucket=self.bucket, Key=key, Tagging=tags)

    def rename(self) -> None:
        old, new = self._key_there(), self._any_key()
        if old != new and self._store.has(self.bucket, old):
            self._store.rename(self.bucket, old, new)

    def swap(self) -> None:
        one, other = self._key_there(), self._key_there()
        if one != other and all(self._store.has(self.bucket, key) for key in (one, other)):
            for old, new in ((one, f"{one}.old"), (other, one), (f"{one}.old", other)):
                self._store.rename(self.bucket, old, new)

    def rename_folder(self) -> None:
        number = self._chance.randrange(len(self._folders))
        old = self._folders[number]
        # A new name every time: a folder that is there would take the other one in.
        self._numbers += 1
        new = f"{old.partition(' #')[0]} #{self._numbers}"
        if any(key.startswith(f"{old}/") for key in self._keys()):
            self._store.rename(self.bucket, old, new)
            self._folders[number] = new

    def delete_version(self) -> None:
        """Take one version away, or a delete marker."""
        found = self._s3.list_object_versions(Bucket=self.bucket)
        kept = [*found.get("Versions", []), *found.get("DeleteMarkers", [])]
        # The latest ones oftener than by chance: then the object changes.
        latest = [version for version in kept if version["IsLatest"]]
        if kept:
            chosen = self._chance.choice(self._chance.choice([kept, latest or kept]))
            name = {"Key": chosen["Key"], "VersionId": chosen["VersionId"]}
            self._s3.delete_object(Bucket=self.bucket, **name)

    def suspend(self) -> None:
        """Put and delete with versions suspended."""
        self._store.keep_versions(self.bucket, "Suspended")
        for _ in range(2):
            self._chance.choice([self.put, self.delete, self.put_delete_put])()
        self._store.keep_versions(self.bucket)

    def _any_key(self) -> str:
        folder = self._chance.choice(self._folders)
        return f"{folder}/{self._chance.randrange(PICTURES):02}.png"

    def _key_there(self) -> str:
        """Return the key of an object that is there, if any is."""
        return self._chance.choice(self._keys() or [self._any_key()])

    def _keys(self) -> list[str]:
        found = self._s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [item["Key"] for item in found]

    def _put(self, key: str) -> None:
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=self._next_content())

    def _copy(self, old: str, new: str) -> None:
        if self._store.has(self.bucket, old) and old != new:
            source = {"Bucket": self.bucket, "Key": old}
            self._s3.copy_object(Bucket=self.bucket, Key=new, CopySource=source)

    def _next_content(self) -> bytes:
        self._numbers += 1
        again = self._chance.random() < 0.2
        return self._content(self._chance.randrange(5) if again else self._numbers)
