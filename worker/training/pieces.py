"""Counting, in labelled photos, where on the body each piece of an outfit lies.

Makes the table that :mod:`worker.imaging.person.piece` reads. Two passes: the mean body from
people whom no edge of their photo cuts, then the places, with every photo laid along that body.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from shared.catalogue.pieces import Piece
from worker.imaging.labels.ccp import MIN_PERSON_SHARE, DatasetError, LabelledFolder
from worker.imaging.labels.merges import merge_into, pieces_of_published
from worker.imaging.person.body import MeanBody, find_body, row_figures, whole_body
from worker.imaging.person.piece import SHAPE, PieceTable, ScaledPerson, scale_person
from worker.imaging.regions import BACKGROUND, LabelMap, Pixels

Floats = npt.NDArray[np.float64]

LARGE_ENOUGH: Final = 0.02
"""A piece counts as shown where it takes this share of the person's pixels."""

# Added to every row's spread: shares, and the width. Few photos stand behind some rows.
_LEAST_SPREAD: Final = np.array([0.08, 0.08, 0.08, 0.02])
# Blur of the counts over rows and distances; and what is seen before anything is counted.
_BLUR: Final = (0.0, 0.8, 0.8)
_BEFORE, _BEFORE_WEIGHT = 0.02, 2.0


class Labelled(NamedTuple):
    """A photo, RGB uint8 (H, W, 3), its published labels and its regions, uint8 (H, W)."""

    pixels: Pixels
    labels59: npt.NDArray[np.uint8]
    regions: LabelMap


def labelled(folder: LabelledFolder, ids: list[str]) -> Iterator[Labelled]:
    """Read photos whose labels show a person."""
    merge = merge_into(4)
    for photo_id in ids:
        pixels, labels59 = folder.pair(photo_id)
        regions = merge(labels59)
        if np.count_nonzero(regions) >= MIN_PERSON_SHARE * regions.size:
            yield Labelled(pixels, labels59, regions)


def shown_pieces(labels59: npt.NDArray[np.uint8]) -> dict[Piece, npt.NDArray[np.bool_]]:
    """The pieces that take a considerable part of the person, each with its mask.

    Args:
        labels59: published labels, uint8 (H, W).
    """
    of_pixel = pieces_of_published()[labels59]
    person = np.count_nonzero(merge_into(4)(labels59) != BACKGROUND)
    masks = {piece: of_pixel == place for place, piece in enumerate(Piece)}
    return {p: mask for p, mask in masks.items() if mask.sum() >= max(LARGE_ENOUGH * person, 1)}


def count_pieces(folder: LabelledFolder, ids: list[str]) -> PieceTable:
    """Count where pieces lie in these photos."""
    body = mean_body([photo.regions for photo in labelled(folder, ids)])
    counts = np.zeros((len(Piece), 2, int(np.prod(SHAPE))))
    for photo in labelled(folder, ids):
        found = find_body(photo.regions, body)
        if found is not None:
            _add(counts, scale_person(photo.pixels, photo.regions, found), photo.labels59)
    of, among = (_blurred(counts[:, which]) for which in (0, 1))
    prior = (of + _BEFORE * _BEFORE_WEIGHT) / (among + _BEFORE_WEIGHT)
    # A piece that no label names, such as belts, has no place that could be counted.
    places = np.intersect1d(pieces_of_published(), np.arange(len(Piece)))
    pieces = tuple(tuple(Piece)[place] for place in places)
    return PieceTable(pieces, prior[places].astype(np.float32), body)


def mean_body(regions: list[LabelMap]) -> MeanBody:
    """Mean and spread of the rows of people whom no edge cuts.

    Raises:
        DatasetError: there is no such person.
    """
    figures: list[npt.NDArray[np.float32]] = []
    for labels in regions:
        body = whole_body(labels)
        if body is not None:
            top, left, bottom, right = body.box_yxyx
            figures.append(row_figures(labels[top:bottom, left:right]))
    if not figures:
        raise DatasetError("no photo shows a person from head to foot: there is no body to measure")
    every = np.stack(figures).astype(np.float64)
    spread = np.sqrt(every.var(axis=0) + _LEAST_SPREAD**2)
    return MeanBody(every.mean(axis=0).astype(np.float32), spread.astype(np.float32))


def _add(counts: Floats, person: ScaledPerson, labels59: npt.NDArray[np.uint8]) -> None:
    """Count one photo's clothes, and those that are the piece, for every piece that it shows."""
    shown = shown_pieces(labels59)
    top, left, bottom, right = person.body.box_yxyx
    small = _nearest(labels59[top:bottom, left:right], person.labels.shape)
    of_pixel = pieces_of_published()[small][person.clothes]
    cells = counts.shape[-1]
    for place, piece in enumerate(Piece):
        if piece in shown:
            counts[place, 0] += np.bincount(person.cells[of_pixel == place], minlength=cells)
            counts[place, 1] += np.bincount(person.cells, minlength=cells)


def _nearest(labels: npt.NDArray[np.uint8], shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Take the label at the place of each pixel of a smaller map, as OpenCV does."""
    rows, columns = (
        np.minimum((np.arange(n) * (full / n)).astype(np.intp), full - 1)
        for n, full in zip(shape, labels.shape, strict=True)
    )
    return labels[rows[:, None], columns]


def _blurred(counts: Floats) -> Floats:
    return np.stack([gaussian_filter(each.reshape(SHAPE), _BLUR) for each in counts])
