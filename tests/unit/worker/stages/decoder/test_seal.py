"""What a decoder process holds, and what it may do: as the kernel tells it, and as it is tried."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import psutil
import pytest

from shared.settings import get_settings
from tests.support import ROOT
from tests.support.pictures import encode, smooth
from worker.stages.decoder.decoder import open_decoder
from worker.stages.decoder.pool import DecoderPool

PNG = encode(smooth(40, 30), "PNG")
SECRET = "marked-secret-0123456789"
SECRETS = (
    *("DATABASE_URL", "CELERY_BROKER_URL", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
    *("COLOURWAY_EVENTS_TOKEN", "COLOURWAY_FETCH_PROXY", "DATABASE_URL_FILE", "SOME_TOKEN"),
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells it, on Linux")


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> Generator[int]:
    """The number of a decoder process whose worker holds secrets, sockets and files."""
    settings = get_settings(fetch_threads=1)
    for name in SECRETS:
        monkeypatch.setenv(name, SECRET)
    with socket.socket() as held, Path(__file__).open() as file:
        os.set_inheritable(held.fileno(), True)
        os.set_inheritable(file.fileno(), True)
        pool = open_decoder(settings)
        assert isinstance(pool, DecoderPool)
        pool.decode(PNG)
        (pid,) = pool.pids
        yield pid
        pool.close()


def test_a_decoder_holds_no_secret_and_no_socket(decoder: int) -> None:
    folder = Path(f"/proc/{decoder}")
    environment = folder.joinpath("environ").read_bytes() + folder.joinpath("cmdline").read_bytes()
    assert SECRET.encode() not in environment
    names = {line.partition(b"=")[0] for line in environment.split(b"\0") if b"=" in line}
    assert not names & {name.encode() for name in SECRETS}
    held = {str(each.readlink()) for each in folder.joinpath("fd").iterdir()}
    kinds = {re.sub(r"\d+", "N", each) for each in held}
    assert kinds == {"pipe:[N]", "/dev/null", "/memfd:colourway-decoder (deleted)"}
    assert len([each for each in held if each.startswith("pipe:")]) == 2


def test_a_decoder_is_light_and_sealed(decoder: int) -> None:
    folder = Path(f"/proc/{decoder}")
    status = dict(
        line.split(":\t", 1) for line in folder.joinpath("status").read_text().splitlines()
    )
    assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
    limits = folder.joinpath("limits").read_text()
    assert re.search(r"^Max open files +0 +0 ", limits, re.MULTILINE)
    assert re.search(r"^Max address space +\d+ +\d+ ", limits, re.MULTILINE)
    assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
    mapped = folder.joinpath("maps").read_text()
    assert "/cv2/" in mapped
    assert not re.search("tensorflow|pydantic|psycopg|_ssl|sqlalchemy", mapped)
    assert folder.joinpath("oom_score_adj").read_text() == "1000\n"


TRIES = """
import ctypes, json, mmap, os, signal, socket, sys, threading
import numpy, cv2
from worker.stages.decoder.seal import seal

lacks, secret, lines = seal(), f"/proc/{os.getppid()}/environ", {}
libc = ctypes.CDLL(None, use_errno=True)


def call(*arguments):
    if libc.syscall(*arguments) == -1:
        raise OSError(ctypes.get_errno(), "")


tries = {
    "a socket": lambda: socket.socket(),
    "two of them": lambda: socket.socketpair(),
    "a file": lambda: open("/etc/passwd"),
    "the worker's environment": lambda: open(secret),
    "a new file": lambda: open("/tmp/colourway-sealed", "w"),
    "a pipe": lambda: os.pipe(),
    "a copy of a descriptor": lambda: os.dup(1),
    "another process": lambda: os.fork(),
    "another program": lambda: os.execv("/bin/true", ["true"]),
    "a signal to the worker": lambda: os.kill(os.getppid(), 0),
    "a name removed": lambda: os.unlink("/tmp/nothing"),
    "a folder listed": lambda: os.listdir("/"),
    "more open files": lambda: __import__("resource").setrlimit(7, (99, 99)) or open("/etc/passwd"),
}
for name, attempt in tries.items():
    try:
        attempt()
        lines[name] = "done"
    except (OSError, ValueError):
        lines[name] = "refused"
thread = threading.Thread(target=lambda: lines.update({"a thread": "done"}))
thread.start()
thread.join()
bytearray(50_000_000)
print(json.dumps([lacks, lines]))
"""


def test_what_a_sealed_process_tries_is_refused() -> None:
    told = subprocess.run(
        [sys.executable, "-c", TRIES],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    lacks, lines = json.loads(told.stdout)
    assert lacks == []
    assert lines.pop("a thread") == "done"
    assert len(lines) == 13
    assert set(lines.values()) == {"refused"}, lines


WITHOUT_SECCOMP = """
import ctypes
from worker.stages.decoder import seal as module
def missing(name):
    raise OSError(name)
module.ctypes.CDLL = missing
print(module.seal())
try:
    __import__("socket").socket()
except OSError as error:
    print(error.strerror)
"""


def test_without_seccomp_nothing_is_opened_either_and_that_is_told() -> None:
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_SECCOMP],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert told.stdout.splitlines() == [
        "('seccomp (libseccomp.so.2 is not installed)',)",
        "Too many open files",
    ]


WORKER = """
import os, sys, time
from shared.settings import get_settings
from worker.stages.decoder.decoder import open_decoder
from tests.support.pictures import encode, smooth

pool, content = open_decoder(get_settings(fetch_threads=1)), encode(smooth(9, 9), "PNG")
pool.decode(content)
print(pool.pids[0], flush=True)
if sys.argv[1] == "fork":
    child = os.fork()
    if child == 0:
        assert pool.pids == []
        pool.decode(content)
        print(pool.pids[0], flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    pool.decode(content)
    print(pool.pids[0], flush=True)
elif sys.argv[1] == "sleep":
    time.sleep(600)
elif sys.argv[1] == "drop":
    del pool
    time.sleep(600)
"""


def start(how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, how],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for_the_end(pid: int) -> bool:
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("how", ["killed", "exits", "drops it"])
def test_a_decoder_does_not_outlive_who_needs_it(how: str) -> None:
    worker = start({"killed": "sleep", "exits": "exit", "drops it": "drop"}[how])
    assert worker.stdout is not None
    pid = int(worker.stdout.readline())
    if how == "killed":
        worker.send_signal(signal.SIGKILL)
    assert wait_for_the_end(pid)
    worker.kill()
    worker.wait(30)
    worker.stdout.close()


def test_a_forked_process_has_decoders_of_its_own() -> None:
    worker = start("fork")
    said, _ = worker.communicate(timeout=120)
    first, forked, after = map(int, said.split())
    assert worker.returncode == 0
    assert first == after
    assert forked != first
    assert wait_for_the_end(forked)


def test_a_memory_limit_counts_from_what_the_process_began_with() -> None:
    program = """
import numpy as np
from worker.stages.decoder.memory_limit import MemoryLimit
limit = MemoryLimit(300_000_000)
def fits(size):
    try:
        return bool(np.zeros(size, np.uint8).size)
    except MemoryError:
        return False
for granted in (100_000_000, 200_000_000, 900_000_000):
    limit.grant(granted)
    print(fits(granted // 2), fits(granted + 40_000_000))
print(limit.lacks)
"""
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    # The last one is granted no more than the most: 450 million bytes do not fit.
    assert told.stdout.split("\n")[:4] == ["True False", "True False", "False False", "()"]
    assert np.zeros(1).size
