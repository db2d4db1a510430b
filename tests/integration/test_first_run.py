"""What deploy/compose/first-run.sh makes, used by the servers and commands of docker-compose.yml.

No container engine is needed: the same programs are started with the file's own arguments.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import redis
import yaml
from botocore.exceptions import ClientError
from sqlalchemy import make_url

from shared.database.roles import DatabaseRole
from tests.support import ROOT
from tests.support.services import free_port, program, tell_absent
from tests.support.services.seaweedfs import ports_of_parts

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))[
    "services"
]


def first_run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(folder / "deploy/compose/first-run.sh")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder in which the script has run, as in a fresh clone."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    ended = first_run(folder)
    assert ended.returncode == 0, ended.stderr
    return folder


def test_it_makes_every_secret_that_the_file_names(made: Path) -> None:
    named = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["secrets"]
    assert {path.name for path in (made / "secrets").iterdir()} == {*named, "roles"}
    assert {path.name for path in (made / "secrets/roles").iterdir()} == {*DatabaseRole}
    assert stat.S_IMODE((made / "secrets").stat().st_mode) == 0o700
    for path in (made / "secrets").rglob("*"):
        assert path.stat().st_mode & 0o004, f"{path.name} cannot be read in a container"
    for role in DatabaseRole:
        url = make_url((made / f"secrets/database_{role}").read_text())
        assert url.username == f"colourway_{role}"
        assert url.password == (made / f"secrets/roles/{role}").read_text()
    assert (made / "feeds/feed.csv").read_text().startswith("sku,")
    assert (made / "exports").is_dir()


def test_passwords_are_long_all_different_and_never_printed(made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "deploy", other / "deploy")
    said = first_run(other)
    words = [path.read_text() for path in (made / "secrets/roles").iterdir()]
    words += [path.read_text() for path in (other / "secrets/roles").iterdir()]
    words += [(folder / "secrets/events_token").read_text() for folder in (made, other)]
    assert len(set(words)) == len(words) == 14
    assert {len(word) for word in words} == {48}
    assert not [word for word in words if word in said.stdout + said.stderr]


def test_it_never_takes_the_place_of_what_is_there(made: Path) -> None:
    (made / "feeds/feed.csv").write_text("mine")
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    ended = first_run(made)
    assert ended.returncode == 1
    assert "is there already" in ended.stderr
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before


def test_the_broker_s_command_and_health_check_work(made: Path, tmp_path: Path) -> None:
    server, client = shutil.which("redis-server"), shutil.which("redis-cli")
    if server is None or client is None:
        tell_absent("Redis", "COLOURWAY_TEST_REDIS_URL", "redis-server is not installed")
    port, users = free_port(), str(made / "secrets/broker_users")
    words = [
        users if word == "/run/secrets/broker_users" else word
        for word in SERVICES["broker"]["command"]
    ]
    args = [server, *words[1:], "--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path)]
    check = SERVICES["broker"]["healthcheck"]["test"]
    asked = [client, "-p", str(port), *check[2:]]

    def ask() -> None:
        subprocess.run(asked, check=True, capture_output=True, timeout=20)

    with pytest.raises(subprocess.CalledProcessError):
        ask()
    with program(args, tmp_path, ask):
        for user in ("producer", "worker", "hook", "web"):
            url = make_url((made / f"secrets/broker_{user}").read_text())
            mine = f"redis://{url.username}:{url.password}@127.0.0.1:{port}/0"
            with redis.Redis.from_url(mine) as connection:
                assert connection.llen("colourway.2.nightly") == 0


@pytest.fixture
def storage(made: Path, tmp_path: Path) -> Iterator[str]:
    binary = shutil.which(
        "weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    if binary is None:
        tell_absent("SeaweedFS", None, "weed is not installed", is_pinned=True)
    data = tmp_path / "data"
    data.mkdir()
    ports = ports_of_parts()
    replaced: dict[str, str] = {
        "-dir=/data": f"-dir={data}",
        "-s3.ip.bind=0.0.0.0": "-s3.ip.bind=127.0.0.1",
        "-s3.port=8333": f"-s3.port={ports.pop('s3.port')}",
        "-s3.config=/run/secrets/storage_users": f"-s3.config={made / 'secrets/storage_users'}",
    }
    given: list[str] = SERVICES["storage"]["command"]
    words = [replaced.get(word, word) for word in given]
    assert not set(replaced) & set(words)
    endpoint = f"http://127.0.0.1:{replaced['-s3.port=8333'].partition('=')[2]}"
    args: list[str] = [str(binary), *words, *(f"-{name}={port}" for name, port in ports.items())]
    args += ["-volume.max=50", "-master.volumeSizeLimitMB=64"]

    def ready() -> None:
        client_of(made, "admin", endpoint).list_buckets()
        run_bucket(made, endpoint)
        client_of(made, "admin", endpoint).put_object(Bucket="pictures", Key="a", Body=b"a")

    with program(args, tmp_path, ready, stop_timeout_s=0.2):
        yield endpoint


def client_of(made: Path, user: str, endpoint: str) -> Any:
    lines = (made / f"secrets/storage_{user}").read_text().splitlines()[1:]
    key, secret = (line.partition(" = ")[2] for line in lines)
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name="us-east-1",
    )


def run_bucket(made: Path, endpoint: str) -> None:
    """Run the program of the service that makes the bucket."""
    program_text = SERVICES["bucket"]["entrypoint"][2]
    environment = os.environ | {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SHARED_CREDENTIALS_FILE": str(made / "secrets/storage_admin"),
    }
    subprocess.run(
        [sys.executable, "-c", program_text],
        check=True,
        env=environment,
        capture_output=True,
        timeout=60,
    )


def test_the_storage_s_command_lets_each_part_do_its_own(made: Path, storage: str) -> None:
    run_bucket(made, storage)  # again, it does nothing
    worker, hook = client_of(made, "worker", storage), client_of(made, "hook", storage)
    worker.put_object(Bucket="pictures", Key="b.webp", Body=b"b")
    read = client_of(made, "reader", storage).get_object(Bucket="pictures", Key="b.webp")
    assert read["Body"].read() == b"b"
    reader, prune = client_of(made, "reader", storage), client_of(made, "prune", storage)
    worker.put_object(Bucket="pictures", Key="old.webp", Body=b"old")
    assert prune.list_objects_v2(Bucket="pictures", Prefix="old")["KeyCount"] == 1
    old = {"Objects": [{"Key": "old.webp"}]}
    assert "Errors" not in prune.delete_objects(Bucket="pictures", Delete=old)
    assert prune.list_objects_v2(Bucket="pictures", Prefix="old")["KeyCount"] == 0
    acts: list[tuple[str, Callable[[], object]]] = [
        ("worker", lambda: worker.create_bucket(Bucket="mine")),
        ("hook", lambda: hook.get_object(Bucket="pictures", Key="b.webp")),
        ("hook", lambda: hook.put_object(Bucket="pictures", Key="c", Body=b"")),
        ("prune", lambda: prune.get_object(Bucket="pictures", Key="b.webp")),
        ("prune", lambda: prune.list_objects_v2(Bucket="photos")),
        ("reader", lambda: reader.put_object(Bucket="pictures", Key="c", Body=b"")),
    ]
    for user, act in acts:
        with pytest.raises(ClientError) as refused:
            act()
        assert "(AccessDenied)" in str(refused.value), user
