"""A small published file on a real server."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.support.weights_server import WeightsServer
from worker.networks.weights.download import Download
from worker.networks.weights.published import HDF5_SIGNATURE, Published
from worker.networks.weights.transfer import Patience

CONTENT = HDF5_SIGNATURE + Random(7).randbytes(400_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
QUICK = Patience(attempts=3, first_wait_s=0.01, longest_wait_s=0.02, silence_s=5.0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with WeightsServer(CONTENT) as running:
        yield running


@pytest.fixture
def published(server: WeightsServer) -> Published:
    """The server's file, of which no digest is published."""
    return Published(
        name="coco",
        file="small.h5",
        url=server.url(),
        size_bytes=len(CONTENT),
        licence="MIT",
        source="a test",
    )


@pytest.fixture
def download(published: Published, tmp_path: Path) -> Download:
    return Download(published, tmp_path / "weights", patience=QUICK)
