"""Servers of the suite's own, on free ports, that can be killed and come back, whole or empty.

Each keeps its port and its folder from start to start. Where its program is not installed the
constructor raises :class:`tests.support.services.Absent`, and the scenario is skipped with that
reason.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import boto3
import psycopg
from sqlalchemy import make_url

from shared.database.engine import upgrade
from tests.support.services import Absent, free_port, wait_until
from tests.support.services.postgres import connect

ACCESS_KEY: Final = "colourway-chaos-key"
SECRET_KEY: Final = "colourway-chaos-secret"
START_TIMEOUT_S: Final = 180.0  # a busy machine is slow, not wrong
STOP_TIMEOUT_S: Final = 60.0


def program_named(*names: str, beside: Sequence[Path] = ()) -> str:
    """Return the path of the first of these programs; raise Absent where none is installed."""
    path = os.pathsep.join([*map(str, beside), os.environ.get("PATH", "")])
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise Absent(f"{' or '.join(names)} is not installed")


def unprivileged(*names: str) -> str | None:
    """Return the first of these users that exists, to run a server as; None unless we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in (*names, "nobody") if name in known), None)


class Server(ABC):
    """A server process. ``folder`` is its own: data, and ``log`` with what it said."""

    name: str = "server"

    def __init__(self, folder: Path, user: str | None = None) -> None:
        folder.mkdir(parents=True)
        if user is not None:
            shutil.chown(folder, user)
        self.folder = folder
        self.user = user
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def arguments(self) -> list[str]:
        """Return the command line."""

    @abstractmethod
    def check(self) -> None:
        """Raise whatever it likes unless the server answers."""

    @abstractmethod
    def wipe(self) -> None:
        """Forget everything; only while the server is down."""

    def environment(self) -> Mapping[str, str]:
        """Return what the process needs beside the suite's own environment."""
        return {}

    def start(self) -> None:
        """Start and wait until the server answers."""
        log = self.folder / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self.arguments(),
                stdout=output,
                stderr=output,
                cwd=self.folder,
                user=self.user,
                env=os.environ | self.environment(),
                start_new_session=True,
            )
        wait_until(self.check, self._process, log, START_TIMEOUT_S)

    def ensure(self) -> None:
        """Start it where a scenario before left it down."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait for the end; with SIGKILL its whole group is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        if how is signal.SIGKILL:
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def kill(self) -> None:
        """Kill -9."""
        self.stop(signal.SIGKILL)

    def close(self) -> None:
        """End for good."""
        self.stop()


class Postgres(Server):
    """PostgreSQL, with one migrated template from which every scenario gets its database."""

    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        homes = [
            found
            for pattern in ("lib/postgresql/*/bin", "pgsql-*/bin", "local/pgsql/bin")
            for found in sorted(Path("/usr").glob(pattern), reverse=True)
        ]
        initdb = program_named("initdb", beside=homes)
        self._postgres = program_named("postgres", beside=homes)
        super().__init__(folder, unprivileged("postgres"))
        made = subprocess.run(
            [
                initdb,
                "-D",
                str(folder / "data"),
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "-N",
            ],
            capture_output=True,
            text=True,
            user=self.user,
            cwd=folder,
            check=False,
        )
        if made.returncode != 0:
            raise Absent(f"initdb failed: {made.stderr.strip()[-300:]}")
        self._made = 0
        self.start()
        self._create("template0", "chaos_template")
        upgrade(self._url("chaos_template"))

    def arguments(self) -> list[str]:
        return [
            *(self._postgres, "-D", str(self.folder / "data"), "-p", str(self.port)),
            *("-k", str(self.folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
            *("-c", "max_connections=200"),
        ]

    def check(self) -> None:
        connect(self._url("postgres")).close()

    def wipe(self) -> None:
        raise NotImplementedError("the ledger is what must not be lost")

    def stop_immediately(self) -> None:
        """Stop as a crash does: connections cut, nothing written down (``immediate``)."""
        self.stop(signal.SIGQUIT)

    def stop_fast(self) -> None:
        """Stop in order, cutting connections (``fast``)."""
        self.stop(signal.SIGINT)

    def close(self) -> None:
        self.stop_fast()

    def new_database(self) -> str:
        """Make a migrated, empty database and return its URL."""
        self._made += 1
        return self._create("chaos_template", f"chaos_{self._made}")

    def _create(self, template: str, name: str) -> str:
        with connect(self._url("postgres")) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"


def query(database_url: str, sql: str, *parameters: object) -> list[tuple[object, ...]]:
    """Ask a database directly."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        return connection.execute(sql.encode(), parameters).fetchall()


class ObjectStore(Server):
    """Rclone's S3 server over a folder: what was stored can be read behind its back."""

    name = "S3"

    def __init__(self, folder: Path) -> None:
        self._program = program_named("rclone", beside=[Path(sys.executable).parent])
        super().__init__(folder)
        self._made = 0
        (folder / "buckets").mkdir()
        self.start()

    def arguments(self) -> list[str]:
        return [
            *(self._program, "serve", "s3", "--addr", f"127.0.0.1:{self.port}"),
            *("--config", str(self.folder / "none"), "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"),
            *("--vfs-cache-mode", "off", str(self.folder / "buckets")),
        ]

    def check(self) -> None:
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()

    def wipe(self) -> None:
        shutil.rmtree(self.folder / "buckets")
        (self.folder / "buckets").mkdir()

    def new_bucket(self) -> tuple[str, Path]:
        """Make a bucket; return its name and the folder in which its objects lie."""
        self._made += 1
        name = f"chaos-{self._made}"
        # Asked of the server: it would not see at once a folder that appears behind its back.
        client = boto3.session.Session().client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=name)
        return name, self.folder / "buckets" / name

    def variables(self, port: int | None = None) -> dict[str, str]:
        """Return the AWS variables with which boto3 finds it, at its own port or another."""
        return {
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port or self.port}",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def pause(seconds: float) -> None:
    """Let the workers work."""
    time.sleep(seconds)
