"""Which garment is for sale: the labelled piece's colour, with its category and without."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from bench.colours.scope import Scope, shown
from shared.catalogue.pieces import Piece
from shared.colour.cielab import delta_e2000
from shared.colour.naming import Naming
from shared.contracts.results import Region, Shade
from shared.settings import get_settings
from worker.analysis.networks import Networks, build_networks
from worker.imaging.colours.sample import working_picture
from worker.imaging.labels.merges import merge_into
from worker.imaging.person.piece import PieceTable, find_piece
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Mask, Pixels
from worker.stages.colours import colours
from worker.stages.grey_fill import grey_fill, widen
from worker.stages.mask import mask
from worker.stages.segment import segment
from worker.training.pieces import shown_pieces

ALL: Final = "all pieces"


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
    """Print how often the piece's family is right, on labelled regions and on found ones."""
    photos = scope.photos()
    if photos is None:
        return
    folder, ids = photos
    measure = partial(cases, naming=Naming.load(), places=PieceTable.load())
    networks = build_networks(get_settings())
    on_labels: list[Case] = []
    on_found: list[Case] = []
    for photo_id in shown(ids, "photos"):
        pixels, labels59 = folder.pair(photo_id)
        pieces = shown_pieces(labels59)
        on_labels += measure(pixels, pieces, merge_into(4)(labels59))
        on_found += measure(pixels, pieces, found_regions(pixels, networks))
    print(f"{len(ids)} photos ({scope.which}), pieces that take 2 % of the person and more.")
    for name, found in (("labelled regions", on_labels), ("found regions", on_found)):
        tell(name, found)


def found_regions(pixels: Pixels, networks: Networks) -> LabelMap:
    """The regions as the pipeline finds them; none where it finds no person."""
    subject = mask(pixels, networks.person)
    if subject is None:
        return np.full(pixels.shape[:2], BACKGROUND, np.uint8)
    visible = widen(subject.mask)
    return segment(grey_fill(pixels, visible), visible, networks.generator).labels


def cases(
    pixels: Pixels,
    pieces: dict[Piece, Mask],
    regions: LabelMap,
    *,
    naming: Naming,
    places: PieceTable,
) -> list[Case]:
    """Measure one photo's labelled pieces."""
    primary = partial(_primary, pixels, naming=naming)
    clothes = regions == CLOTHES
    without = primary(clothes)
    measured: list[Case] = []
    for piece, labelled in pieces.items():
        truth = primary(labelled)
        if truth is None:
            continue
        found = find_piece(pixels, regions, piece, places)
        region = clothes if found is None else found
        given = without if found is None else primary(found)
        either = np.count_nonzero(region | labelled)
        overlap = np.count_nonzero(region & labelled) / max(either, 1)
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
