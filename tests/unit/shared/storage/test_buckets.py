"""Which buckets may be read, by the settings, and which addresses are none."""

import pytest

from shared.errors import StorageError
from shared.settings import get_settings
from shared.storage.buckets import AllowedBuckets, split_url


def names(**settings: object) -> frozenset[str] | None:
    return AllowedBuckets.from_settings(get_settings(**settings)).names


def test_without_the_setting_those_that_other_settings_name() -> None:
    assert names(storage="crops") == frozenset()
    assert names(
        storage="s3://crops/shop",
        nightly_feed="feeds/a.csv,s3://feeds/b.csv",
        upload_keys="{sku}.jpg, s3://studio/{sku}.jpg,s3://photo-*/{sku}.jpg",
    ) == {"crops", "feeds", "studio"}


def test_the_setting_says_it_alone() -> None:
    assert names(storage="s3://crops", allowed_buckets="shop, studio ,") == {"shop", "studio"}
    assert names(allowed_buckets="*") is None
    assert "any" in AllowedBuckets(None)


def test_a_bucket_that_is_not_allowed_is_told_with_the_setting() -> None:
    with pytest.raises(StorageError, match=r"'other' is none .*COLOURWAY_ALLOWED_BUCKETS"):
        AllowedBuckets(frozenset({"shop"})).check("other")


def test_a_key_is_taken_literally() -> None:
    assert split_url("s3://shop/a//b ?x#y%20..jpg") == ("shop", "a//b ?x#y%20..jpg")
    assert split_url("s3://Old_Bucket.x") == ("Old_Bucket.x", "")
