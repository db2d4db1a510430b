"""How a photo is cut into segments, and how these are numbered."""

from pathlib import Path

import numpy as np

from worker.imaging.labels.merges import PARTS
from worker.training.by_eye.segments import MOST, NumberedPhoto, joined, numbered
from worker.training.data.teacher import Taught

SKIN, HAIR, TOP, DRESS = (PARTS.index(name) for name in ("skin", "hair", "top", "dress"))


def taught(labels: np.ndarray) -> Taught:
    shares = np.eye(len(PARTS), dtype=np.float32)[labels]
    return Taught(labels, labels > 0, shares)


def test_segments_end_where_labels_or_colours_change() -> None:
    """A head, a red and a blue half of a top, and bare legs; hair and the street have no number."""
    labels = np.zeros((120, 60), np.uint8)
    labels[5:15, 20:40], labels[15:30, 20:40] = HAIR, SKIN
    labels[30:80, 10:50], labels[80:110, 20:40] = TOP, SKIN
    pixels = np.full((120, 60, 3), 128, np.uint8)
    pixels[30:80, 10:30], pixels[30:80, 30:50] = (200, 0, 0), (0, 0, 200)
    photo = NumberedPhoto.of(pixels, taught(labels))
    assert (photo.numbers[(labels == 0) | (labels == HAIR)] == 0).all()
    head, red, blue, legs = (
        int(photo.numbers[place]) for place in ((22, 30), (55, 20), (55, 40), (100, 30))
    )
    assert 0 < head < min(red, blue) < max(red, blue) < legs
    assert [photo.part_of(number) for number in (head, red, blue, legs)] == [SKIN, TOP, TOP, SKIN]
    for number in range(1, int(photo.numbers.max()) + 1):
        assert len(np.unique(labels[photo.numbers == number])) == 1


def test_small_pieces_join_the_neighbour_of_their_part() -> None:
    pieces = np.ones((20, 20), np.intp)
    pieces[:, 10:] = 2
    pieces[4:6, 4:6] = 3  # of the part around it
    pieces[4:6, 14:16] = 4  # of another
    labels = np.full((20, 20), TOP, np.uint8)
    labels[4:6, 14:16] = DRESS
    found = joined(pieces, labels, least=10)
    assert np.unique(found).tolist() == [1, 2, 4]
    assert found[5, 5] == 1
    assert pieces[5, 5] == 3  # what was given stays


def test_what_is_too_small_has_no_number() -> None:
    pieces = np.zeros((20, 20), np.intp)
    pieces[12:18], pieces[2:4, :10], pieces[0, 0] = 5, 9, 7
    numbers = numbered(pieces, least=20)
    assert np.unique(numbers).tolist() == [0, 1, 2]
    assert numbers[2, 0] == 1  # from the top down
    assert numbers[12, 0] == 2


def test_only_so_many_are_numbered() -> None:
    pieces = np.arange(1, 41)[:, None].repeat(10, axis=1)
    assert numbered(pieces, least=1).max() == MOST


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    labels = np.zeros((50, 30), np.uint8)
    labels[10:40, 5:25] = TOP
    photo = NumberedPhoto.of(np.full((50, 30, 3), 90, np.uint8), taught(labels))
    photo.save(tmp_path / "photo.npz")
    again = NumberedPhoto.load(tmp_path / "photo.npz")
    for one, other in zip(photo, again, strict=True):
        np.testing.assert_array_equal(other, one)
    assert photo.shares.shape == (25, 15, len(PARTS))
    assert (photo.at_photo(TOP)[15:35, 10:20] == 255).all()
