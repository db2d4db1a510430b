"""What the pipeline says of its own certainty, to the digit, and where it keeps what it made."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shared.contracts.jobs import Claim
from shared.contracts.results import Region
from shared.settings import get_settings
from shared.storage.storage import FolderStorage
from shared.storage.watched import WatchedStorage
from tests.support.concluding_pipeline import CLAIM, watched, without_networks
from worker.analysis.analysis import Analysis
from worker.analysis.analyzer import Findings
from worker.imaging.palette import paint_labels
from worker.pipeline import PIPELINE_VERSION, Inference, Loaded, Pipeline
from worker.stages.decoding.decoded import Decoded
from worker.stages.fetch import Fetched, Fetcher
from worker.stages.mask import SubjectMask
from worker.stages.segment import read_painting


def test_confidence_of_regions_and_of_the_whole(tmp_path: Path) -> None:
    labels = np.zeros((80, 80), np.uint8)
    labels[20:60, 20:60] = 3
    labels[20:30, 20:60] = 1
    painting = paint_labels(labels)
    painting[20:30, 20:60] = (204, 0, 0)  # skin with a margin of 0.6
    painting[40:50, 20:60] = (0, 51, 255)  # a quarter of the subject, with a margin of 0.8
    person = labels > 0
    seen: list[Analysis] = []
    settings = get_settings()
    with Fetcher(settings) as fetcher:
        pipeline = watched(fetcher, tmp_path, settings, seen)
        fetched = Fetched(b"", "ab" * 32, "image/png", CLAIM.url)
        loaded = Loaded(CLAIM, fetched, Decoded(painting), {})
        subject = SubjectMask(person, 0.5, (20, 20, 60, 60), "person")
        result = pipeline.finish(
            Inference(loaded, Findings(subject, read_painting(painting, person), {}))
        )
    assert seen[0].region_confidence == {
        Region.CLOTHES: pytest.approx((2 + 0.8) / 3),
        Region.SKIN: pytest.approx(0.6),
    }
    assert result.confidence == pytest.approx(0.5 * (0.6 + 1 + 0.8 + 1) / 4)
    assert result.provenance.pipeline_version == PIPELINE_VERSION
    assert result.keys.cutout.startswith(f"{PIPELINE_VERSION}/ab/")


def test_a_held_job_keeps_its_crops_beside_those_that_the_shop_shows(tmp_path: Path) -> None:
    labels = np.full((80, 80), 3, np.uint8)
    painting, person = paint_labels(labels), labels > 0
    settings = get_settings()

    def folder(claim: Claim, weights: dict[str, str]) -> str:
        with Fetcher(settings) as fetcher:
            pipeline = Pipeline(
                analyzer=without_networks(settings, weights),
                fetcher=fetcher,
                storage=WatchedStorage(FolderStorage(tmp_path)),
                settings=settings,
            )
            loaded = Loaded(
                claim, Fetched(b"", "ab" * 32, "image/png", claim.url), Decoded(painting), {}
            )
            subject = SubjectMask(person, 0.5, (20, 20, 60, 60), "person")
            inference = Inference(loaded, Findings(subject, read_painting(painting, person), {}))
            return pipeline.finish(inference).keys.cutout.partition("/")[0]

    held = replace(CLAIM, staged_batch=7)
    shown, old, new = (
        folder(CLAIM, {"pix2pix": "12"}),
        folder(held, {"pix2pix": "12"}),
        folder(held, {"pix2pix": "34"}),
    )
    assert shown == folder(CLAIM, {"pix2pix": "34"}) == PIPELINE_VERSION
    assert len({shown, old, new}) == 3
    assert folder(held, {"pix2pix": "12"}) == old


def test_warnings_stand_with_the_result_and_the_light_is_taken_out_when_asked_to(
    tmp_path: Path,
) -> None:
    """A grey coat and skin before paper, under a warm lamp; legs were taken for clothes."""
    labels = np.zeros((120, 80), np.uint8)
    labels[10:30, 30:50], labels[30:110, 20:60] = 1, 3
    pixels = np.full((120, 80, 3), (240, 225, 190), np.uint8)
    pixels[labels == 1] = pixels[90:110, 20:60] = (206, 140, 100)
    pixels[30:90, 20:60] = (131, 122, 102)
    person = labels > 0
    results = {}
    for way in ("off", "backdrop"):
        settings = get_settings(white_balance=way)
        with Fetcher(settings) as fetcher:
            pipeline = watched(fetcher, tmp_path, settings, [])
            loaded = Loaded(
                CLAIM, Fetched(b"", "ab" * 32, "image/png", CLAIM.url), Decoded(pixels), {}
            )
            subject = SubjectMask(person, 0.5, (10, 20, 110, 60), "person")
            painted = read_painting(paint_labels(labels), person)
            results[way] = pipeline.finish(Inference(loaded, Findings(subject, painted, {})))
    assert {way: found.provenance.white_balance for way, found in results.items()} == {
        "off": "off",
        "backdrop": "backdrop",
    }
    assert results["off"].warnings == ("skin_in_clothes", "low_confidence")
    warm, neutral = (results[way].shades[Region.CLOTHES][0].lab for way in ("off", "backdrop"))
    assert np.hypot(*warm[1:]) > 10
    assert np.hypot(*neutral[1:]) < 2
