"""The table of patterns: probabilities from features, and when a cloth is called patterned."""

from pathlib import Path

import numpy as np
import pytest

from shared.contracts.results import Pattern
from worker.imaging.patterns.table import KINDS, PatternTable, decided

HEADER = f"feature,mean,spread,{','.join(KINDS)}"


def table(tmp_path: Path, *rows: str) -> PatternTable:
    path = tmp_path / "weights.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n")
    return PatternTable.load(path)


def test_probabilities_follow_from_weights(tmp_path: Path) -> None:
    weights = ",".join(["0", "1", *["-9"] * (len(KINDS) - 2)])
    loaded = table(tmp_path, f"edge,2,0.5,{weights}", "always,,," + ",".join(["0"] * len(KINDS)))
    found = loaded({"edge": 3.0, "another": 7.0})
    # Two spreads above the mean: e^2 for striped, e^0 for plain, e^-18 for the others.
    assert found[Pattern.STRIPED] == pytest.approx(np.e**2 / (1 + np.e**2), abs=1e-6)
    assert sum(found.values()) == pytest.approx(1)
    assert loaded({"edge": 99.0}) == loaded({"edge": 3.5})  # further than FAR says no more
    with pytest.raises(KeyError, match="edge"):
        loaded({"another": 7.0})


@pytest.mark.parametrize("rows", [(), ("edge,2,0.5" + ",0" * 8,)])
def test_a_table_that_lacks_its_last_row_is_refused(tmp_path: Path, rows: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"weights\.csv: needs a column for each pattern"):
        table(tmp_path, *rows)


def test_plain_unless_it_is_sure() -> None:
    rest = dict.fromkeys(KINDS, 0.0)
    unsure = rest | {Pattern.PLAIN: 0.4, Pattern.DOTTED: 0.35, Pattern.FLORAL: 0.25}
    assert decided(unsure, sure=0.7) is Pattern.PLAIN
    assert decided(unsure, sure=0.6) is Pattern.DOTTED


def test_the_bundled_table_tells_every_kind() -> None:
    loaded = PatternTable.load()
    assert loaded.weights.shape == (len(loaded.features) + 1, len(KINDS))
    assert np.isfinite(loaded.weights).all()
    assert (loaded.spread > 0).all()
