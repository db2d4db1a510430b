"""`quarantine` and `failures` as a shell calls them: what failed, listed, released and written."""

from pathlib import Path

from sqlalchemy import Engine

from shared.contracts.jobs import JobState
from shared.database.models import Job
from tests.support.catalogue.ended import shop, states
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.stored import url

__all__ = ["shop"]  # a fixture


def test_the_quarantine_is_listed_and_released(shop: Shell, engine: Engine) -> None:
    (entry,) = shop.answer("quarantine", "list")["jobs"]
    since = entry.pop("since")
    assert since.endswith("+00:00")
    assert entry == {
        "job": 2,
        "catalogue": "shop",
        "sku": "P2",
        "url": url(2),
        "stage": "fetch",
        "code": "fetch_timeout",
        "message": "too [bold]slow",
        "attempts": 1,
    }
    shown = shop.call("quarantine", "list").out
    for word in ("P2", url(2), "fetch_timeout", "too [bold]slow", since[:10]):
        assert word in shown
    assert shop.answer("quarantine", "list", "--code", "fetch_denied")["jobs"] == []

    said = shop.call("quarantine", "release", 2, 3, 999)
    assert said.exit_code == 1
    assert "jobs reopened: 1" in said.out
    assert "2 of the jobs are not in quarantine" in said.err
    assert states(engine) == ["done", "pending", "failed", "no_person"]
    assert shop.call("quarantine", "list").out == "nothing is in quarantine\n"


def test_a_long_quarantine_is_shown_in_part(shop: Shell, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(Job.__table__.update().values(state=JobState.QUARANTINED))
    found = shop.answer("quarantine", "list", "--limit", 3)
    assert ([entry["job"] for entry in found["jobs"]], found["more"]) == ([1, 2, 3], True)
    assert "… and more" in shop.call("quarantine", "list", "--limit", 3).out
    assert shop.answer("quarantine", "list", "--limit", 4)["more"] is False


def test_failures_are_written_and_enqueued_again(
    shop: Shell, engine: Engine, tmp_path: Path
) -> None:
    out = tmp_path / "failed ones.csv"
    said = shop.call("failures", "--out", out, "--catalogue", "shop")
    assert (said.exit_code, said.out) == (0, "")
    assert "pictures that failed: 2, of 2 products" in said.err
    assert f"`colourway enqueue '{out}' --catalogue shop`, with --retry-failed" in said.err
    assert list(tmp_path.glob("*.part")) == []
    done = shop.answer("enqueue", out, "--catalogue", "shop", "--retry-failed")
    assert (done["jobs"], done["rejected"]) == (2, 0)
    assert states(engine)[4:] == ["pending", "pending"]
    assert shop.answer("failures", "--out", out, "--catalogue", "shop") == {
        "catalogue": "shop",
        "out": str(out),
        "pictures": 0,
        "products": 0,
        "left_out": 0,
    }


def test_failures_on_standard_output(shop: Shell) -> None:
    words = ("failures", "--out", "-", "--catalogue", "shop", "--code", "fetch_not_found")
    said = shop.call(*words)
    header, row = said.out.splitlines()
    assert header == "sku,image_link,position,role,code,stage,message,attempts,failed_at"
    assert row.startswith(f"P3,{url(3)},0,,fetch_not_found,fetch,gone,1,20")


def test_a_file_that_cannot_be_written(shop: Shell, tmp_path: Path) -> None:
    said = shop.call("failures", "--out", tmp_path / "no" / "f.csv", "--catalogue", "shop")
    assert said.exit_code == 1
    assert "No such file or directory" in said.err
