"""Distributed mode on one machine: a shop, PostgreSQL, Redis, an S3 server, and a real worker.

PostgreSQL and Redis are those that answer on this machine; ``COLOURWAY_BENCH_DATABASE_URL`` and
``COLOURWAY_BENCH_REDIS_URL`` say otherwise. A database is made in the one and an empty number taken
in the other, and both are gone afterwards.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import redis
from psycopg.sql import SQL, Identifier

from shared.database.engine import upgrade

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379"
BIN = Path(sys.executable).parent
PATIENCE_S = 30.0
WORKER = f"colourway-bench-{os.getpid()}"

Environment = dict[str, str]


@dataclass(frozen=True)
class Machines:
    """The settings with which everybody finds the servers, and what each part has used so far.

    ``shop`` is the URL below which the pictures are; ``processor_s`` the processor time of each
    part's processes, in seconds.
    """

    environment: Environment
    shop: str
    processor_s: Mapping[str, Callable[[], float]]

    def used(self) -> dict[str, float]:
        """Processor seconds of every part so far."""
        return {part: read() for part, read in self.processor_s.items()}


@contextmanager
def open_machines(root: Path, pictures: Path, latency_s: float) -> Generator[Machines]:
    """Start what is not there yet; the worker loads its networks at the first notification."""
    with ExitStack() as stack:
        database_url, postgres = stack.enter_context(_postgres())
        redis_url, broker = stack.enter_context(_redis())
        s3_url, s3 = stack.enter_context(_s3(root))
        port, shop = stack.enter_context(_shop(pictures, latency_s))
        environment = {
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": redis_url,
            "COLOURWAY_HOME": str(root / "home"),
            "COLOURWAY_STORAGE": "s3://bench/crops",
            "COLOURWAY_ALLOWED_NETWORKS": "127.0.0.0/8",
            "COLOURWAY_LOG_FORMAT": "json",
            "AWS_ENDPOINT_URL_S3": s3_url,
            "AWS_ACCESS_KEY_ID": "colourway-bench",
            "AWS_SECRET_ACCESS_KEY": "colourway-bench",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        worker = stack.enter_context(_worker(root, environment | {"PGAPPNAME": WORKER}))
        parts = {"worker": worker, "PostgreSQL": postgres, "Redis": broker, "S3": s3, "shop": shop}
        yield Machines(environment, f"http://127.0.0.1:{port}", parts)


@contextmanager
def _postgres() -> Generator[tuple[str, Callable[[], float]]]:
    """A new database, and the processor time of the backends that serve the worker."""
    server = os.environ.get("COLOURWAY_BENCH_DATABASE_URL", POSTGRES)
    name = f"colourway_bench_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:

        def used() -> float:
            query = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
            return sum(_processor_s(row[0]) for row in connection.execute(query, [WORKER]))

        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        url = f"{server.rpartition('/')[0]}/{name}"
        try:
            upgrade(url.replace("postgresql://", "postgresql+psycopg://", 1))
            yield url, used
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def _redis() -> Generator[tuple[str, Callable[[], float]]]:
    """An empty database number, and the processor time of the whole server."""
    server = os.environ.get("COLOURWAY_BENCH_REDIS_URL", REDIS)
    for number in range(15, -1, -1):
        with redis.Redis.from_url(f"{server}/{number}") as client:
            # Set at once, so that no other run takes this number for an empty one.
            if client.dbsize() or not client.set("colourway-bench", "1", nx=True):
                continue

            def used(client: redis.Redis = client) -> float:
                told = client.info("cpu")
                return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])

            try:
                yield f"{server}/{number}", used
            finally:
                client.flushdb()
            return
    raise SystemExit(f"{server}: all sixteen databases are in use")


@contextmanager
def _s3(root: Path) -> Generator[tuple[str, Callable[[], float]]]:
    """rclone's S3 server over a folder; it is a program of its own and no Python."""
    (root / "buckets" / "bench").mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    args = [BIN / "rclone", "serve", "s3", "--addr", f"127.0.0.1:{port}", "--config", os.devnull]
    args += ["--auth-key", "colourway-bench,colourway-bench", root / "buckets"]
    with _program(args, root / "s3.log") as process:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", lambda: _processor_s(process.pid)


@contextmanager
def _shop(pictures: Path, latency_s: float) -> Generator[tuple[int, Callable[[], float]]]:
    args = [sys.executable, "-m", "bench.rig.remote_shop", str(pictures), str(latency_s)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), lambda: _processor_s(process.pid)
        finally:
            process.terminate()


@contextmanager
def _worker(root: Path, environment: Environment) -> Generator[Callable[[], float]]:
    with _program([BIN / "colourway", "work"], root / "worker.log", environment) as process:

        def used() -> float:
            if process.poll() is not None:
                raise SystemExit(f"the worker ended:\n{(root / 'worker.log').read_text()[-2000:]}")
            return _processor_s(process.pid)

        yield used


@contextmanager
def _program(
    args: list[str | Path], log: Path, environment: Environment | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; what it says goes to the log."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            args, env=os.environ | (environment or {}), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()


def _processor_s(pid: int) -> float:
    """Processor time of a process and of those that it started, ended ones included."""
    try:
        process = psutil.Process(pid)
        times = [member.cpu_times() for member in (process, *process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return 0.0
    return sum(t.user + t.system for t in times) + sum(
        (times[0].children_user, times[0].children_system)
    )
