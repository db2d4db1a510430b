"""Colours as they are printed, and as a notebook shows them."""

from shared.contracts.results import Shade
from worker.analysis.colours import Colours

NAVY = Shade("#1b2a4f", (17.6, 6.0, -24.2), 0.8, "dark navy", "navy")
TEAL = Shade("#007878", (45.0, -26.0, -8.0), 0.05, "teal", "green", "turquoise")


def test_colours_print_as_aligned_lines() -> None:
    assert str(Colours([NAVY, TEAL])) == (
        "#1b2a4f  dark navy  navy               80 %\n#007878  teal       green / turquoise   5 %"
    )
    assert repr(Colours([NAVY])) == "#1b2a4f  dark navy  navy  80 %"
    assert str(Colours()) == "no colours"


def test_colours_are_a_tuple_of_shades() -> None:
    colours = Colours([NAVY, TEAL])
    assert colours == (NAVY, TEAL)
    assert colours[0] is NAVY
    assert len(Colours()) == 0


def test_a_notebook_gets_swatches_and_names_that_are_escaped() -> None:
    html = Colours([Shade("#1b2a4f", NAVY.lab, 1.0, "<b>", "navy")])._repr_html_()
    assert "background:#1b2a4f" in html
    assert "&lt;b&gt;" in html
    assert Colours()._repr_html_() == "no colours"
