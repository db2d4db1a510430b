"""What the network ``worn_piece`` learns from: labelled pieces as the generator painted them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import cv2
import numpy as np
import numpy.typing as npt

from shared.catalogue.pieces import Piece
from worker.imaging.labels.merges import PARTS
from worker.imaging.part_shares import Floats, PartShares
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Mask
from worker.imaging.worn_piece import seems

LARGE_ENOUGH = 0.02
"""A piece is learned from where it takes this share of the person's pixels."""

Plane = npt.NDArray[np.uint8]


class SeenPiece(NamedTuple):
    """A labelled piece of a picture.

    Attributes:
        piece: which.
        seeming: uint8 (h, w), of 255, where it seems to be by shares alone; nowhere where nothing
            looks like it.
        truth: uint8 (h, w), of 255, where it is labelled.
    """

    piece: Piece
    seeming: Plane
    truth: Plane


@dataclass(frozen=True)
class SeenPicture:
    """What production sees of a labelled picture.

    Attributes:
        shares: uint8 (88, 40, 14), each part's share of 255.
        clothes: uint8 (176, 80), of 255, where clothes were found: nothing else can be a piece.
        pieces: those that are labelled.
    """

    shares: Plane
    clothes: Plane
    pieces: list[SeenPiece]

    @classmethod
    def of(
        cls, parts: PartShares, regions: LabelMap, labels: LabelMap, size_hw: tuple[int, int]
    ) -> Self:
        """See a picture.

        Args:
            parts: what the generator painted.
            regions: the four regions as they were found, uint8 (H, W) of the whole picture.
            labels: the 14 parts as they are labelled, uint8 (H, W).
            size_hw: the network's canvas.
        """
        finer = 2 * size_hw[0], 2 * size_hw[1]
        person = np.count_nonzero(labels != BACKGROUND)
        pieces: list[SeenPiece] = []
        for piece in Piece:
            labelled = labels == PARTS.index(piece)
            if np.count_nonzero(labelled) < max(1, LARGE_ENOUGH * person):
                continue
            seeming = seems(piece, parts)
            plane = np.zeros(parts.clothes.shape, np.float32) if seeming is None else seeming.plane
            truth = at_painting(labelled, parts)
            pieces.append(SeenPiece(piece, reduced(plane, finer), reduced(truth, finer)))
        shares = cv2.resize(parts.shares, size_hw[::-1], interpolation=cv2.INTER_AREA)
        clothes = reduced(at_painting(regions == CLOTHES, parts), finer)
        return cls(shares.astype(np.uint8), clothes, pieces)


def at_painting(mask: Mask, parts: PartShares) -> Floats:
    """A mask of the photo, bool (H, W), where it lies on the generator's canvas, float32 0..1."""
    top, left, bottom, right = parts.box
    fit = parts.fit
    inner = mask[top:bottom, left:right].astype(np.float32)
    canvas = np.zeros(fit.canvas_hw, np.float32)
    first, start, last, end = fit.window_yxyx
    size = fit.inner_hw[::-1]
    canvas[first:last, start:end] = cv2.resize(inner, size, interpolation=cv2.INTER_LINEAR)
    return canvas


def reduced(plane: Floats, size_hw: tuple[int, int]) -> Plane:
    """A plane, float32 (H, W) in 0..1, averaged over areas, in bytes."""
    smaller = cv2.resize(plane, size_hw[::-1], interpolation=cv2.INTER_AREA)
    return np.rint(smaller * 255).astype(np.uint8)


@dataclass(frozen=True)
class Samples:
    """Labelled pieces of many pictures.

    Attributes:
        shares: uint8 (pictures, 88, 40, 14).
        clothes: uint8 (pictures, 176, 80).
        picture: int64 (N,), of each piece.
        piece: int64 (N,), its place in ``Piece``.
        seeming: uint8 (N, 176, 80).
        truth: uint8 (N, 176, 80).
    """

    shares: Plane
    clothes: Plane
    picture: npt.NDArray[np.int64]
    piece: npt.NDArray[np.int64]
    seeming: Plane
    truth: Plane

    @classmethod
    def of(cls, pictures: Sequence[SeenPicture]) -> Self:
        """Gather the pieces of pictures.

        Raises:
            ValueError: there is none.
        """
        places = {piece: place for place, piece in enumerate(Piece)}
        each = [(number, p) for number, picture in enumerate(pictures) for p in picture.pieces]
        if not each:
            raise ValueError("none of these pictures has a labelled piece of an outfit")
        return cls(
            np.stack([picture.shares for picture in pictures]),
            np.stack([picture.clothes for picture in pictures]),
            np.array([number for number, _ in each]),
            np.array([places[seen.piece] for _, seen in each]),
            np.stack([seen.seeming for _, seen in each]),
            np.stack([seen.truth for _, seen in each]),
        )

    def __len__(self) -> int:
        """How many pieces there are."""
        return len(self.piece)
