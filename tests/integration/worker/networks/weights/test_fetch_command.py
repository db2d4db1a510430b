"""``colourway weights``: fetch, verify and list as a person types them.

The commands know published files of one size only, so a file full of nothing takes the place of the
real one: it has holes instead of bytes on the disk.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from colourway.cli import app, explain
from tests.support.weights_server import WeightsServer
from worker.networks.weights.published import HDF5_SIGNATURE, PUBLISHED, CheckedFile, checked_file

COCO = PUBLISHED["coco"]
HOLLOW_SHA256 = "0a" * 32


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLOURWAY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def weights(*words: str) -> Result:
    return CliRunner().invoke(app, ["weights", *words])


def error_of(result: Result) -> str:
    """What the front door would print."""
    assert isinstance(result.exception, Exception)
    told = explain(result.exception)
    assert told is not None
    assert told[1] == 1
    return told[0]


def hollow_file(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / COCO.file
    with path.open("wb") as file:
        file.write(HDF5_SIGNATURE)
        file.truncate(COCO.size_bytes)
    return path


def test_a_dry_run_says_all_and_writes_nothing(home: Path):
    told = weights("fetch", "coco", "--dry-run")
    assert told.exit_code == 0
    for part in ("257,557,808", COCO.url, str(home / "weights" / COCO.file), "are free", "MIT"):
        assert part in told.output
    facts: dict[str, Any] = json.loads(weights("fetch", "coco", "-n", "--json").stdout)
    assert (facts["dry_run"], facts["present"]) == (True, False)
    assert facts["size_bytes"] == facts["to_fetch_bytes"] == COCO.size_bytes
    assert not home.exists()


def test_a_mirror_without_the_file_is_an_error(server: WeightsServer, tmp_path: Path):
    result = weights("fetch", "coco", "--url", server.url("/no.h5"), "--into", str(tmp_path / "w"))
    assert "status 404" in error_of(result)
    assert "400,008 bytes instead of 257,557,808" in error_of(
        weights("fetch", "coco", "--url", server.url(), "--quiet")
    )


def test_wrong_usage_is_told(home: Path):
    for words in (["fetch", "pascal"], ["fetch"], ["fetch", "coco", "--sha256", "abc"]):
        assert weights(*words).exit_code == 2
    assert not home.exists()


def test_what_was_not_fetched_is_absent_and_no_fault():
    told = weights("verify", "--json")
    assert told.exit_code == 0
    verdicts = json.loads(told.stdout)
    assert verdicts.pop("coco") == "absent"
    assert set(verdicts.values()) == {"ok"}
    assert "colourway weights fetch coco" in weights("verify").stdout
    listed = json.loads(weights("list", "--json").stdout)
    assert (listed["coco"]["present"], listed["coco"]["sha256"]) == (False, None)
    assert "mask_rcnn" in listed
    assert "coco" in weights("list").stdout


def test_a_file_of_another_digest_is_refused_until_asked_for(home: Path):
    path = hollow_file(home / "weights")
    told = error_of(weights("fetch", "coco"))
    assert COCO.md5 is not None
    assert COCO.md5 in told
    assert str(path) in told
    refused = weights("fetch", "coco", "--sha256", HOLLOW_SHA256)
    found = error_of(refused).partition("has sha256 ")[2][:64]
    done = weights("fetch", "coco", "--sha256", found.upper(), "--json")
    assert done.exit_code == 0
    facts = json.loads(done.stdout)
    assert (facts["sha256"], facts["received_bytes"], facts["pinned"]) == (found, 0, True)
    assert json.loads(weights("list", "--json").stdout)["coco"]["sha256"] == found
    assert json.loads(weights("verify", "--json").stdout)["coco"] == "ok"
    assert checked_file("coco", home / "weights") == CheckedFile(path, found)


def test_verify_fails_for_a_tampered_file_and_names_both_digests(tmp_path: Path):
    folder = tmp_path / "elsewhere"
    path = hollow_file(folder)
    pin = {"file": path.name, "size_bytes": COCO.size_bytes, "sha256": HOLLOW_SHA256}
    record = {**pin, "url": None, "pinned_at": "2026-01-02T03:04:05+00:00", "asked_for": False}
    Path(f"{path}.json").write_text(json.dumps(record))
    told = weights("verify", "--fetched", str(folder), "--json")
    assert told.exit_code == 1
    verdict = json.loads(told.stdout)["coco"]
    found = verdict.partition("has sha256 ")[2][:64]
    assert len(set(found)) > 2
    for part in (str(path), f"recorded on 2026-01-02 {HOLLOW_SHA256}", "--force"):
        assert part in verdict
    assert weights("verify").exit_code == 0
