"""The published labels and how they merge."""

import numpy as np
import pytest
from scipy.io import loadmat

from tests.support import CCP
from worker.imaging.labels.merges import label_table, merge_into, published_numbers
from worker.imaging.regions import LABEL_NAMES

EVERY = np.arange(59, dtype=np.uint8).reshape(1, 59)


def test_the_table_holds_every_published_number_once() -> None:
    rows = label_table()
    assert [int(row["number"]) for row in rows] == list(range(59))
    assert len({row["label"] for row in rows}) == 59
    assert {row["region"] for row in rows} == set(LABEL_NAMES)


@pytest.mark.skipif(not CCP.is_dir(), reason="needs the label list in ../shared/ccp")
def test_the_labels_are_named_as_published() -> None:
    published = [str(name[0]) for name in loadmat(CCP / "label_list.mat")["label_list"][0]]
    assert [row["label"] for row in label_table()] == published


def test_four_are_the_regions_of_the_palette() -> None:
    merge = merge_into(4)
    assert merge.names == LABEL_NAMES
    assert merge.regions.tolist() == [0, 1, 2, 3]
    merged = merge(EVERY)[0]
    assert merged.dtype == np.uint8
    assert np.bincount(merged).tolist() == [1, 1, 1, 56]
    assert (merged[0], merged[41], merged[19]) == (0, 1, 2)


def test_twenty_nine_join_what_a_shop_sells_as_one_kind() -> None:
    merge = merge_into(29)
    assert len(merge.names) == len(set(merge.names)) == 29
    assert merge.names[:3] == ("background", "skin", "hair")
    assert set(merge(EVERY)[0].tolist()) == set(range(29))
    joined = merge(np.array([[25, 27, 31], [7, 39, 58], [2, 33, 56]], np.uint8))
    assert [{merge.names[label] for label in row} for row in joined.tolist()] == [
        {"trousers"},
        {"shoes"},
        {"bag"},
    ]


def test_fifty_nine_keep_their_published_numbers() -> None:
    merge = merge_into(59)
    assert merge(EVERY).tolist() == EVERY.tolist()
    assert merge.names[0] == "null"


@pytest.mark.parametrize("classes", [4, 29, 59])
def test_regions_agree_whichever_way_one_merges(classes: int) -> None:
    merge = merge_into(classes)
    assert len(merge.regions) == len(merge.names) == classes
    assert merge.regions[merge(EVERY)].tolist() == merge_into(4)(EVERY).tolist()
    # The background is 0 in all of them, and nothing else is.
    assert (merge(EVERY)[0] == 0).tolist() == [True, *[False] * 58]
    assert (merge.regions == 0).tolist() == [True, *[False] * (classes - 1)]


def test_no_garment_lies_in_two_regions() -> None:
    garments = {row["garment"] for row in label_table()}
    pairs = {(row["garment"], row["region"]) for row in label_table()}
    assert len(pairs) == len(garments) == 29


@pytest.mark.parametrize("classes", [0, 3, 5, 28, 60])
def test_other_numbers_of_classes_are_refused(classes: int) -> None:
    with pytest.raises(ValueError, match=rf"{classes} classes.* 4, 14, 29 or 59"):
        merge_into(classes)


def test_a_name_covers_its_published_labels() -> None:
    assert published_numbers("bag") == (2, 33, 56)
    assert published_numbers("purse") == (33,)
    assert published_numbers("hair") == (19,)
    assert len(published_numbers("clothes")) == 56
    with pytest.raises(ValueError, match=r"'handbag'.*bag.*purse"):
        published_numbers("handbag")
