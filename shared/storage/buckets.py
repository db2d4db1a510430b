"""S3 addresses: which are well formed, and which buckets may be read at all.

A feed or an upload event is somebody else's text. Without these rules an address in it could have a
worker read whatever its credentials can read: another team's bucket, an access point's ARN, or,
through a key with dot segments that an HTTP client folds away, a bucket that nobody named.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote

from shared.errors import StorageError
from shared.settings import Settings

ANY: Final = "*"
"""In ``COLOURWAY_ALLOWED_BUCKETS``: every bucket may be read."""

SCHEME: Final = "s3://"

# Wider than Amazon's own rule: other servers, and old buckets, have capitals and underscores.
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,253}[A-Za-z0-9]", re.ASCII)
_DOTS: Final = frozenset({".", ".."})


def split_url(url: str) -> tuple[str, str]:
    """Return bucket and key of an ``s3://`` URL; the key may be empty, and is taken literally.

    Raises StorageError where it is none: an ARN or anything else that is no bucket's name, or a
    key with a segment ``.`` or ``..``, percent-encoded or not. No request is made for such a one.
    """
    # Not through urlsplit: a key may hold "?" and "#".
    bucket, _, key = url[len(SCHEME) :].partition("/")
    if not url.startswith(SCHEME) or not bucket:
        raise StorageError(f"{url!r:.200} is no S3 address; write s3://bucket/key")
    if not _BUCKET.fullmatch(bucket):
        # Shown as a whole: what stands for the bucket may be a password.
        raise StorageError(
            f"{url!r:.200} is no S3 address: it has no bucket's name; write s3://bucket/key "
            "(for an access point, its alias)"
        )
    if any(unquote(part) in _DOTS for part in key.split("/")):
        raise StorageError(f"{url!r:.200}: a key may have no segment that is . or ..")
    return bucket, key


def template_bucket(template: str) -> str | None:
    """Return the bucket that a template of ``COLOURWAY_UPLOAD_KEYS`` names whole, if it does."""
    if not template.startswith(SCHEME):
        return None
    bucket = template[len(SCHEME) :].partition("/")[0]
    return bucket if _BUCKET.fullmatch(bucket) else None


@dataclass(frozen=True, slots=True)
class AllowedBuckets:
    """The buckets that feeds and upload events may name; ``names`` is None for every one."""

    names: frozenset[str] | None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Read ``COLOURWAY_ALLOWED_BUCKETS``; without it, those that other settings name."""
        if settings.allowed_buckets is not None:
            names = frozenset(settings.allowed_buckets)
            return cls(None if ANY in names else names)
        return cls(frozenset(_named_elsewhere(settings)))

    def __contains__(self, bucket: str) -> bool:
        return self.names is None or bucket in self.names

    def check(self, bucket: str) -> None:
        """Raise StorageError where a bucket may not be read; the message names the setting."""
        if bucket not in self:
            raise StorageError(
                f"the bucket {bucket!r:.80} is none that may be read (COLOURWAY_ALLOWED_BUCKETS)"
            )


def _named_elsewhere(settings: Settings) -> Iterable[str]:
    for address in (settings.storage, *settings.nightly_feed):
        if address.startswith(SCHEME):
            yield split_url(address)[0]
    for template in settings.upload_keys.split(","):
        if bucket := template_bucket(template.strip()):
            yield bucket
