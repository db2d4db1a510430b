"""The object store fails in every way it can, and the disk is full."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from shared.contracts.stages import Code
from tests.chaos.check import expected
from tests.chaos.rig import Rig
from tests.chaos.scenario import NotAllowed, scenario
from tests.chaos.servers.bucket import Bucket
from tests.chaos.servers.s3_proxy import Fault, S3Proxy

STORING: Final = (Fault.ERROR, Fault.SLOW, Fault.SILENT, Fault.CUT_REQUEST, Fault.REFUSED)
FETCHING: Final = {
    Fault.ERROR: Code.FETCH_SERVER_ERROR,
    Fault.SLOW: Code.FETCH_TIMEOUT,
    Fault.SILENT: Code.FETCH_TIMEOUT,
    Fault.CUT_HEAD: Code.FETCH_UNREACHABLE,
    Fault.CUT_BODY: Code.FETCH_UNREACHABLE,
    Fault.REFUSED: Code.STORE_UNAVAILABLE,
}
"""What each fault makes of a picture that is fetched, while the store takes files or not."""

SHORT: Final = {("PUT", Fault.SILENT), ("PUT", Fault.CUT_REQUEST), ("GET", Fault.CUT_HEAD)}
STORE_PATIENCE_S: Final = 2.0
FETCH_PATIENCE_S: Final = 6.0


@scenario("s3")
def s3(rig: Rig) -> None:
    """S3 answers 500, late, never, half, or is not there, to workers that fetch and that store."""
    proxy = S3Proxy(rig.objects.port, late_s=2 * FETCH_PATIENCE_S)
    bucket = Bucket(rig.objects)
    rig.environment |= rig.objects.variables(proxy.port)
    rig.environment["COLOURWAY_STORE_TIMEOUT_S"] = str(STORE_PATIENCE_S)
    rig.environment["COLOURWAY_FETCH_TIMEOUT_S"] = str(FETCH_PATIENCE_S)
    rig.environment["COLOURWAY_BACKOFF_S"] = "2"
    # S3 is asked three times: longer than that, or the child's timer ends it first.
    rig.environment["COLOURWAY_LEASE_S"] = "60"
    ways = [("PUT", fault, Code.STORE_UNAVAILABLE) for fault in STORING]
    ways += [("GET", fault, code) for fault, code in FETCHING.items()]
    if rig.scale.short:
        ways = [way for way in ways if way[:2] in SHORT]
    each = rig.jobs(full=60, short=16)
    for number in range(len(ways) * each):
        bucket.put(number)
    fetched = [bucket.picture(number) for number in range(len(ways) * each)]
    rig.start(2)
    for turn, (method, fault, code) in enumerate(ways):
        proxy.inject(fault, method)
        # Who is to fail at storing must have fetched: from the shop, which no fault reaches.
        some = rig.new_pictures(each) if method == "PUT" else fetched[turn * each :][:each]
        with rig.enqueuing(some), rig.fault(f"{method} {fault}"):
            try:
                _wait_until_put_off(rig, code)
            finally:
                proxy.heal()
        rig.wait_for("the pictures of a turn", lambda: rig.open() == 0)
    proxy.close()
    rig.finish()


def _wait_until_put_off(rig: Rig, code: Code) -> None:
    """Wait until a job waits for another attempt because of this."""
    asked = "SELECT 1 FROM jobs WHERE state = 'retry' AND code = %s LIMIT 1"
    rig.wait_for(f"deferred jobs: {code}", lambda: bool(rig.query(asked, code.value)))


DISK_BYTES: Final = 4_000_000
ROOM_BYTES: Final = 60_000


@scenario("disk-full", store="folder")
def disk_full(rig: Rig) -> None:
    """The folder's disk is full: no half crop under any key, and all is done once there is room."""
    with _small_disk(rig.folder / "disk") as disk:
        ballast = disk / "ballast"
        with ballast.open("wb") as file:
            file.write(bytes(_free(disk) - ROOM_BYTES))
        stored = disk / "stored"
        rig.environment["COLOURWAY_STORAGE"] = str(stored)
        rig.environment["COLOURWAY_BACKOFF_S"] = "3"
        rig.enqueue_new(rig.jobs(full=200, short=40))
        rig.start(2)
        with rig.fault("disk full"):
            rig.wait_for(
                "crops that cannot be stored",
                lambda: _out_of_space(rig) >= rig.size(full=4, short=2),
            )
            rig.problems += [
                f"while the disk was full: {what}" for what in _half_written(rig, stored)
            ]
            ballast.unlink()
        rig.finish()
        shutil.copytree(stored, rig.stored, dirs_exist_ok=True)


def _out_of_space(rig: Rig) -> int:
    """Count the jobs that were deferred because the disk was full."""
    ((found,),) = rig.query(
        "SELECT count(*) FROM jobs WHERE code = 'store_unavailable' AND message LIKE %s",
        "%No space left on device",
    )
    return int(str(found))


def _half_written(rig: Rig, stored: Path) -> list[str]:
    """Name the files that lie under a key and are not what belongs there."""
    known: dict[str, bytes] = {}
    for url in rig.present.values():
        known |= expected(url).objects
    return [
        f"while the disk was full: {path} had {path.stat().st_size} bytes"
        for path in stored.rglob("*.??g")
        if path.read_bytes() != known[path.relative_to(stored).as_posix()]
    ]


@contextmanager
def _small_disk(place: Path) -> Generator[Path]:
    """Mount a file system of a few megabytes, which may really be full."""
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "colourway-chaos", place],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise NotAllowed(f"no small disk that could be filled: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def _free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize
