"""deploy/redis/users.acl on a real Redis: each part works as its own user, and may do no more."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from redis.exceptions import NoPermissionError
from sqlalchemy import Engine, insert

from shared.contracts.jobs import JobState, Queue
from shared.contracts.stages import Code
from shared.database.engine import open_engine
from shared.database.models import Catalogue, utc_now
from shared.ledger.ledger import Ledger
from shared.queue.celery_app import build_app, queue_depths, sweep
from shared.settings import get_settings
from tests.support import ROOT
from tests.support.picture_server import PictureServer
from tests.support.programs import deadline, running, try_to_run
from tests.support.queue_process import WORKER, add_pictures, celery, rows
from tests.support.services import free_port, program, tell_absent

USERS = ROOT / "deploy/redis/users.acl"
AS_WORK = ("--without-gossip", "--without-mingle")  # as `colourway work` starts
NAMES = ("producer", "worker", "hook", "web")


@dataclass(frozen=True)
class GuardedRedis:
    """A Redis with the users of the file and one more, which may do everything."""

    port: int

    def url(self, user: str) -> str:
        return f"redis://{user}:{user}-password@127.0.0.1:{self.port}/0"

    def denied(self) -> list[str]:
        """Return what was refused so far, but for telling a client's name and version."""
        with redis.Redis.from_url(self.url("admin"), decode_responses=True) as client:
            entries = client.acl_log()
        told = {f"{each['username']}: {each['reason']} {each['object']}" for each in entries}
        return sorted(line for line in told if not line.endswith(("client|setinfo", "client")))


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedRedis]:
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        tell_absent("Redis", "COLOURWAY_TEST_REDIS_URL", "redis-server is not installed")
    users = USERS.read_text(encoding="utf-8")
    for name in NAMES:
        users = users.replace(f">{name.upper()}-PASSWORD", f">{name}-password")
    folder = tmp_path / "redis"
    folder.mkdir()
    (folder / "users.acl").write_text(f"{users}user admin on >admin-password ~* &* +@all\n")
    made = GuardedRedis(free_port())
    args = [binary, "--port", str(made.port), "--bind", "127.0.0.1", "--save", ""]
    args += ["--dir", str(folder), "--aclfile", str(folder / "users.acl")]
    with (
        redis.Redis.from_url(made.url("admin"), socket_connect_timeout=3) as client,
        program(args, folder, client.ping),  # pyright: ignore[reportUnknownArgumentType]
    ):
        yield made


@pytest.fixture
def pg(postgres_url: str) -> Iterator[Engine]:
    made = open_engine(postgres_url)
    yield made
    made.dispose()


