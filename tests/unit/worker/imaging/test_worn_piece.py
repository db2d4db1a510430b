"""Where a person wears what is for sale, read from a painting of the parts."""

import numpy as np
import numpy.typing as npt
import pytest

from shared.catalogue.pieces import Piece
from worker.imaging.box import fit_box
from worker.imaging.labels.merges import PARTS
from worker.imaging.part_shares import PartShares
from worker.imaging.regions import CLOTHES, LabelMap
from worker.imaging.worn_piece import canvas_of, find_worn, main_piece

SIZE_HW = (80, 40)
ROWS = {"hair": (0, 8), "skin": (8, 16), "upper": (16, 40), "lower": (40, 72), "shoes": (72, 80)}


def painting(**shares: dict[str, float]) -> tuple[PartShares, LabelMap]:
    """A person of bands, each mixed from parts; the canvas is twice as fine as the picture."""
    mixture = np.zeros((*SIZE_HW, len(PARTS)), np.float32)
    mixed = {"hair": {"hair": 1.0}, "skin": {"skin": 1.0}, "shoes": {"shoes": 1.0}, **shares}
    for band, parts in mixed.items():
        first, last = ROWS[band]
        for part, share in parts.items():
            mixture[first:last, 10:30, PARTS.index(part)] = share
    mixture[..., 0] = 1 - mixture[..., 1:].sum(axis=-1)
    height, width = SIZE_HW
    labels = np.zeros(SIZE_HW, np.uint8)
    labels[8:16, 10:30], labels[:8, 10:30], labels[16:, 10:30] = 1, 2, CLOTHES
    box = (0, 0, height, width)
    fit = fit_box(box, (2 * height, 2 * width))
    return PartShares(np.rint(mixture * 255).astype(np.uint8), box, fit), labels


def rows_of(piece: Piece, **shares: dict[str, float]) -> tuple[int, int] | None:
    parts, labels = painting(**shares)
    found = find_worn(parts, labels, piece)
    if found is None:
        return None
    rows = np.flatnonzero(found.mask.any(axis=1))
    assert found.mask[rows[0] : rows[-1] + 1, 10:30].all()
    assert not found.mask[labels != CLOTHES].any()
    return int(rows[0]), int(rows[-1]) + 1


@pytest.mark.parametrize(
    ("piece", "rows"), [(Piece.TOP, (16, 40)), (Piece.BOTTOM, (40, 72)), (Piece.SHOES, (72, 80))]
)
def test_a_piece_that_is_painted_is_found_whole(piece: Piece, rows: tuple[int, int]) -> None:
    assert rows_of(piece, upper={"top": 1.0}, lower={"bottom": 1.0}) == rows


def test_the_shop_s_word_decides_where_the_painter_hesitates() -> None:
    hesitant = {"top": 0.7, "outerwear": 0.3}
    assert rows_of(Piece.OUTERWEAR, upper=hesitant, lower={"bottom": 1.0}) == ROWS["upper"]
    assert rows_of(Piece.TOP, upper=hesitant, lower={"bottom": 1.0}) == ROWS["upper"]


def test_a_dress_that_was_painted_as_two_pieces_is_found_whole() -> None:
    upper, lower = {"top": 0.65, "dress": 0.35}, {"bottom": 0.6, "dress": 0.4}
    assert rows_of(Piece.DRESS, upper=upper, lower=lower) == (16, 72)


def test_what_is_sold_as_a_skirt_was_hardly_painted_as_a_dress() -> None:
    """The top's place stays the top's: the skirt is likelier where the top is not."""
    upper, lower = {"top": 0.5, "dress": 0.48, "bottom": 0.02}, {"dress": 0.7, "bottom": 0.3}
    assert rows_of(Piece.BOTTOM, upper=upper, lower=lower) == ROWS["lower"]
    assert rows_of(Piece.DRESS, upper=upper, lower=lower) == (16, 72)


def test_tights_were_hardly_painted_as_trousers() -> None:
    """Where they are surely painted, what was painted as trousers beside them is them too."""
    upper, lower = {"dress": 1.0}, {"bottom": 0.85, "legwear": 0.15}
    assert rows_of(Piece.LEGWEAR, upper=upper, lower=lower) == ROWS["lower"]
    assert rows_of(Piece.BOTTOM, upper=upper, lower=lower) == ROWS["lower"]
    trousers = {"bottom": 0.97, "legwear": 0.03}
    assert rows_of(Piece.LEGWEAR, upper={"top": 1.0}, lower=trousers) is None


def test_a_dress_takes_what_was_nearly_sure_to_be_a_skirt() -> None:
    upper, lower = {"dress": 0.9, "top": 0.1}, {"bottom": 0.95, "dress": 0.05}
    assert rows_of(Piece.DRESS, upper=upper, lower=lower) == (16, 72)
    leggings = {"bottom": 1.0}
    assert rows_of(Piece.DRESS, upper=upper, lower=leggings) == ROWS["upper"]


def test_a_piece_that_is_surely_worn_takes_nothing_from_its_neighbours() -> None:
    upper, lower = {"top": 0.95, "dress": 0.05}, {"bottom": 0.7, "top": 0.3}
    assert rows_of(Piece.TOP, upper=upper, lower=lower) == ROWS["upper"]


def test_what_nothing_looks_like_is_not_found() -> None:
    assert rows_of(Piece.BAG, upper={"top": 1.0}, lower={"bottom": 1.0}) is None
    assert rows_of(Piece.SCARF, upper={"top": 0.96, "scarf": 0.04}, lower={"bottom": 1.0}) is None


