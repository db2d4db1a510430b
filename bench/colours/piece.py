"""Which garment is for sale: the labelled piece's colour, with its category and without."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bench.colours.scope import Scope, shown
from shared.catalogue.pieces import Piece
from shared.catalogue.product_answer import PictureFinding
from shared.colour.cielab import delta_e2000, hex_to_rgb
from shared.colour.naming import Naming
from shared.contracts.results import PictureKeys, Region, Shade
from shared.errors import NoPersonError
from worker.analysis.analyzer import Analyzer
from worker.imaging.colours.sample import WorkingPicture, working_picture
from worker.imaging.contact_sheet import Tile, lay_out, save
from worker.imaging.labels.merges import merge_into, pieces_of_published
from worker.imaging.regions import BACKGROUND, CLOTHES, Mask, Pixels
from worker.imaging.worn_piece import find_worn
from worker.stages.colours import colours
from worker.stages.decoding.decoded import Decoded
from worker.stages.patterns import patterned
from worker.stages.segment import Segments, segment_packshot

ALL: Final = "all pieces"

LARGE_ENOUGH: Final = 0.02
"""A piece counts as shown where it takes this share of the person's pixels."""

CONSIDERABLE: Final = 0.2
"""A shade is one of a piece's larger ones where it has this share of it."""

HEADER: Final = (
    f"{'n':>5}{'family without':>16}{'with':>7}{'points':>8}{'product':>9}{'among':>7}"
    f"{'ΔE without':>12}{'with':>7}{'IoU':>6}{'not found':>11}"
)


class Measured(NamedTuple):
    """A piece's shades, the largest share first, and the family that a product is told of them."""

    shades: Sequence[Shade]
    family: str | None


@dataclass(frozen=True)
class Case:
    """A labelled piece in one photo: its colours, and those without and with the category.

    Attributes:
        piece: which.
        labelled: colours of the labelled pixels.
        found: colours of the piece as it was found; without shades where it was not.
        without: the largest shade of all clothes.
        overlap: IoU of the labelled and the found pixels, 0..1.
        is_found: whether it was found.
    """

    piece: Piece
    labelled: Measured
    found: Measured
    without: Shade | None
    overlap: float
    is_found: bool

    @property
    def truth(self) -> Shade:
        """The labelled piece's largest shade."""
        return self.labelled.shades[0]

    @property
    def given(self) -> Shade | None:
        """The answer with the category: the found piece's largest shade."""
        return next(iter(self.found.shades), None)

    @property
    def is_right(self) -> bool:
        """Whether the largest shades of both have one family."""
        return self.given is not None and self.given.family == self.truth.family

    @property
    def is_product_right(self) -> bool:
        """Whether a product is told one family of both, ``multi`` included."""
        return self.found.family == self.labelled.family

    @property
    def is_among(self) -> bool:
        """Whether a larger shade of the found piece has the labelled one's family."""
        larger = [shade for shade in self.found.shades if shade.share >= CONSIDERABLE]
        return any(shade.family == self.truth.family for shade in larger)


