"""SeaweedFS's own events, of a real server, in a plain bucket and in one with versions."""

import hashlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from producer.enqueue.enqueue import Order, enqueue
from producer.feeds.product import FeedPicture, FeedProduct
from producer.uploads.s3_formats import read_events
from shared.errors import StorageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.bucket_life import BucketLife
from tests.support.catalogue.stored import jobs
from tests.support.rows import NAVY, result
from tests.support.services import free_port
from tests.support.services.seaweedfs import SeaweedFS
from tests.support.watched_bucket import KEY, Watched, asked, kept, plain, store

__all__ = ["asked", "kept", "plain", "store"]  # fixtures

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
OPERATIONS = 60


def md5(content: str) -> str:
    return hashlib.md5(content.encode()).hexdigest()


def shuffled(seed: int) -> Callable[[list[bytes]], list[bytes]]:
    """Return what doubles messages and shuffles them."""

    def order(bodies: list[bytes]) -> list[bytes]:
        return random.Random(seed).sample(bodies * 2, 2 * len(bodies))

    return order


@pytest.mark.parametrize(
    ("database_url", "versions"),
    [("sqlite", False), ("postgres", True)],
    indirect=["database_url"],
    ids=["plain", "with-versions"],
)
def test_random_operations_end_as_the_bucket_is(
    store: SeaweedFS, engine: Engine, versions: bool
) -> None:
    """The short form of the scenario bucket-events (`make chaos ARGS="--only bucket-events"`)."""
    name = store.new_bucket(f"random-{uuid4().hex[:8]}", versions=versions)
    store.events()
    chance = random.Random(11)
    life = BucketLife(store, name, chance, lambda number: b"%d" % number, versions=versions)
    for _ in range(OPERATIONS):
        life.go_on()
    bodies = shuffled(12)(store.events())
    watched = Watched(store, name, engine)
    with ThreadPoolExecutor(4) as listeners:
        list(listeners.map(lambda body: watched.apply([body]), bodies))

    content = store.content(name)
    assert watched.shown() == set(content)
    whole = {key: watched.noted(key)[1] for key in content}
    # What was uploaded in parts has another kind of eTag.
    found = {key: etag for key, etag in whole.items() if etag and "-" not in etag}
    assert found == {key: md5(content[key].decode()) for key in found}


@on_sqlite
def test_put_delete_put_within_a_second(plain: Watched, kept: Watched) -> None:
    for bucket in (plain, kept):
        bucket.put("one")
        bucket.delete()
        last = bucket.put("two")
        events = bucket.store.events()
        for seed in range(3):
            bucket.apply(shuffled(seed)(events))
            assert KEY in bucket.shown()
            assert bucket.noted() == (last, md5("two"))
        bucket.delete()
        bucket.tell(shuffled(4))
        assert KEY not in bucket.shown()


@on_sqlite
def test_a_swap_of_two_names_has_both_done_again(plain: Watched) -> None:
    plain.put("one", "a/1.png")
    plain.put("two", "a/2.png")
    plain.tell()
    plain.finish_jobs()
    for old, new in (("a/1.png", "a/3"), ("a/2.png", "a/1.png"), ("a/3", "a/2.png")):
        plain.store.rename(plain.name, old, new)

    told = plain.tell(shuffled(1))

    assert told.count("enqueued") == 2
    assert plain.shown() == {"a/1.png", "a/2.png"}
    assert plain.noted("a/1.png")[1] == md5("two")
    assert plain.noted("a/2.png")[1] == md5("one")
    assert plain.open_jobs() == 2


@on_sqlite
def test_a_version_that_goes_brings_the_one_before_back(kept: Watched) -> None:
    versions = [kept.put("one"), kept.put("two")]
    kept.tell()
    kept.finish_jobs()

    kept.delete(VersionId=str(versions[1]))
    assert kept.tell(shuffled(1)).count("enqueued") == 1
    assert kept.noted() == (versions[0], md5("one"))

    marker = kept.delete()
    assert kept.tell(shuffled(2)).count("retired") == 1
    assert kept.shown() == set()
    kept.delete(VersionId=str(marker))
    assert kept.tell(shuffled(3)).count("enqueued") == 1
    assert kept.noted() == (versions[0], md5("one"))

    kept.delete(VersionId=str(versions[0]))
    assert kept.tell(shuffled(4)).count("retired") == 1


