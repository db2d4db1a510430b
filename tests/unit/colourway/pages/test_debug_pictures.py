"""Debug pictures show what the pipeline saw, small, and outlive the run that drew them."""

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from colourway.pages.debug_pictures import (
    PANELS,
    SIDE,
    DebugPictures,
    outline,
    paint_over,
    shrink,
    what_is_measured,
)
from shared.contracts.results import Region, Shade
from worker.imaging.palette import PALETTE

RED = Shade("#c02020", (41.76, 60.41, 42.26), 1.0, "red", "red")
PIXELS = np.full((900, 600, 3), 128, dtype=np.uint8)
MASK = np.zeros((900, 600), dtype=bool)
MASK[200:700, 150:450] = True
PIECE = np.zeros((900, 600), dtype=bool)
PIECE[200:400, 150:450] = True
LOADED: Any = SimpleNamespace(pixels=None, fetched=SimpleNamespace(sha256="ab" * 32))
LABELS = np.where(MASK, 3, 0).astype(np.uint8)


def analysis(piece: str | None = "top") -> Any:
    cutout = np.dstack([PIXELS[200:700, 150:450], np.full((500, 300), 90, np.uint8)])
    return SimpleNamespace(
        shown=PIXELS,  # the picture as it was must not be looked at
        subject_mask=SimpleNamespace(mask=MASK),
        piece=piece,
        shades={Region.CLOTHES: ()},
        segments=SimpleNamespace(labels=LABELS),
        masks={"piece": PIECE},
        crops=SimpleNamespace(cutout=cutout),
    )


def decoded(uri: str) -> np.ndarray:
    head, _, body = uri.partition(",")
    assert head == "data:image/webp;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(body), np.uint8), cv2.IMREAD_UNCHANGED)


def test_debug_pictures_are_read_by_another_instance(tmp_path: Path) -> None:
    DebugPictures(tmp_path / "debug").observe(LOADED, analysis())
    panels = DebugPictures(tmp_path / "debug").read("ab" * 32, "top")
    assert tuple(panels) == PANELS
    assert decoded(panels["original"]).shape == (SIDE, round(SIDE * 600 / 900), 3)
    assert decoded(panels["measured"]).shape == decoded(panels["original"]).shape
    assert decoded(panels["cutout"]).shape == (SIDE, round(SIDE * 300 / 500), 4)


def test_debug_pictures_drawn_before_heads_were_hidden_are_not_shown(tmp_path: Path) -> None:
    DebugPictures(tmp_path).observe(LOADED, analysis())
    assert DebugPictures(tmp_path, "blur").read("ab" * 32, "top") == {}
    DebugPictures(tmp_path, "blur").observe(LOADED, analysis())
    assert tuple(DebugPictures(tmp_path, "blur").read("ab" * 32, "top")) == PANELS
    assert DebugPictures(tmp_path, "cut").read("ab" * 32, "top") == {}


def test_a_picture_that_stands_for_two_pieces_has_debug_pictures_of_each(tmp_path: Path) -> None:
    drawn = DebugPictures(tmp_path)
    drawn.observe(LOADED, analysis("top"))
    assert drawn.read("ab" * 32, "nothing") == {}
    other = analysis(None)
    other.masks = {"piece": np.zeros_like(PIECE)}
    drawn.observe(LOADED, other)
    top, nothing = (drawn.read("ab" * 32, each)["measured"] for each in ("top", "nothing"))
    assert yellow(decoded(top)[..., ::-1]).any()
    assert not yellow(decoded(nothing)[..., ::-1]).any()
    assert what_is_measured(None, {Region.CLOTHES: (RED,)}) == "all"


def test_a_picture_without_debug_pictures_has_no_panels(tmp_path: Path) -> None:
    assert DebugPictures(tmp_path).read("cd" * 32, "top") == {}


def test_small_pictures_are_left_as_they_are() -> None:
    small = PIXELS[:100, :80]
    assert shrink(small) is small
    assert shrink(PIXELS).shape == (SIDE, round(SIDE * 600 / 900), 3)


def yellow(drawn: np.ndarray) -> np.ndarray:
    return (drawn[..., 0] > 200) & (drawn[..., 2] < 120)


def white(drawn: np.ndarray) -> np.ndarray:
    return (drawn > 200).all(axis=-1)


def test_the_piece_has_a_thick_line_the_subject_a_thin_one_and_all_else_is_dim() -> None:
    drawn = outline(PIXELS, MASK, PIECE).astype(int)
    scale = SIDE / 900
    in_piece, below, corner = round(300 * scale), round(550 * scale), 5
    middle = round(300 * scale)
    assert np.array_equal(drawn[in_piece, middle], [128, 128, 128])
    assert np.array_equal(drawn[below, middle], drawn[corner, corner])
    assert np.array_equal(drawn[corner, corner], [127, 127, 127])
    thick, thin = yellow(drawn[in_piece]).sum(), white(drawn[below]).sum()
    assert 2 <= thin < thick
    assert thick >= 2 * 3
    assert not yellow(drawn[below]).any()
    assert not white(drawn[in_piece]).any()


def test_specks_and_small_holes_of_a_piece_have_no_line() -> None:
    torn = PIECE.copy()
    torn[300:310, 300:310] = False
    torn[800:810, 300:310] = True
    assert np.array_equal(yellow(outline(PIXELS, MASK, torn)), yellow(outline(PIXELS, MASK, PIECE)))


def test_without_a_piece_only_the_subject_is_lined_and_stays_bright() -> None:
    drawn = outline(np.full_like(PIXELS, 40), MASK, np.zeros_like(MASK)).astype(int)
    row, middle = round(550 * SIDE / 900), round(300 * SIDE / 900)
    assert not yellow(drawn).any()
    assert white(drawn[row]).any()
    assert np.array_equal(drawn[row, middle], [40, 40, 40])
    assert np.array_equal(drawn[5, 5], [88, 88, 88])


def test_regions_are_shown_in_the_colours_of_the_palette() -> None:
    painted = paint_over(PIXELS, LABELS, np.array(PALETTE, dtype=np.uint8))
    inside, outside = painted[SIDE // 2, SIDE // 3].astype(int), painted[5, 5].astype(int)
    assert inside[2] > inside[0] + 100
    assert outside.max() < 60
