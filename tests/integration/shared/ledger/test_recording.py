"""What a finished attempt writes: the same on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import Engine, update

from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import Pattern, Region
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine
from shared.database.models import Job, Product, ProductImage
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import Settings
from tests.support.rows import (
    NAVY,
    NOBODY,
    RED,
    TAN,
    WHITE,
    Clock,
    add_product,
    everything,
    not_an_image,
    result,
    row,
)


def test_a_result_fills_the_job_the_picture_and_the_product(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    add_product(engine)
    (claim,) = ledger.claim()

    assert ledger.finish(claim, result(NAVY, WHITE, skin=(TAN,), confidence=0.75))

    job = row(engine, Job, claim.job_id)
    assert (job.state, job.code, job.stage, job.message) == (JobState.DONE, Code.OK, None, None)
    assert (job.lease_token, job.lease_until, job.finished_at) == (None, None, clock.now)
    assert job.timings_ms == {"fetch": 12.5, "mask": 80.0}
    image = row(engine, ProductImage, claim.image_id)
    assert image.sha256 == "one".ljust(64, "0")
    assert (image.subject, image.score, image.confidence) == ("person", 0.875, 0.75)
    assert (image.box, image.size) == ([10, 20, 700, 400], [768, 512])
    assert image.shades == {
        "clothes": [NAVY.to_json(), WHITE.to_json()],
        "skin": [TAN.to_json()],
        "hair": [],
    }
    assert (image.outcome, image.code, image.enriched_at) == (JobState.DONE, Code.OK, clock.now)
    product = row(engine, Product, claim.product_id)
    assert (product.colour_hex, product.colour_name, product.colour_family) == (
        "#1b2a4a",
        "midnight",
        "navy",
    )
    assert product.colours == [NAVY.to_json(), WHITE.to_json()]
    assert (product.skin, product.hair) == ([TAN.to_json()], [])
    assert (product.crop_key, product.cutout_key, product.thumbnail_key) == (
        "one/crop.jpg",
        "one/cutout.png",
        "one/thumbnail.jpg",
    )
    assert product.confidence == 0.75
    assert (
        product.provenance
        == image.provenance
        == {
            "image_sha256": "one".ljust(64, "0"),
            "pipeline_version": "7",
            "weights": {"mask_rcnn": "ab" * 32},
            "palette_version": "2",
            "naming_version": "3",
            "pieces_version": None,
            "white_balance": None,
            "read_as": None,
            "read_from": None,
            "stored": [],
            "precision": None,
        }
    )
    assert (product.enriched_at, product.updated_at) == (clock.now, clock.now)
    assert product.merchant_colour == "Deep Ocean"


def test_pattern_piece_and_warnings_are_recorded_with_the_picture_and_the_product(
    ledger: Ledger, engine: Engine
) -> None:
    add_product(engine)
    (claim,) = ledger.claim()
    between = replace(NAVY, family_second="black")

    found = result(between, WHITE, piece="top", warnings=("skin_in_clothes", "low_confidence"))
    assert ledger.finish(claim, found)

    for written in (
        row(engine, ProductImage, claim.image_id),
        row(engine, Product, claim.product_id),
    ):
        assert (written.pattern, written.piece) == (Pattern.TWO_TONE, "top")
        assert written.warnings == ["skin_in_clothes", "low_confidence"]
    product = row(engine, Product, claim.product_id)
    assert (product.colour_family, product.colour_family_second) == ("navy", "black")
    assert product.colours[0]["family_second"] == "black"


def test_a_piece_of_many_colours_is_multi_and_an_outfit_of_many_pieces_is_not(
    ledger: Ledger, engine: Engine
) -> None:
    add_product(engine, pictures=2)
    outfit, piece = ledger.claim()
    clothes = [replace(shade, share=0.25) for shade in (NAVY, WHITE, RED, TAN)]

    ledger.finish(piece, result(*clothes, piece="top", name="piece"))
    product = row(engine, Product, outfit.product_id)
    assert (product.colour_family, product.colour_name) == ("multi", "midnight")
    assert product.pattern is Pattern.MULTICOLOURED

    ledger.finish(outfit, result(*clothes, name="outfit"))
    product = row(engine, Product, outfit.product_id)
    assert (product.colour_family, product.pattern) == ("navy", Pattern.MULTICOLOURED)


def test_the_product_follows_its_main_picture_whatever_order_they_end_in(
    ledger: Ledger, engine: Engine
) -> None:
    add_product(engine, pictures=3)
    main, back, detail = ledger.claim()

    ledger.finish(detail, result(RED, confidence=0.5, name="detail"))
    product = row(engine, Product, main.product_id)
    assert (product.colour_family, product.confidence) == ("red", 0.5)

    ledger.finish(back, result(NAVY, confidence=1.0, name="back"))
    product = row(engine, Product, main.product_id)
    assert (product.colour_family, product.crop_key) == ("navy", "back/crop.jpg")
    assert product.confidence == pytest.approx(1.0 * (1 - 0.25 * 0.5))

    ledger.finish(main, result(NAVY, confidence=0.5, name="main"))
    product = row(engine, Product, main.product_id)
    assert (product.colour_family, product.crop_key) == ("navy", "main/crop.jpg")
    assert product.confidence == pytest.approx((1 - 0.5 * 0.75) * (1 - 0.25 * 0.5))


def test_two_pictures_of_one_product_may_end_at_the_same_moment(
    engine: Engine, settings: Settings, database_url: str
) -> None:
    add_product(engine, pictures=4)
    claims = Ledger(engine, settings).claim()
    barrier = Barrier(4)

    def finish(claim) -> bool:
        own = open_engine(database_url)
        barrier.wait(10)
        written = Ledger(own, settings).finish(claim, result(NAVY, confidence=0.5))
        own.dispose()
        return written

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(finish, claims)) == [True] * 4

    product = row(engine, Product, claims[0].product_id)
    assert product.confidence == pytest.approx(1 - 0.5 * 0.875**3)


def test_nothing_to_record_is_nothing_recorded(ledger: Ledger) -> None:
    assert ledger.finish_many([]) == []


def test_workers_that_record_the_same_products_wait_for_each_other(
    engine: Engine, settings: Settings, database_url: str
) -> None:
    for number in range(20):
        add_product(engine, f"A-{number}", pictures=2)
    claims = Ledger(engine, settings).claim(limit=40)
    # Each has one picture of every product, and one has them the other way round.
    shares = claims[0::2], claims[1::2][::-1]
    barrier = Barrier(2)

    def finish(share: list[Claim]) -> list[bool]:
        own = open_engine(database_url)
        barrier.wait(10)
        written = Ledger(own, settings).finish_many([(claim, result(NAVY)) for claim in share])
        own.dispose()
        return written

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(finish, shares)) == [[True] * 20] * 2

    confidences = [product.confidence for product in everything(engine, Product)]
    assert confidences == pytest.approx([1 - 0.5 * 0.875] * 20)


@pytest.mark.parametrize("end", ["failed", "no_person", "quarantined", "no_person by fail"])
def test_an_attempt_without_result_overwrites_nothing(
    ledger: Ledger, engine: Engine, clock: Clock, end: str
) -> None:
    add_product(engine)
    (claim,) = ledger.claim()
    ledger.finish(claim, result(NAVY, skin=(TAN,)))
    product = row(engine, Product, claim.product_id)
    image = row(engine, ProductImage, claim.image_id)
    with engine.begin() as connection:  # the same picture once more
        connection.execute(update(Job).values(state=JobState.PENDING, attempts=2))
    clock.pass_s(60)
    (again,) = ledger.claim()

    nobody = StageError(Stage.MASK, Code.NO_PERSON, "nobody, and no plain backdrop")
    broken = StageError(Stage.STORE, Code.STORE_FAILED, "disk full\0\ud800", retry=True)
    if end == "failed":
        assert ledger.fail(again, not_an_image(), {"fetch": 3.0}) is JobState.FAILED
        expected = (JobState.FAILED, Code.NOT_AN_IMAGE, Stage.DECODE, "this is HTML")
    elif end == "no_person":
        assert ledger.fail(again, NOBODY)
        expected = (JobState.NO_PERSON, Code.NO_PERSON, Stage.MASK, "nobody in the picture")
    elif end == "quarantined":
        assert ledger.fail(again, broken) is JobState.QUARANTINED
        expected = (JobState.QUARANTINED, Code.STORE_FAILED, Stage.STORE, "disk full?")
    else:
        assert ledger.fail(again, nobody) is JobState.NO_PERSON
        expected = (JobState.NO_PERSON, Code.NO_PERSON, Stage.MASK, nobody.message)

    job = row(engine, Job, again.job_id)
    assert (job.state, job.code, job.stage, job.message) == expected
    assert job.finished_at == clock.now
    assert row(engine, Product, claim.product_id) == product
    now = row(engine, ProductImage, claim.image_id)._asdict()
    assert (now.pop("outcome"), now.pop("code")) == expected[:2]
    seen = (now.pop("seen"), now.pop("checked_at"))  # the picture in which nobody is to be seen
    judged = expected[0] is JobState.NO_PERSON
    assert seen == ((None, clock.now) if judged else (image.seen, image.checked_at))
    then = {name: value for name, value in image._asdict().items() if name in now}
    assert now == then


def test_a_picture_without_clothes_leaves_the_answer_to_the_next(
    ledger: Ledger, engine: Engine
) -> None:
    add_product(engine, pictures=2)
    main, back = ledger.claim()
    ledger.finish(main, result(skin=(TAN,), confidence=0.25, name="face"))
    product = row(engine, Product, main.product_id)
    assert (product.colour_hex, product.colours, product.skin) == (None, [], [TAN.to_json()])

    ledger.finish(back, result(RED, confidence=0.75, name="back"))

    product = row(engine, Product, main.product_id)
    assert (product.colour_family, product.skin, product.crop_key) == ("red", [], "back/crop.jpg")
    assert product.confidence == 0.75


def test_a_crash_between_the_writes_leaves_none_of_them(ledger: Ledger, engine: Engine) -> None:
    add_product(engine)
    (claim,) = ledger.claim()
    before = everything(engine, Job, ProductImage, Product)
    broken = replace(result(NAVY), shades={Region.CLOTHES: (replace(NAVY, hex=object()),)})

    with pytest.raises(Exception, match="JSON serializable"):
        ledger.finish(claim, broken)

    assert everything(engine, Job, ProductImage, Product) == before
    assert ledger.finish(claim, result(NAVY))