def test_where_nothing_looks_like_it_a_piece_is_what_it_may_have_been_taken_for() -> None:
    skirt = {"upper": {"top": 1.0}, "lower": {"dress": 0.99, "bottom": 0.01}}
    assert rows_of(Piece.BOTTOM, **skirt) == ROWS["lower"]
    tunic = {"upper": {"dress": 1.0}, "lower": {"bottom": 1.0}}
    assert rows_of(Piece.TOP, **tunic) == ROWS["upper"]
    assert rows_of(Piece.DRESS, upper={"top": 0.96, "dress": 0.04}, lower={"bottom": 1.0}) == (
        16,
        72,
    )
    short = {"upper": {"top": 1.0}, "lower": {"legwear": 1.0}}
    assert rows_of(Piece.DRESS, **short) == ROWS["upper"]
    half_zip = {"upper": {"top": 1.0}, "lower": {"bottom": 1.0}}
    assert rows_of(Piece.OUTERWEAR, **half_zip) == ROWS["upper"]
    coat = {"upper": {"outerwear": 1.0}, "lower": {"outerwear": 1.0}}
    for piece in (Piece.TOP, Piece.BOTTOM, Piece.DRESS):
        assert rows_of(piece, **coat) is None


def test_a_dress_that_was_taken_for_two_pieces_is_no_surer_than_either() -> None:
    parts, labels = painting(upper={"top": 0.9}, lower={"bottom": 0.7})
    found = find_worn(parts, labels, Piece.DRESS)
    assert found is not None
    assert found.certainty == pytest.approx(0.7, abs=0.01)


def test_certainty_is_what_the_painter_gave() -> None:
    parts, labels = painting(upper={"top": 0.6, "outerwear": 0.4}, lower={"bottom": 1.0})
    found = find_worn(parts, labels, Piece.TOP)
    assert found is not None
    assert found.certainty == pytest.approx(0.6, abs=0.01)


def test_the_main_piece_is_the_largest_near_the_middle() -> None:
    parts, _ = painting(upper={"top": 1.0}, lower={"bottom": 1.0})
    assert main_piece(parts) is Piece.BOTTOM
    parts, _ = painting(upper={"outerwear": 1.0}, lower={"outerwear": 0.6, "bottom": 0.4})
    assert main_piece(parts) is Piece.OUTERWEAR


def test_without_clothes_there_is_no_main_piece() -> None:
    parts, _ = painting(shoes={"skin": 1.0})
    assert main_piece(parts) is None


class Says:
    """A corrector that adds the same everywhere in some rows of its canvas, a quarter as many."""

    size_hw: tuple[int, int] = (20, 10)

    def __init__(self, rows: slice, term: float) -> None:
        self.rows, self.term = rows, term
        self.asked: list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]] = []

    def __call__(
        self, canvases: npt.NDArray[np.uint8], pieces: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        self.asked.append((canvases, pieces))
        answer = np.zeros((1, *self.size_hw), np.float32)
        answer[:, self.rows] = self.term
        return answer


def test_the_network_corrects_where_a_piece_seems_to_be() -> None:
    """Only clothes are pieces, and how sure the painter was stays as it was."""
    parts, labels = painting(upper={"top": 0.95, "dress": 0.05}, lower={"dress": 0.6, "top": 0.4})
    without = find_worn(parts, labels, Piece.TOP)
    everywhere = find_worn(parts, labels, Piece.TOP, Says(slice(None), 5.0))
    nowhere = find_worn(parts, labels, Piece.TOP, Says(slice(None), -9.0))
    most = find_worn(parts, labels, Piece.TOP, Says(slice(None), 1e6))
    assert without is not None
    assert everywhere is not None
    assert without.mask[16:40, 10:30].all()
    assert not without.mask[40:].any()
    assert everywhere.mask[16:72, 10:30].all()
    assert not everywhere.mask[labels != CLOTHES].any()
    assert everywhere.certainty == without.certainty
    assert nowhere is None
    assert most is not None
    assert (most.mask == everywhere.mask).all()


def test_the_network_sees_shares_and_is_told_the_piece() -> None:
    parts, labels = painting(upper={"top": 0.8, "outerwear": 0.2}, lower={"bottom": 1.0})
    says = Says(slice(0), 0.0)
    assert find_worn(parts, labels, Piece.OUTERWEAR, says) is not None
    ((canvases, pieces),) = says.asked
    assert pieces.tolist() == [[float(piece is Piece.OUTERWEAR) for piece in Piece]]
    assert (canvases.dtype, canvases.shape) == (np.uint8, (1, 20, 10, len(PARTS) + 1))
    inside = canvases[0, 6, 4]
    assert inside[PARTS.index("top")] == 204
    assert inside[PARTS.index("outerwear")] == 51
    assert 204 < inside[-1] <= 255  # the shop's word makes it likely
    assert canvases[0, 15, 4, -1] == 0


def test_the_network_is_not_asked_for_what_nothing_looks_like() -> None:
    parts, labels = painting(upper={"top": 1.0}, lower={"bottom": 1.0})
    says = Says(slice(None), 9.0)
    assert find_worn(parts, labels, Piece.BAG, says) is None
    assert says.asked == []


def test_a_canvas_has_the_means_of_areas() -> None:
    parts, _ = painting(upper={"top": 1.0}, lower={"bottom": 1.0})
    plane = np.zeros(SIZE_HW, np.float32)
    plane[:2, :4] = 1.0
    canvas = canvas_of(parts, plane, (20, 10))
    assert canvas[0, 0, -1] == 128
    assert canvas[:, :, -1].sum() == 128
    shares = parts.shares.astype(float).reshape(20, 4, 10, 4, -1).mean(axis=(1, 3))
    assert np.abs(canvas[..., :-1] - shares).max() <= 0.5
