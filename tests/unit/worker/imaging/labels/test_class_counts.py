"""Photos and pixels by class, by hand."""

import numpy as np

from worker.imaging.labels.class_counts import ClassCounts
from worker.imaging.labels.merges import merge_into


def test_photos_and_pixels_are_counted_by_class() -> None:
    class_counts = ClassCounts(merge_into(4))
    class_counts.add(np.array([[0, 0, 41, 14]], np.uint8), "train")  # skin and a dress
    class_counts.add(np.array([[0, 14, 2, 2]], np.uint8), "validation")  # a dress and a bag
    background, skin, hair, clothes = class_counts.figures()
    assert class_counts.photos == {"train": 1, "validation": 1}
    assert background == {
        "name": "background",
        "region": "background",
        "photos": 2,
        "train": 1,
        "validation": 1,
        "share_of_photos": 1.0,
        "share_of_person": None,
        "pixels": 3,
    }
    assert (skin["photos"], skin["train"], skin["validation"]) == (1, 1, 0)
    assert (skin["share_of_photos"], skin["share_of_person"]) == (0.5, 0.2)
    assert (hair["photos"], hair["share_of_person"]) == (0, 0.0)
    assert (clothes["photos"], clothes["pixels"], clothes["share_of_person"]) == (2, 4, 0.8)


def test_garments_are_counted_apart() -> None:
    class_counts = ClassCounts(merge_into(29))
    class_counts.add(np.array([[2, 33, 56, 39]], np.uint8), "train")
    shown = {row["name"]: row["pixels"] for row in class_counts.figures() if row["photos"]}
    assert shown == {"bag": 3, "shoes": 1}


def test_nothing_counted_is_no_fault() -> None:
    rows = ClassCounts(merge_into(59)).figures()
    assert len(rows) == 59
    assert {row["share_of_photos"] for row in rows} == {0.0}
