"""OpenVINO and NNCF report nothing to their makers from our processes."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
def hook(event, arguments):
    if event in ("socket.getaddrinfo", "socket.connect", "socket.sendto"):
        open("asked", "a").write(event)  # reports are sent by a process of their own
        raise OSError("no network")
sys.addaudithook(hook)
{before}
import numpy as np, openvino as ov
from openvino import opset13 as ops
shown = ops.parameter([1, 3, 8, 8], np.float32)
kernels = ops.constant(np.ones((4, 3, 1, 1), np.float32))
convolved = ops.convolution(shown, kernels, [1, 1], [0, 0], [0, 0], [1, 1])
model = ov.Model([convolved], [shown], "tiny")
import nncf
pictures = [np.ones((1, 3, 8, 8), np.float32)] * 4
nncf.quantize(model, nncf.Dataset(pictures), subset_size=4)
import os, time
for _ in range({wait_s} * 10):
    if os.path.exists("asked"):
        break
    time.sleep(0.1)
"""


def left_by(before: str, home: Path, wait_s: int) -> set[str]:
    """Names of the files that a program leaves at home, ``asked`` if it asked the network.

    It waits so long at most for that, by when a busy machine has started the process that asks.
    """
    subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before, wait_s=wait_s)],
        env={"HOME": str(home), "PYTHONPATH": ":".join(sys.path)},
        cwd=home,
        capture_output=True,
        check=True,
    )
    return {path.name for path in home.rglob("*") if path.is_file()}


def test_nothing_is_reported(tmp_path: Path) -> None:
    assert left_by("import worker.networks.openvino", tmp_path, 3) == set()


def test_it_would_be(tmp_path: Path) -> None:
    """Else the test above proves nothing; if this one fails, the guard may be needless now."""
    assert {"asked", "openvino_ga_cid"} <= left_by("", tmp_path, 120)
