"""The person network that the settings name."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shared.errors import WeightsError
from shared.settings import Settings
from tests.support.original_weights import random_tensors, write_weights_file
from worker.analysis.networks import build_finder
from worker.lookbook.look import render
from worker.networks.mask_rcnn.config import COCO, PERSON
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.networks.weights.published import PUBLISHED


def test_the_bundled_one_by_default() -> None:
    finder, sha256 = build_finder(Settings())
    assert finder.config == PERSON
    assert len(sha256) == 64
    look = render(3, "figure", size_hw=(300, 200))
    found = finder([look.pixels])[0]
    assert found is not None
    person = look.labels > 0
    assert (found.mask & person).sum() / (found.mask | person).sum() > 0.8


def test_the_released_one_says_how_to_get_it(tmp_path: Path) -> None:
    settings = Settings(person_network="coco", home=tmp_path)
    with pytest.raises(WeightsError, match="colourway weights fetch coco"):
        build_finder(settings)


def test_the_released_one_once_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(person_network="coco", home=tmp_path)
    path = settings.published_weights / PUBLISHED["coco"].file
    path.parent.mkdir(parents=True)
    write_weights_file(path, random_tensors(MaskRcnn(replace(COCO, size_hw=(128, 128))), 0))
    with pytest.raises(WeightsError, match=rf"instead of {PUBLISHED['coco'].size_bytes:,}"):
        build_finder(settings)
    # The real file cannot be had here, so this one's facts stand in the table for a while.
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    ours = replace(PUBLISHED["coco"], size_bytes=path.stat().st_size, sha256=sha256, md5=None)
    monkeypatch.setitem(PUBLISHED, "coco", ours)
    finder, found_sha256 = build_finder(settings)
    assert found_sha256 == sha256
    assert finder.config == COCO
    photo = np.asarray(render(3, "figure", size_hw=(300, 200)).pixels)
    first, second = finder([photo])[0], finder([photo])[0]
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert first.mask.shape == (300, 200)
        assert np.array_equal(first.mask, second.mask)
