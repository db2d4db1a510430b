"""Digests of a fetched file: what is on record, what is recorded, and what differs."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from shared.errors import WeightsError
from tests.support.weights_server import WeightsServer
from worker.networks.weights.download import Download
from worker.networks.weights.pin import read_pin
from worker.networks.weights.published import HDF5_SIGNATURE, Published, check

from .conftest import CONTENT, MD5, SHA256

OTHER = HDF5_SIGNATURE + bytes(len(CONTENT) - 8)
OTHER_SHA256 = hashlib.sha256(OTHER).hexdigest()
OTHER_MD5 = hashlib.md5(OTHER).hexdigest()


def put(download: Download, content: bytes) -> None:
    download.folder.mkdir(parents=True, exist_ok=True)
    download.path.write_bytes(content)


def test_the_first_use_is_recorded(download: Download, server: WeightsServer):
    done = download.run()
    assert (done.known, done.pinned) == ([], True)
    record = json.loads((download.folder / "small.h5.json").read_text())
    assert record.pop("pinned_at")[:2] == "20"
    assert record == {
        "file": "small.h5",
        "size_bytes": len(CONTENT),
        "sha256": SHA256,
        "url": server.url(),
        "asked_for": False,
    }
    assert check(download.published, download.folder) == SHA256


def test_a_second_fetch_only_checks(download: Download, server: WeightsServer):
    download.run()
    before = read_pin(download.path)
    again = download.run()
    assert (again.received_bytes, again.pinned, again.sha256) == (0, False, SHA256)
    assert [one.digest for one in again.known] == [SHA256]
    assert len(server.state.asked) == 1
    assert read_pin(download.path) == before


def test_a_file_that_changed_here_is_told_with_both_digests(
    download: Download, server: WeightsServer
):
    download.run()
    download.path.write_bytes(OTHER)
    for look in (lambda: check(download.published, download.folder), download.run):
        with pytest.raises(WeightsError) as caught:
            look()
        for part in (str(download.path), SHA256, OTHER_SHA256, "--force"):
            assert part in str(caught.value)
    assert replace(download, force=True).run().sha256 == SHA256
    assert download.path.read_bytes() == CONTENT


def test_a_file_that_changed_on_the_server_is_refused_and_the_old_one_stays(
    download: Download, server: WeightsServer
):
    download.run()
    server.state.content, server.state.etag = OTHER, '"two"'
    with pytest.raises(WeightsError) as caught:
        replace(download, force=True).run()
    for part in (server.url(), SHA256, OTHER_SHA256, "--sha256", "not kept"):
        assert part in str(caught.value)
    assert download.path.read_bytes() == CONTENT
    assert {path.name for path in download.folder.iterdir()} == {"small.h5", "small.h5.json"}
    # Whoever knows better says so, and that is recorded from then on.
    done = replace(download, force=True, sha256=OTHER_SHA256).run()
    assert (done.sha256, done.pinned) == (OTHER_SHA256, True)
    assert check(download.published, download.folder) == OTHER_SHA256


@pytest.mark.parametrize(
    "digests", [{"sha256": OTHER_SHA256}, {"md5": OTHER_MD5, "md5_source": "a friend"}]
)
def test_a_published_digest_is_held_from_the_first_fetch_on(
    download: Download, digests: dict[str, str]
):
    strict = replace(download, published=replace(download.published, **digests))
    with pytest.raises(WeightsError) as caught:
        strict.run()
    found = SHA256 if "sha256" in digests else MD5
    for part in (found, next(iter(digests.values())), "names"):
        assert part in str(caught.value)
    assert list(download.folder.iterdir()) == []
    # The user's own word stands above it.
    assert replace(strict, sha256=SHA256).run().sha256 == SHA256
    assert check(strict.published, strict.folder) == strict.run().sha256 == SHA256


def test_a_digest_that_is_asked_for_must_fit(download: Download, server: WeightsServer):
    with pytest.raises(WeightsError) as caught:
        replace(download, sha256=OTHER_SHA256).run()
    assert f"you ask for {OTHER_SHA256}" in str(caught.value)
    assert SHA256 in str(caught.value)
    asked = replace(download, sha256=SHA256)
    assert [asked.run().pinned, asked.run().pinned, download.run().pinned] == [True, False, False]
    with pytest.raises(WeightsError, match="you ask for"):
        replace(download, sha256=OTHER_SHA256).run()


def test_a_file_that_was_copied_there_is_checked_and_recorded(
    download: Download, server: WeightsServer
):
    put(download, CONTENT)
    known = replace(download, published=replace(download.published, md5=MD5))
    assert check(known.published, download.folder) == SHA256
    done = known.run()
    assert (done.received_bytes, done.pinned) == (0, True)
    pin = read_pin(download.path)
    assert pin is not None
    assert (pin.sha256, pin.url) == (SHA256, None)
    assert server.state.asked == []


@pytest.mark.parametrize(
    ("content", "told"),
    [(CONTENT[:-1], "400,007 bytes instead of 400,008"), (b"x" * len(CONTENT), "no HDF5 file")],
)
def test_a_wrong_file_that_was_copied_there_is_told_and_left(
    download: Download, server: WeightsServer, content: bytes, told: str
):
    put(download, content)
    with pytest.raises(WeightsError, match=told):
        download.run()
    assert download.path.read_bytes() == content
    assert server.state.asked == []


def test_a_record_that_cannot_be_read_is_told(download: Download):
    download.run()
    (download.folder / "small.h5.json").write_text("{")
    with pytest.raises(WeightsError, match="is no record of a sha256"):
        download.run()
    assert replace(download, sha256=SHA256).run().pinned
    assert not download.run().pinned


def test_a_whole_part_is_checked_without_a_request(download: Download, server: WeightsServer):
    put(download, CONTENT)
    download.path.rename(download.folder / "small.h5.part")
    assert download.run().received_bytes == 0
    assert server.state.asked == []


def test_planning_changes_nothing(download: Download, published: Published, tmp_path: Path):
    plan = download.plan()
    assert (plan.present, plan.here_bytes, plan.size_bytes) == (False, 0, len(CONTENT))
    assert plan.url == published.url
    assert plan.free_bytes > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(download: Download):
    download.folder.mkdir(parents=True)
    download.folder.chmod(0o500)
    with pytest.raises(WeightsError, match="cannot write"):
        download.run()


def test_a_folder_that_is_a_file_is_told(download: Download):
    download.folder.write_bytes(b"")
    with pytest.raises(WeightsError, match=r"cannot write .*--into"):
        download.run()
