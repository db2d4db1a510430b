"""Measuring, in labelled photos, what each row of a body shows.

Makes the mean body along which :mod:`worker.imaging.person.body` lays people whom an edge cuts.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from worker.imaging.labels.ccp import MIN_PERSON_SHARE, DatasetError, LabelledFolder
from worker.imaging.person.body import MeanBody, row_figures, whole_body
from worker.imaging.regions import LabelMap

# Added to every row's spread: shares, and the width. Few photos stand behind some rows.
_LEAST_SPREAD: Final = np.array([0.08, 0.08, 0.08, 0.02])


def regions_of(folder: LabelledFolder, ids: list[str]) -> Iterator[LabelMap]:
    """The regions, uint8 (H, W), of the photos whose labels show a person."""
    for photo_id in ids:
        labels = folder.labels(photo_id)
        if np.count_nonzero(labels) >= MIN_PERSON_SHARE * labels.size:
            yield labels


def mean_body(folder: LabelledFolder, ids: list[str]) -> MeanBody:
    """Mean and spread of the rows of people whom no edge cuts.

    Raises:
        DatasetError: there is no such person.
    """
    figures: list[npt.NDArray[np.float32]] = []
    for labels in regions_of(folder, ids):
        body = whole_body(labels)
        if body is not None:
            top, left, bottom, right = body.box_yxyx
            figures.append(row_figures(labels[top:bottom, left:right]))
    if not figures:
        raise DatasetError("no photo shows a person from head to foot: there is no body to measure")
    every = np.stack(figures).astype(np.float64)
    spread = np.sqrt(every.var(axis=0) + _LEAST_SPREAD**2)
    return MeanBody(every.mean(axis=0).astype(np.float32), spread.astype(np.float32))
