"""The demo empties only its own folder, and reports unexpected outcomes."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from colourway.demo.demo import MARK, Demo, check, clothes_of, clothes_only
from colourway.demo.demo_shop import FAULTS, Exhibit
from colourway.embedded import Work
from colourway.feed_run import Finished
from colourway.picture_report import Summary
from colourway.run_summary import expected_table, run_as_json, summary_table, verdict_json
from producer.enqueue.enqueue import Enqueued
from shared.colour.naming import Naming
from shared.contracts.jobs import JobState
from shared.contracts.results import Region, Shade
from shared.contracts.stages import Code
from shared.errors import ColourwayError

NAMING = Naming.load()
NAVY = Shade("#1b2a4a", (17.5, 3.25, -21.0), 0.75, "midnight", "navy")
LOOK = Exhibit("LOOK-01", "a.jpg", "Coat", "coat", Code.OK, {Region.CLOTHES: "#1c2b4c"})


def finished(*outcomes: Any) -> Finished:
    states = Counter(outcome.state for outcome in outcomes)
    codes = Counter(outcome.code for outcome in outcomes)
    summary = Summary(len(outcomes), states, codes, {"person": 1}, {"navy": 1})
    return Finished(Enqueued(products=2, jobs=2), Work(2, 1.5), summary, cast("Any", outcomes))


def outcome(sku: str, state: JobState, code: Code, *clothes: Shade) -> Any:
    return SimpleNamespace(sku=sku, state=state, code=code, shades={Region.CLOTHES: clothes})


def test_expected_and_found_are_compared_and_surprises_named() -> None:
    ended = finished(
        outcome("LOOK-01", JobState.DONE, Code.OK, NAVY),
        outcome("FAULT-GONE", JobState.DONE, Code.OK),
    )
    checked = check([LOOK, FAULTS[0], FAULTS[1]], ended, NAMING)
    ((_, _, comparison),) = clothes_only(checked)
    assert comparison.agrees
    assert comparison.delta_e is not None
    assert comparison.delta_e < 2
    assert [(exhibit.sku, code) for exhibit, code in checked.surprises] == [
        ("FAULT-GONE", "ok"),
        ("FAULT-PAGE", "nothing"),
    ]
    (verdict,) = checked.verdicts
    assert verdict_json(verdict)["family_agreement"] == 1.0
    assert expected_table(clothes_only(checked)).row_count == 1


def test_nothing_is_expected_of_people_whose_colours_are_not_stored() -> None:
    assert clothes_of({Region.SKIN: "#c68642", **LOOK.expected}) == LOOK.expected
    assert clothes_of({}) == {}


def test_a_run_as_plain_json() -> None:
    ended = finished(
        outcome("LOOK-01", JobState.DONE, Code.OK, NAVY),
        outcome("FAULT-GONE", JobState.FAILED, Code.FETCH_NOT_FOUND),
    )
    answer = run_as_json(ended)
    assert answer["states"] == {"done": 1, "failed": 1}
    assert answer["codes"] == {"ok": 1, "fetch_not_found": 1}
    assert answer["processed"] == 2
    assert answer["enqueued"]["products"] == 2
    table = summary_table(ended.summary, ended.outcomes)
    assert table.row_count == 2


def test_the_demo_clears_no_folder_but_its_own(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "holiday.jpg").touch()
    with pytest.raises(ColourwayError, match="not the demo's"):
        Demo(home, tmp_path / "report.html").clear_home()
    assert (home / "holiday.jpg").exists()
    (home / MARK).touch()
    Demo(home, tmp_path / "report.html").clear_home()
    assert [path.name for path in home.iterdir()] == [MARK]


def test_the_demo_changes_nothing_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop/prod")
    monkeypatch.setenv("COLOURWAY_STORAGE", "s3://shop")
    settings = Demo(tmp_path, tmp_path / "report.html").settings()
    assert settings.database_url == f"sqlite:///{tmp_path / 'colourway.db'}"
    assert settings.storage == str(tmp_path / "pictures")
    assert [str(network) for network in settings.allowed_networks] == ["127.0.0.0/8"]