def test_a_worker_takes_what_a_producer_and_a_hook_publish(
    guarded: GuardedRedis,
    pg: Engine,
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = get_settings(
        broker_url=guarded.url("worker"),
        database_url=postgres_url,
        home=tmp_path,
        fetch_timeout_s=1.0,
        allowed_networks="127.0.0.0/8",
    )
    with PictureServer() as server:
        add_pictures(pg, [server.url("/nothing")])
        add_pictures(pg, [server.url("/nothing")], Queue.UPLOADS)
        add_pictures(pg, [server.url("/nothing")], Queue.BACKFILL)
        with celery(settings, tmp_path, *WORKER, *AS_WORK) as process:
            for user, queues in (
                ("hook", [Queue.UPLOADS]),
                ("web", [Queue.BACKFILL]),
                ("producer", list(Queue)),
            ):
                url = guarded.url(user)
                monkeypatch.setenv("CELERY_BROKER_URL", url)
                theirs = settings.model_copy(update={"broker_url": url})
                assert sweep(Ledger(pg, theirs), theirs, build_app(theirs), queues) == 1
            ended = (JobState.FAILED, 1, Code.FETCH_NOT_FOUND)
            process.wait_for(lambda: rows(pg) == [ended, ended, ended])
            assert (
                "1 node online"
                in try_to_run(
                    {"CELERY_BROKER_URL": guarded.url("worker"), "DATABASE_URL": postgres_url},
                    *("celery", "-A", "shared.celery_app", "inspect", "ping", "-t", "20"),
                ).stdout
            )
            # What a worker began and did not finish goes back.
            process.child().kill()
            build_app(theirs).send_task("colourway.dispatch", queue="dispatch")
            process.wait_for(lambda: set(queue_depths(build_app(theirs)).values()) == {0})
            assert process.end() == 0
    assert guarded.denied() == []


def test_a_schedule_asks_for_sweeps_and_runs_its_night(
    guarded: GuardedRedis, pg: Engine, postgres_url: str, tmp_path: Path
) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("sku,image\nA,https://a.example/1.jpg\n")
    tomorrow = utc_now() + timedelta(days=1)
    environment = {
        "DATABASE_URL": postgres_url,
        "CELERY_BROKER_URL": guarded.url("producer"),
        "COLOURWAY_NIGHTLY_CRON": f"{tomorrow.minute} {tomorrow.hour} * * *",  # not for a day
        "COLOURWAY_NIGHTLY_FEED": str(feed),
        "COLOURWAY_LOG_FORMAT": "json",
    }
    with pg.begin() as connection:
        long_ago = utc_now() - timedelta(days=3)
        connection.execute(insert(Catalogue).values(name="default", nightly_at=long_ago))
    with running(environment, tmp_path / "log", "colourway", "schedule") as schedule:
        for _ in deadline():
            schedule.check_alive()
            if schedule.records("nightly run ends"):
                break
        assert schedule.terminate() == 0
    assert guarded.denied() == []


REFUSED: dict[str, tuple[str, ...]] = {
    "hook": (
        "LRANGE colourway.2.nightly 0 -1",
        "BRPOP colourway.2.nightly 1",
        "DEL colourway.2.nightly",
        "HGETALL unacked",
        "LPUSH another 1",
        "SUBSCRIBE /0.celery.pidbox",
        "PUBLISH /0.celery.pidbox x",
    ),
    "web": (
        "LRANGE colourway.2.nightly 0 -1",
        "BRPOP colourway.2.nightly 1",
        "DEL colourway.2.nightly",
        "LPUSH another 1",
        "SUBSCRIBE /0.celery.pidbox",
    ),
    "worker": ("GET another", "SET another 1", "PUBLISH another x", "LRANGE another 0 -1"),
    "producer": ("GET another", "SET another 1", "PUBLISH another x", "LRANGE another 0 -1"),
}
REFUSED_TO_ALL = (
    "FLUSHALL",
    "FLUSHDB",
    "KEYS *",
    "SCAN 0",
    "CONFIG GET *",
    "CONFIG SET dir /tmp",
    "SAVE",
    "SHUTDOWN",
    "MONITOR",
    "EVAL return 0",
    "FUNCTION LIST",
    "MODULE LIST",
    "ACL LIST",
    "ACL SETUSER hook +@all",
    "CLIENT LIST",
    "CLIENT KILL TYPE normal",
    "REPLICAOF 127.0.0.1 1",
    "RANDOMKEY",
    "DUMP colourway.2.nightly",
    "SORT colourway.2.nightly",
)


def test_what_a_user_must_not_do_is_refused(guarded: GuardedRedis) -> None:
    done: list[str] = []
    for user in NAMES:
        for command in (*REFUSED_TO_ALL, *REFUSED[user]):
            with redis.Redis.from_url(guarded.url(user), socket_timeout=5) as client:
                try:
                    client.execute_command(*command.split())
                except NoPermissionError:
                    continue
                done.append(f"{user}: {command}")
    assert done == []
    assert len(NAMES) * len(REFUSED_TO_ALL) + sum(map(len, REFUSED.values())) == 100
    for url in (f"redis://127.0.0.1:{guarded.port}/0", guarded.url("hook").replace("-pass", "-")):
        with redis.Redis.from_url(url) as client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_the_file_names_every_user_once_and_no_password() -> None:
    lines = USERS.read_text(encoding="utf-8").splitlines()
    assert [line.split()[1] for line in lines] == ["default", *NAMES, "health"]
    for name, line in zip(NAMES, lines[1:-1], strict=True):
        assert re.findall(r">(\S+)", line) == [f"{name.upper()}-PASSWORD"]
        assert " -@all " in line
