"""What upload events change in the ledger, on both databases."""

import random
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, select, text

from producer.enqueue.enqueue import Order, enqueue
from producer.feeds.product import FeedPicture, FeedProduct
from producer.uploads.apply import Effect, Uploads
from producer.uploads.event import Ignored, Malformed, ObjectChange, UploadEvent
from producer.uploads.key_templates import UploadKeys
from shared.contracts.jobs import JobState, Trigger
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine
from shared.database.models import Product, ProductImage
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.stored import batches, jobs
from tests.support.catalogue.uploading import BUCKET, gone, last_seen, put, s3_url, uploads
from tests.support.rows import NAVY, result

CATALOGUE = "shop"


def feed(engine: Engine, catalogue: str = CATALOGUE, **products: list[str]) -> None:
    """Enqueue products with these URLs of pictures."""
    rows = [
        FeedProduct(1, sku, pictures=[FeedPicture(url) for url in urls])
        for sku, urls in products.items()
    ]
    enqueue(engine, rows, Order(catalogue))


def finish_all(engine: Engine) -> None:
    ledger = Ledger(engine, get_settings())
    for claim in ledger.claim():
        assert ledger.finish(claim, result(NAVY, name=claim.sku))


def images(engine: Engine) -> list[tuple[str, int, str, int]]:
    """Return sku, position, URL and generation of every picture."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(Product.sku, ProductImage.position, ProductImage.url, ProductImage.generation)
            .join(Product, Product.id == ProductImage.product_id)
            .order_by(Product.id, ProductImage.position)
        )
        return [tuple(row) for row in rows]


def open_jobs(engine: Engine) -> list[tuple[str, int]]:
    return [(url, generation) for url, generation, state, *_ in jobs(engine) if state == "pending"]


def test_an_upload_makes_product_picture_and_job(engine: Engine) -> None:
    applied = uploads(engine).apply(put("A/1.jpg", "0B", "e1"))

    assert (applied.effect, applied.what, applied.jobs) == (Effect.ENQUEUED, s3_url("A/1.jpg"), 1)
    assert images(engine) == [("A", 1, s3_url("A/1.jpg"), 1)]
    assert open_jobs(engine) == [(s3_url("A/1.jpg"), 1)]
    assert batches(engine) == [(CATALOGUE, Trigger.UPLOAD, f"s3://{BUCKET}")]
    assert last_seen(engine) == {"A/1.jpg": ("0B", "e1")}


def test_the_uploads_of_a_day_share_a_batch_in_each_catalogue(engine: Engine) -> None:
    applier = uploads(engine, "{catalogue}/{sku}.jpg")
    for key in ("one/A.jpg", "one/B.jpg", "two/A.jpg"):
        applier.apply(put(key))
    assert [row[0] for row in batches(engine)] == ["one", "two"]
    assert [row[4] for row in jobs(engine)] == [1, 1, 2]


def test_a_picture_known_by_its_url_is_done_again_wherever_it_is(engine: Engine) -> None:
    url = s3_url("any/where é.jpg")
    feed(engine, A=["https://a.example/1.jpg", url])
    feed(engine, "outlet", B=[url])
    finish_all(engine)

    applied = uploads(engine, "").apply(put("any/where é.jpg", "01", "e1"))

    assert (applied.effect, applied.jobs) == (Effect.ENQUEUED, 2)
    assert images(engine) == [
        ("A", 0, "https://a.example/1.jpg", 1),
        ("A", 1, url, 2),
        ("B", 0, url, 2),
    ]
    assert open_jobs(engine) == [(url, 2), (url, 2)]


def test_the_url_goes_before_the_template(engine: Engine) -> None:
    feed(engine, X=[s3_url("A/0.jpg")])
    finish_all(engine)
    uploads(engine).apply(put("A/0.jpg"))
    assert images(engine) == [("X", 0, s3_url("A/0.jpg"), 2)]


def test_an_upload_takes_the_place_of_another_picture(engine: Engine) -> None:
    feed(engine, A=["https://a.example/old.jpg"])
    assert uploads(engine).apply(put("A/0.jpg")).effect is Effect.ENQUEUED
    assert images(engine) == [("A", 0, s3_url("A/0.jpg"), 2)]
    assert open_jobs(engine) == [(s3_url("A/0.jpg"), 2)]


def test_a_feed_has_the_last_word_even_over_a_gap(engine: Engine) -> None:
    uploads(engine).apply(put("A/7.jpg"))
    feed(engine, A=["https://a.example/1.jpg"])
    assert images(engine) == [("A", 0, "https://a.example/1.jpg", 1)]


def test_a_picture_that_nobody_has_begun_needs_no_second_job(engine: Engine) -> None:
    feed(engine, A=[s3_url("A/0.jpg")])
    assert uploads(engine).apply(put("A/0.jpg", "01", "e1")).effect is Effect.WAITING
    assert len(jobs(engine)) == 1


def test_the_same_content_is_done_again_only_where_it_failed(engine: Engine) -> None:
    applier = uploads(engine)
    for key in ("A/0.jpg", "B/0.jpg"):
        applier.apply(put(key, "01", "same"))
    ledger = Ledger(engine, get_settings())
    first, second = ledger.claim()
    ledger.finish(first, result(NAVY))
    ledger.fail(second, StageError(Stage.FETCH, Code.FETCH_DENIED, "no"))

    assert applier.apply(put("A/0.jpg", "02", "same")).effect is Effect.UNCHANGED
    assert applier.apply(put("B/0.jpg", "02", "same")).effect is Effect.ENQUEUED
    assert open_jobs(engine) == [(s3_url("B/0.jpg"), 2)]


def test_a_picture_replaced_in_flight_is_not_overwritten_by_the_old_one(engine: Engine) -> None:
    applier = uploads(engine)
    applier.apply(put("A/0.jpg", "01", "e1"))
    ledger = Ledger(engine, get_settings())
    (claim,) = ledger.claim()

    assert applier.apply(put("A/0.jpg", "02", "e2")).effect is Effect.ENQUEUED
    assert not ledger.finish(claim, result(NAVY))

    states = [(generation, state, code) for _, generation, state, code, _ in jobs(engine)]
    assert states == [(1, JobState.FAILED, Code.SUPERSEDED), (2, JobState.PENDING, None)]
    (newer,) = ledger.claim()
    assert newer.generation == 2
    assert ledger.finish(newer, result(NAVY))


def test_doubled_and_late_events_change_nothing(engine: Engine) -> None:
    applier = uploads(engine)
    assert applier.apply(put("A/0.jpg", "0055AED6DCD90281E5", "e2")).effect is Effect.ENQUEUED
    before = images(engine), jobs(engine), last_seen(engine)
    for sequencer, etag in (("0055AED6DCD90281E5", "e2"), ("0055AED6DCD90281E", "e1"), ("0", "x")):
        assert applier.apply(put("A/0.jpg", sequencer, etag)).effect is Effect.OLD
    assert (images(engine), jobs(engine), last_seen(engine)) == before


def test_a_deleted_object_takes_its_picture_along(engine: Engine) -> None:
    feed(engine, A=["https://a.example/1.jpg", s3_url("A/1.jpg")], B=[s3_url("A/1.jpg")])
    assert uploads(engine).apply(gone("A/1.jpg", "02")).effect is Effect.RETIRED
    assert images(engine) == [("A", 0, "https://a.example/1.jpg", 1)]
    assert len(jobs(engine)) == 1


def test_a_deleted_object_whose_place_has_another_picture_takes_nothing(engine: Engine) -> None:
    feed(engine, A=["https://a.example/1.jpg"])
    assert uploads(engine).apply(gone("A/0.jpg", "02")).effect is Effect.UNMATCHED
    assert images(engine) == [("A", 0, "https://a.example/1.jpg", 1)]


def test_a_result_in_flight_for_a_deleted_object_goes_nowhere(engine: Engine) -> None:
    applier = uploads(engine)
    applier.apply(put("A/0.jpg", "01"))
    ledger = Ledger(engine, get_settings())
    (claim,) = ledger.claim()
    applier.apply(gone("A/0.jpg", "02"))
    assert not ledger.finish(claim, result(NAVY))
    applier.apply(put("A/0.jpg", "03"))
    assert not ledger.finish(claim, result(NAVY))
    assert [state for _, _, state, *_ in jobs(engine)] == [JobState.PENDING]


def test_an_upload_that_comes_after_its_own_deletion_stays_away(engine: Engine) -> None:
    applier = uploads(engine)
    assert applier.apply(gone("A/0.jpg", "02")).effect is Effect.UNMATCHED
    assert applier.apply(put("A/0.jpg", "01")).effect is Effect.OLD
    assert images(engine) == []
    assert applier.apply(put("A/0.jpg", "03")).effect is Effect.ENQUEUED


def test_an_old_version_may_go_without_the_picture(engine: Engine) -> None:
    applier = uploads(engine)
    applier.apply(put("A/0.jpg", "01", "e1", version="v1"))
    applier.apply(put("A/0.jpg", "02", "e2", version="v2"))
    assert applier.apply(gone("A/0.jpg", "05", "v1")).effect is Effect.OLD
    # That was not noted: this upload is older than it, and counts all the same.
    assert applier.apply(put("A/0.jpg", "03", "e3", version="v3")).effect is Effect.WAITING
    assert applier.apply(gone("A/0.jpg", "06", "v3")).effect is Effect.RETIRED
    assert images(engine) == []


def test_a_version_of_an_object_that_was_never_seen_says_nothing(engine: Engine) -> None:
    feed(engine, A=[s3_url("A/0.jpg")])
    assert uploads(engine).apply(gone("A/0.jpg", "05", "v1")).effect is Effect.OLD
    assert uploads(engine).apply(gone("A/0.jpg", "05", "null")).effect is Effect.RETIRED


def test_two_contents_within_one_tick_of_a_coarse_clock_both_count(engine: Engine) -> None:
    applier = uploads(engine)
    applier.apply(put("A/0.jpg", "01", "e1"))
    finish_all(engine)
    assert applier.apply(put("A/0.jpg", "01", "e2")).effect is Effect.ENQUEUED
    assert applier.apply(put("A/0.jpg", "01", "e2")).effect is Effect.OLD


def test_what_is_no_picture_of_ours_leaves_no_trace(engine: Engine) -> None:
    applier = uploads(engine)
    assert applier.apply(put("notes.txt", "01")).effect is Effect.UNMATCHED
    assert applier.apply(gone("notes.txt", "02")).effect is Effect.UNMATCHED
    assert applier.apply(Ignored("a test event")).effect is Effect.IGNORED
    assert applier.apply(Malformed("record 1", "no key")).reason == "no key"
    far = applier.apply(put("A/50.jpg", "01"))
    assert (far.effect, far.what) == (Effect.MALFORMED, s3_url("A/50.jpg"))
    assert applier.apply(put("A\n/0.jpg", "01")).effect is Effect.MALFORMED
    assert (images(engine), last_seen(engine), batches(engine)) == ([], {}, [])


def test_an_object_of_another_bucket_counts_for_nothing_though_its_picture_is_known(
    engine: Engine,
) -> None:
    feed(engine, A=[s3_url("A/0.jpg")])
    finish_all(engine)
    keys = UploadKeys.from_settings(get_settings(upload_keys="{sku}/{position}.jpg"))
    applier = Uploads(engine, keys)

    applied = [applier.apply(event) for event in (put("A/0.jpg"), put("B/0.jpg"), gone("A/0.jpg"))]

    assert {(one.effect, one.reason) for one in applied} == {
        (Effect.UNMATCHED, "its bucket is none of COLOURWAY_ALLOWED_BUCKETS")
    }
    assert images(engine) == [("A", 0, s3_url("A/0.jpg"), 1)]
    assert last_seen(engine) == {}


def test_an_object_behind_dot_segments_is_no_upload(engine: Engine) -> None:
    applied = uploads(engine, "**/{sku}.jpg").apply(put("../other/A.jpg"))
    assert applied.effect is Effect.MALFORMED
    assert images(engine) == []


def test_a_thousand_events_shuffled_doubled_and_from_many_listeners(engine: Engine) -> None:
    """Whatever the order, each object ends as its last event says, and is done once for it."""
    chance = random.Random(7)
    last: dict[str, UploadEvent] = {}
    events: list[UploadEvent] = []
    for number in range(500):
        key = f"{chance.randrange(60)}/0.jpg"
        sequencer = f"{number:06X}".rstrip("0") or "0"
        event = put(key, sequencer, f"e{number}") if number % 4 else gone(key, sequencer)
        events.append(event)
        last[key] = event
    events *= 2
    chance.shuffle(events)
    applier = uploads(engine)

    with ThreadPoolExecutor(8) as listeners:
        effects = [applied.effect for applied in listeners.map(applier.apply, events)]

    there = {key for key, event in last.items() if event.change is ObjectChange.CREATED}
    assert {url for _, _, url, _ in images(engine)} == {s3_url(key) for key in there}
    assert last_seen(engine) == {key: (event.sequencer, event.etag) for key, event in last.items()}
    # Nothing ran meanwhile, so one job serves however many uploads came before it.
    assert sorted(url for url, _ in open_jobs(engine)) == sorted(map(s3_url, there))
    assert effects.count(Effect.OLD) >= 500
    assert len(batches(engine)) == 1


def test_postgres_finds_pictures_by_url_in_their_index(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    feed(engine, **{f"sku{n}": [s3_url(f"{n}.jpg")] for n in range(3000)})
    with engine.begin() as connection:
        connection.execute(text("ANALYZE product_images"))
        plan = connection.scalars(
            text(
                "EXPLAIN SELECT id FROM product_images "
                "WHERE substr(url, 1, 5) = 's3://' AND url = 's3://shop-photos/7.jpg'"
            )
        )
        assert "ix_product_images_s3_url" in "\n".join(plan)
    engine.dispose()
