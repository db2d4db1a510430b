"""What the networks label: their regions, and within each the part that takes most of it."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from tests.support.painted import (
    Painter,
    find_painted,
    nobody,
    painted_person,
    person_labels,
)
from worker.analysis.networks import Networks
from worker.imaging.labels.merges import PARTS
from worker.training.data.teacher import Teacher

NETWORKS = Networks(cast("Any", find_painted), cast("Any", Painter()), {})


def test_a_photo_is_labelled_by_parts() -> None:
    taught = Teacher(NETWORKS)(painted_person())
    assert taught is not None
    regions = person_labels()
    assert (taught.found == (regions > 0)).all()
    names = {PARTS[label] for label in np.unique(taught.labels)}
    assert names == {"background", "skin", "hair", "top", "shoes"}
    for label in (1, 2):
        assert ((taught.labels == label) == (regions == label)).mean() > 0.99
    assert (taught.labels[62:100, 33:63] == PARTS.index("top")).all()


def test_the_mirror_image_has_a_say() -> None:
    """Of a painter that prefers the left, both sides of the clothes become one."""

    class OneSided:
        size_hw = Painter.size_hw

        def __call__(self, canvases: Any) -> Any:
            painted = Painter()(canvases)
            shares = painted["parts"]
            top, bottom = PARTS.index("top"), PARTS.index("bottom")
            clothes = shares[..., top:].max(axis=-1)
            shares[..., top:] = 0
            half = shares.shape[2] // 2
            shares[:, :, :half, top] = clothes[:, :, :half]
            shares[:, :, half:, top] = clothes[:, :, half:] // 5 * 2
            shares[:, :, half:, bottom] = clothes[:, :, half:] // 5 * 3
            return painted

    networks = SimpleNamespace(person=find_painted, generator=OneSided())
    taught = Teacher(cast("Any", networks))(painted_person())
    assert taught is not None
    assert (taught.labels[65:110, 34:62] == PARTS.index("top")).all()


def test_where_nobody_is_found_nothing_is_taught() -> None:
    assert Teacher(NETWORKS)(nobody()) is None