def table(scope: Scope) -> None:
    """Print how often the piece's family is right, with the true mask and with the found one."""
    photos = scope.photos()
    if photos is None:
        return
    folder, ids = photos
    analyzer = Analyzer.load()
    with_true_mask: list[Case] = []
    with_found: list[Case] = []
    misses: list[Tile] = []
    for photo_id in shown(ids, "photos"):
        pixels, labels59 = folder.pair(photo_id)
        pieces = shown_pieces(labels59)
        person = merge_into(4)(labels59) != BACKGROUND
        within = analyzer.segment_within(pixels, person)
        with_true_mask += [case for case, _ in cases(pixels, pieces, within, analyzer)]
        for case, region in cases(pixels, pieces, _found(pixels, analyzer), analyzer):
            with_found.append(case)
            if scope.misses is not None and not case.is_right:
                misses.append(miss(photo_id, pixels, case, pieces[case.piece], region))
    print(f"{len(ids)} photos ({scope.which}), pieces that take 2 % of the person and more.")
    for name, found in (("true mask", with_true_mask), ("found mask", with_found)):
        tell(name, found)
    if scope.misses is not None and misses:
        save(lay_out(misses), scope.misses)
        print(f"\n{len(misses)} pieces of another family: {scope.misses}")


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
) -> Iterator[tuple[Case, Mask]]:
    """Measure one photo's labelled pieces, each with where it was found.

    A piece that is not found has no colour.
    """
    without = next(iter(_shades(pixels, segments.labels == CLOTHES, analyzer.naming)[1]), None)
    for piece, labelled in pieces.items():
        truth = _measured(pixels, labelled, piece, analyzer.naming)
        if not truth.shades:
            continue
        parts = segments.parts
        worn = None
        if parts is not None:
            worn = find_worn(parts, segments.labels, piece, analyzer.networks.worn_piece)
        region = np.zeros_like(labelled) if worn is None else worn.mask
        overlap = np.count_nonzero(region & labelled) / np.count_nonzero(region | labelled)
        found = _measured(pixels, region, piece, analyzer.naming)
        yield Case(piece, truth, found, without, overlap, worn is not None), region


def _measured(pixels: Pixels, region: Mask, piece: Piece, naming: Naming) -> Measured:
    """A piece's colours and its product's family, found as the pipeline finds them."""
    working, shades = _shades(pixels, region, naming)
    cloth = patterned(working, shades)
    finding = PictureFinding(
        position=0,
        shades={Region.CLOTHES: cloth.shades},
        confidence=1.0,
        keys=PictureKeys(""),
        provenance={},
        pattern=cloth.pattern,
        piece=piece.value,
    )
    return Measured(shades, finding.family)


def _shades(
    pixels: Pixels, region: Mask, naming: Naming
) -> tuple[WorkingPicture, tuple[Shade, ...]]:
    labels = np.where(region, CLOTHES, BACKGROUND).astype(np.uint8)
    working = working_picture(pixels, labels)
    return working, colours(working, naming)[Region.CLOTHES]


def miss(photo_id: str, pixels: Pixels, case: Case, labelled: Mask, found: Mask) -> Tile:
    """The labelled piece beside what was found of it, each above its own colour."""
    said = "not found" if case.given is None else f"{case.given.family}, overlap {case.overlap:.2f}"
    caption = f"{photo_id} {case.piece}: labelled {case.truth.family}, found {said}"
    sides = ((labelled, case.truth), (found, case.given))
    return Tile(caption, tuple(_side(pixels, mask, shade) for mask, shade in sides))


def _side(pixels: Pixels, mask: Mask, shade: Shade | None) -> Pixels:
    """A photo, faint but for a region, above a strip of the region's colour."""
    shown = np.where(mask[..., None], pixels, 192 + pixels // 4).astype(np.uint8)
    strip = np.full((len(pixels) // 12, pixels.shape[1], 3), 255, np.uint8)
    strip[:] = 255 if shade is None else hex_to_rgb(shade.hex)
    return np.vstack([shown, strip])


def tell(name: str, measured: Sequence[Case]) -> None:
    """Print one row a piece, and one of all."""
    print(f"\n{name:18}{HEADER}")
    for piece in (*Piece, ALL):
        those = [case for case in measured if piece in (case.piece, ALL)]
        if those:
            print(row(piece, those))


def row(piece: str, those: Sequence[Case]) -> str:
    """One row, as ``HEADER`` names its columns."""
    answers = [case.without for case in those], [case.given for case in those]
    without, given = (_right(those, answer) for answer in answers)
    off_without, off_given = (_off(those, answer) for answer in answers)
    overlap = np.mean([case.overlap for case in those])
    lost = sum(not case.is_found for case in those)
    product = np.mean([case.is_product_right for case in those])
    among = np.mean([case.is_among for case in those])
    return (
        f"{piece:18}{len(those):5}{without:16.1%}{given:7.1%}{100 * (given - without):+8.1f}"
        f"{product:9.1%}{among:7.1%}{off_without:12.1f}{off_given:7.1f}{overlap:6.2f}{lost:11}"
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
