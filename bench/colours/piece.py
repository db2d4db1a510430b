"""Which garment is for sale: the labelled piece's colour, with its category and without."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.colours.scope import Scope, shown
from shared.catalogue.pieces import Piece
from shared.colour.cielab import delta_e2000
from shared.colour.naming import Naming
from shared.contracts.results import Region, Shade
from shared.errors import NoPersonError
from worker.analysis.analyzer import Analyzer
from worker.imaging.colours.sample import working_picture
from worker.imaging.labels.merges import merge_into, pieces_of_published
from worker.imaging.regions import BACKGROUND, CLOTHES, Mask, Pixels
from worker.imaging.worn_piece import find_worn
from worker.stages.colours import colours
from worker.stages.decoding.decoded import Decoded
from worker.stages.segment import Segments, segment_packshot

ALL: Final = "all pieces"

LARGE_ENOUGH: Final = 0.02
"""A piece counts as shown where it takes this share of the person's pixels."""


@dataclass(frozen=True)
class Case:
    """A labelled piece in one photo: its colour, and the answers without and with the category."""

    piece: str
    truth: Shade
    without: Shade | None
    given: Shade | None
    overlap: float
    is_found: bool


def table(scope: Scope) -> None:
    """Print how often the piece's family is right, with the true mask and with the found one."""
    photos = scope.photos()
    if photos is None:
        return
    folder, ids = photos
    analyzer = Analyzer.load()
    with_true_mask: list[Case] = []
    with_found: list[Case] = []
    for photo_id in shown(ids, "photos"):
        pixels, labels59 = folder.pair(photo_id)
        pieces = shown_pieces(labels59)
        person = merge_into(4)(labels59) != BACKGROUND
        with_true_mask += cases(pixels, pieces, analyzer.segment_within(pixels, person), analyzer)
        with_found += cases(pixels, pieces, _found(pixels, analyzer), analyzer)
    print(f"{len(ids)} photos ({scope.which}), pieces that take 2 % of the person and more.")
    for name, found in (("true mask", with_true_mask), ("found mask", with_found)):
        tell(name, found)


def shown_pieces(labels59: npt.NDArray[np.uint8]) -> dict[Piece, Mask]:
    """The pieces that take a considerable part of the person, each with its mask.

    Args:
        labels59: published labels, uint8 (H, W).
    """
    of_pixel = pieces_of_published()[labels59]
    person = np.count_nonzero(merge_into(4)(labels59) != BACKGROUND)
    masks = {piece: of_pixel == place for place, piece in enumerate(Piece)}
    return {p: mask for p, mask in masks.items() if mask.sum() >= max(LARGE_ENOUGH * person, 1)}


def _found(pixels: Pixels, analyzer: Analyzer) -> Segments:
    """The segments as the pipeline finds them; no regions where it finds no person."""
    try:
        return analyzer.infer(Decoded(pixels), {}).segments
    except NoPersonError:
        return segment_packshot(np.zeros(pixels.shape[:2], np.bool_))


def cases(
    pixels: Pixels, pieces: dict[Piece, Mask], segments: Segments, analyzer: Analyzer
) -> list[Case]:
    """Measure one photo's labelled pieces; a piece that is not found has no colour."""
    primary = partial(_primary, pixels, naming=analyzer.naming)
    without = primary(segments.labels == CLOTHES)
    measured: list[Case] = []
    for piece, labelled in pieces.items():
        truth = primary(labelled)
        if truth is None:
            continue
        parts = segments.parts
        found = None if parts is None else find_worn(parts, segments.labels, piece)
        region = np.zeros_like(labelled) if found is None else found.mask
        overlap = np.count_nonzero(region & labelled) / np.count_nonzero(region | labelled)
        given = None if found is None else primary(region)
        measured.append(Case(piece, truth, without, given, overlap, found is not None))
    return measured


def _primary(pixels: Pixels, region: Mask, *, naming: Naming) -> Shade | None:
    labels = np.where(region, CLOTHES, BACKGROUND).astype(np.uint8)
    shades = colours(working_picture(pixels, labels), naming)[Region.CLOTHES]
    return shades[0] if shades else None


def tell(name: str, measured: Sequence[Case]) -> None:
    """Print one row a piece, and one of all."""
    print(f"\n{name:18}{'n':>5}{'family without':>16}{'with':>7}{'points':>8}", end="")
    print(f"{'ΔE without':>12}{'with':>7}{'IoU':>6}{'not found':>11}")
    for piece in (*Piece, ALL):
        those = [case for case in measured if piece in (case.piece, ALL)]
        if those:
            print(row(piece, those))


def row(piece: str, those: Sequence[Case]) -> str:
    """Shares of right families, their difference, median ΔE2000, mean overlap."""
    answers = [case.without for case in those], [case.given for case in those]
    without, given = (_right(those, answer) for answer in answers)
    off_without, off_given = (_off(those, answer) for answer in answers)
    overlap = np.mean([case.overlap for case in those])
    lost = sum(not case.is_found for case in those)
    return (
        f"{piece:18}{len(those):5}{without:16.1%}{given:7.1%}{100 * (given - without):+8.1f}"
        f"{off_without:12.1f}{off_given:7.1f}{overlap:6.2f}{lost:11}"
    )


def _right(those: Sequence[Case], answers: Sequence[Shade | None]) -> float:
    pairs = zip(those, answers, strict=True)
    return float(
        np.mean([bool(found and found.family == case.truth.family) for case, found in pairs])
    )


def _off(those: Sequence[Case], answers: Sequence[Shade | None]) -> float:
    pairs = [(c.truth.lab, found.lab) for c, found in zip(those, answers, strict=True) if found]
    truth, found = (np.array([pair[i] for pair in pairs], np.float32) for i in (0, 1))
    return float(np.median(delta_e2000(truth, found))) if pairs else float("nan")
