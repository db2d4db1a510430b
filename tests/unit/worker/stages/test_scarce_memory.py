"""A process that is short of memory: no good picture is called broken because of it."""

import os
import subprocess
import sys

from tests.support import ROOT

FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"]

# In a process of its own, since a limit on memory once hit leaves its traces.
PROGRAM = """
import resource, sys
from types import SimpleNamespace
import numpy as np
from shared.errors import StageError
from tests.support.pictures import encode, noise
from worker.stages.decode import decode
from worker.stages.store import GarmentPictures, Wanted, store

small, large = np.zeros((9, 9, 4), np.uint8), noise(2000, 2000)
crops = GarmentPictures(SimpleNamespace(cutout=small, crop=large, thumbnail=large))
kinds = Wanted(("cutout", "crop", "thumbnail"))
storage = SimpleNamespace(put=lambda *arguments: None)


def outcome(room, call, *arguments):
    in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + room, resource.RLIM_INFINITY))
    try:
        call(*arguments)
    except MemoryError:
        return "short of memory"
    except StageError as error:
        return error.code.value
    return "done"


rooms = range(12_500_000, 36_000_000, 3_000_000)
stored = {outcome(room, store, crops, storage, "0" * 64, "1", kinds) for room in rooms}
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

SIDE = 4000
picture = np.zeros((SIDE, SIDE, 3), np.uint8)
files = {name: encode(picture, name, speed=10) for name in sys.argv[1:]}
files["progressive JPEG"] = encode(picture, "JPEG", progressive=True)
said = {outcome(18_000_000, decode, content, SIDE * SIDE) for content in files.values()}
print(sorted(said), sorted(stored))
"""


def test_no_good_picture_is_called_broken() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *FORMATS],
        # What is freed goes back to the system, or later calls would find room within the limit.
        env=os.environ | {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout == "['short of memory'] ['done', 'short of memory']\n"