@on_sqlite
def test_suspended_versions_lie_under_the_key_itself(kept: Watched) -> None:
    kept.put("one")
    kept.store.keep_versions(kept.name, "Suspended")
    kept.put("two")
    kept.tell(shuffled(1))
    assert kept.noted() == ("null", md5("two"))
    kept.delete()
    kept.tell(shuffled(2))
    assert kept.shown() == set()
    kept.put("three")
    kept.tell(shuffled(3))
    assert kept.noted() == ("null", md5("three"))


@on_sqlite
def test_a_folder_that_is_renamed_takes_its_pictures_along(plain: Watched) -> None:
    plain.put("one", "old name/1.png")
    plain.put("two", "old name/2.png")
    plain.tell()
    plain.store.rename(plain.name, "old name", "new name")
    plain.tell(shuffled(1))
    assert plain.shown() == {"new name/1.png", "new name/2.png"}


@on_sqlite
def test_what_comes_back_while_a_worker_has_fetched_is_done_again(plain: Watched) -> None:
    """The worker may have seen what was there between the two events."""
    plain.put("one")
    plain.tell()
    (claim,) = Ledger(plain.engine, get_settings()).claim()
    plain.put("two")
    plain.put("one")
    events = plain.store.events()

    assert plain.apply(events[::-1]).count("enqueued") == 1
    assert not Ledger(plain.engine, get_settings()).finish(claim, result(NAVY))
    assert plain.open_jobs() == 1


@on_sqlite
def test_doubled_events_do_no_job_twice(plain: Watched, kept: Watched) -> None:
    for bucket in (plain, kept):
        bucket.put("one")
        events = bucket.store.events()
        assert bucket.apply(events).count("enqueued") == 1
        bucket.finish_jobs()
        before = jobs(bucket.engine)
        assert set(bucket.apply(events)) <= {"old"}
        assert jobs(bucket.engine) == before


@on_sqlite
def test_a_picture_that_a_feed_names_goes_and_comes(kept: Watched) -> None:
    url = f"s3://{kept.name}/any/where.png"
    enqueue(kept.engine, [FeedProduct(1, "A", pictures=[FeedPicture(url)])], Order("shop"))
    kept.put("one", "any/where.png")
    assert set(kept.tell(shuffled(1))) == {"waiting", "old"}
    kept.delete("any/where.png")
    assert kept.tell(shuffled(2)).count("retired") == 1


@on_sqlite
def test_a_store_that_does_not_answer_leaves_the_event_to_come_again(
    plain: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.put("one")
    events = plain.store.events()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(StorageError):
        plain.apply(events)
    assert plain.shown() == set()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", plain.store.variables["AWS_ENDPOINT_URL_S3"])
    assert "enqueued" in plain.apply(events)


@on_sqlite
@pytest.mark.parametrize("reason", ["no endpoint", "another store"])
def test_without_the_store_times_order_versions_too(
    kept: Watched, monkeypatch: pytest.MonkeyPatch, reason: str, moto_endpoint: str
) -> None:
    """A store that has no such bucket is another one: what it lacks says nothing."""
    versions = [kept.put("one"), kept.delete(), kept.put("two")]
    events = kept.store.events()
    if reason == "no endpoint":
        monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto_endpoint)

    for seed in range(3):
        kept.apply(shuffled(seed)(events))
        assert kept.noted() == (versions[-1], md5("two"))
    assert kept.shown() == {KEY}


@on_postgres
def test_a_message_of_a_version_has_all_its_parts(kept: Watched) -> None:
    version = kept.put("one")
    (told,) = [
        record
        for body in kept.store.events()
        for record in read_events(body)
        if getattr(record, "version", None) is not None
    ]
    assert (told.url, told.version, told.etag) == (f"s3://{kept.name}/{KEY}", version, md5("one"))
    assert told.ask
