"""Bytes over a real connection: whole, cut off and gone on with, changed in between, refused."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pytest

from shared.errors import WeightsError
from tests.support import ROOT
from tests.support.weights_server import WeightsServer
from worker.networks.weights.download import Download
from worker.networks.weights.published import HDF5_SIGNATURE, Published

from .conftest import CONTENT, QUICK, SHA256

HALF = len(CONTENT) // 2


@dataclass
class Notes:
    sizes: list[int] = field(default_factory=list[int])
    texts: list[str] = field(default_factory=list[str])

    def at(self, size_bytes: int) -> None:
        self.sizes.append(size_bytes)

    def say(self, text: str) -> None:
        self.texts.append(text)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def break_off(download: Download, server: WeightsServer) -> None:
    """Let a first run end with half of the file."""
    # A run ends only with a request that brought nothing.
    server.state.cut_after = [HALF, 0]
    with pytest.raises(WeightsError, match="run the same command again"):
        replace(download, patience=replace(QUICK, attempts=1)).run()


def test_a_fresh_file_is_fetched_whole_and_nothing_else_is_left(
    download: Download, server: WeightsServer
):
    notes = Notes()
    done = download.run(notes)
    assert download.path.read_bytes() == CONTENT
    assert (done.sha256, done.received_bytes) == (SHA256, len(CONTENT))
    assert names(download.folder) == {"small.h5", "small.h5.json"}
    assert notes.sizes[-1] == len(CONTENT)
    assert [one.range for one in server.state.asked] == [None]


def test_redirects_are_followed(download: Download, server: WeightsServer):
    done = replace(download, url=server.url("/redirect")).run()
    assert done.sha256 == SHA256


def test_a_connection_that_breaks_is_gone_on_with_in_the_same_run(
    download: Download, server: WeightsServer
):
    server.state.cut_after = [100_000, 100_000, 100_000, 0, 50_000]
    notes = Notes()
    assert download.run(notes).sha256 == SHA256
    asked = server.state.asked
    assert [one.range for one in asked] == [
        None,
        *(f"bytes={n}-" for n in (100_000, 200_000, 300_000, 300_000, 350_000)),
    ]
    assert [one.status for one in asked] == [200, 206, 206, 206, 206, 206]
    assert {one.if_range for one in asked[1:]} == {'"one"'}
    assert sum(one.sent_bytes for one in asked) == len(CONTENT)
    assert any("going on after 300,000 bytes" in text for text in notes.texts)


def test_a_later_run_asks_only_for_the_rest(download: Download, server: WeightsServer):
    break_off(download, server)
    assert names(download.folder) == {"small.h5.part", "small.h5.part.json"}
    server.state.asked.clear()
    done = download.run()
    (asked,) = server.state.asked
    assert (asked.range, asked.if_range, asked.status) == (f"bytes={HALF}-", '"one"', 206)
    assert asked.sent_bytes == done.received_bytes == len(CONTENT) - HALF
    assert download.path.read_bytes() == CONTENT
    assert names(download.folder) == {"small.h5", "small.h5.json"}


def test_the_time_of_change_serves_where_there_is_no_strong_etag(
    download: Download, server: WeightsServer
):
    server.state.etag = 'W/"weak"'
    server.state.last_modified = "Mon, 27 Nov 2017 10:00:00 GMT"
    server.state.cut_after = [HALF]
    assert download.run().sha256 == SHA256
    assert server.state.asked[1].if_range == server.state.last_modified
    assert server.state.asked[1].status == 206


def test_without_any_mark_of_the_version_it_begins_anew(download: Download, server: WeightsServer):
    server.state.etag = None
    server.state.cut_after = [HALF]
    assert download.run().sha256 == SHA256
    assert [one.range for one in server.state.asked] == [None, None]


def test_a_server_that_ignores_range_restarts_cleanly(download: Download, server: WeightsServer):
    break_off(download, server)
    server.state.asked.clear()
    server.state.knows_range = False
    notes = Notes()
    done = download.run(notes)
    assert done.received_bytes == len(CONTENT)
    assert download.path.read_bytes() == CONTENT
    assert [(one.range, one.status) for one in server.state.asked] == [(f"bytes={HALF}-", 200)]
    assert any("beginning anew" in text for text in notes.texts)


@pytest.mark.parametrize("knows_if_range", [True, False])
def test_a_file_that_changed_in_between_begins_anew(
    download: Download, server: WeightsServer, knows_if_range: bool
):
    break_off(download, server)
    changed = HDF5_SIGNATURE + bytes(len(CONTENT) - 8)
    server.state.content, server.state.etag = changed, '"two"'
    server.state.knows_if_range = knows_if_range
    download.run()
    assert download.path.read_bytes() == changed


def test_a_part_of_another_url_is_not_gone_on_with(download: Download, server: WeightsServer):
    break_off(download, server)
    server.state.asked.clear()
    replace(download, url=server.url("/redirect")).run()
    assert [one.range for one in server.state.asked] == [None]


def test_force_begins_anew(download: Download, server: WeightsServer):
    break_off(download, server)
    server.state.asked.clear()
    replace(download, force=True).run()
    assert [one.range for one in server.state.asked] == [None]


def test_a_part_that_is_longer_than_the_servers_file_is_dropped(
    download: Download, server: WeightsServer
):
    break_off(download, server)
    server.state.content = CONTENT[:1000]
    server.state.knows_if_range = False
    with pytest.raises(WeightsError, match=r"has 1,000 bytes instead of 400,008 bytes"):
        download.run()


def test_a_busy_server_is_asked_again(download: Download, server: WeightsServer):
    server.state.statuses = [503, 429]
    assert download.run().sha256 == SHA256
    server.state.statuses = [500] * 9
    with pytest.raises(WeightsError, match="answered with status 500"):
        replace(download, force=True).run()
    assert download.path.read_bytes() == CONTENT  # what was there stays


def test_silence_counts_as_broken(download: Download, server: WeightsServer):
    server.state.hold_after = 0
    hasty = replace(download, patience=replace(QUICK, attempts=1, silence_s=0.2))
    with pytest.raises(WeightsError, match=r"no byte came for 0\.2 s"):
        hasty.run()


@pytest.mark.parametrize(
    ("path", "told"),
    [("/missing.h5", r"is not there \(status 404\)"), ("/page", "is a web page")],
)
def test_what_is_no_file_is_refused_and_leaves_nothing(
    download: Download, server: WeightsServer, path: str, told: str
):
    with pytest.raises(WeightsError, match=told) as caught:
        replace(download, url=server.url(path)).run()
    assert path in str(caught.value)
    assert "--url" in str(caught.value)
    assert names(download.folder) == set()


def test_a_page_that_calls_itself_a_file_is_refused(download: Download, server: WeightsServer):
    server.state.content = b"<!doctype html><p>" + bytes(len(CONTENT) - 18)
    with pytest.raises(WeightsError, match="is a web page"):
        download.run()
    server.state.content = b"PK\3\4" + bytes(len(CONTENT) - 4)
    with pytest.raises(WeightsError, match=r"no HDF5 file, it begins with b'PK"):
        download.run()
    assert names(download.folder) == set()


@pytest.mark.parametrize("with_length", [True, False])
@pytest.mark.parametrize("size", [1000, len(CONTENT) + 1])
def test_a_file_of_another_size_is_refused(
    download: Download, server: WeightsServer, size: int, with_length: bool
):
    server.state.content = (CONTENT + b"x")[:size]
    server.state.with_length = with_length
    with pytest.raises(WeightsError, match=r"400,008 bytes"):
        download.run()
    assert not download.path.exists()


def test_no_network_is_told_at_once(download: Download):
    patient = replace(download, patience=replace(QUICK, first_wait_s=600.0))
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{taken.getsockname()[1]}/file.h5"
        for url in (refused, "http://no-such-host.invalid/file.h5"):
            with pytest.raises(WeightsError, match="cannot be reached") as caught:
                replace(patient, url=url).run()
            assert url in str(caught.value)


def test_messages_and_records_hold_no_password(download: Download, server: WeightsServer):
    secret = server.url("/missing.h5?token=t0ken").replace("//", "//me:s3cret@")
    with pytest.raises(WeightsError) as caught:
        replace(download, url=secret).run()
    assert "s3cret" not in str(caught.value)
    assert "t0ken" not in str(caught.value)
    replace(download, url=server.url("/file.h5?token=t0ken").replace("//", "//me:s3cret@")).run()
    record = (download.folder / "small.h5.json").read_text()
    assert server.url() in record
    assert "s3cret" not in record
    assert "t0ken" not in record


def test_a_disk_without_room_is_told_before_anything_is_asked(
    download: Download, server: WeightsServer
):
    endless = replace(download, published=replace(download.published, size_bytes=10**18))
    with pytest.raises(WeightsError, match=r"has room for .* 1,000,000,000,000,000,000 are to"):
        endless.run()
    assert server.state.asked == []
    assert not download.folder.exists()


RUN_IT = """
import json, sys
from pathlib import Path
from worker.networks.weights.download import Download
from worker.networks.weights.published import Published
Download(Published(**json.loads(sys.argv[1])), Path(sys.argv[2])).run()
"""


@pytest.mark.parametrize("killed_by", [signal.SIGKILL, signal.SIGINT])
def test_a_part_outlives_its_process_and_locks_others_out(
    download: Download, published: Published, server: WeightsServer, killed_by: signal.Signals
):
    server.state.hold_after = HALF
    arguments = [json.dumps(asdict(published)), str(download.folder)]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_IT, *arguments],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    part = download.folder / "small.h5.part"
    try:
        for _ in range(1200):
            if part.exists() and part.stat().st_size == HALF:
                break
            time.sleep(0.05)
        with pytest.raises(WeightsError, match="another process is fetching"):
            download.run()
        process.send_signal(killed_by)
        process.wait(30)
    finally:
        process.kill()
        process.wait(30)
    assert part.stat().st_size == HALF
    server.state.hold_after = None
    server.state.asked.clear()
    assert download.run().sha256 == SHA256
    assert [one.range for one in server.state.asked] == [f"bytes={HALF}-"]
