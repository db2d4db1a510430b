"""`colourway doctor`: what is right is told so, and each fault with how to mend it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from colourway.doctor import machine
from colourway.doctor.finding import HealthFinding
from shared.database.engine import upgrade
from shared.database.roles import DatabaseRole
from shared.settings import get_settings
from tests.support.catalogue.shell import Shell, shell
from tests.support.database_roles import RoleDatabase, roled, unroled
from tests.support.services import free_port
from tests.support.services.postgres import connect
from tests.support.services.s3 import Bucket

__all__ = ["roled", "shell", "unroled"]  # fixtures


class Doctor:
    """Calls the command, and keeps what it found by name."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def find(self, *words: str, **environment: object) -> tuple[object, dict[str, Any]]:
        """Return the exit code, and the findings by their names."""
        self._shell.set(**environment)
        said = self._shell.call("doctor", *words, "--json")
        answer = json.loads(said.out)
        assert answer["healthy"] is (said.exit_code == 0)
        assert said.err == ""
        return said.exit_code, {each["name"]: each for each in answer["checks"]}

    def find_wrong(self, name: str, *words: str, **environment: object) -> dict[str, str]:
        """Return the one finding that is wrong; everything else must be right."""
        code, found = self.find(*words, **environment)
        assert code == 1
        assert [each for each in found if found[each]["health"] == "wrong"] == [name]
        return found[name]


@pytest.fixture
def doctor(shell: Shell, postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Doctor]:
    """A doctor at an installation in which everything is right."""
    store = tmp_path / "pictures"
    store.mkdir()
    shell.set(DATABASE_URL=postgres_url, CELERY_BROKER_URL=redis_url, COLOURWAY_STORAGE=store)
    yield Doctor(shell)
    assert list(store.iterdir()) == []


def test_everything_is_right(doctor: Doctor, shell: Shell) -> None:
    code, found = doctor.find()
    assert code == 0
    names = ["versions", "database", "schema", "role", "clock", "broker", "store", "decoder"]
    assert list(found) == [*names, "weights", "gpu", "memory"]
    assert {each["health"] for each in found.values()} <= {"ok", "warning"}
    assert found["schema"]["says"] == "at 0014, as this version needs"
    assert "takes, gives and deletes files" in found["store"]["says"]
    said = shell.call("doctor")
    assert said.exit_code == 0
    assert [line.split()[1] for line in said.out.splitlines() if "→" not in line] == list(found)


def test_a_part_is_asked_for_what_it_needs_alone(doctor: Doctor) -> None:
    assert list(doctor.find("--part", "reader")[1]) == [
        *("versions", "database", "schema", "role", "clock")
    ]
    assert "broker" in doctor.find("--part", "hook")[1]
    assert "store" not in doctor.find("--part", "hook")[1]


def test_embedded_mode_needs_no_server_and_gets_no_files(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL")
    code, found = Doctor(shell).find(COLOURWAY_HOME=tmp_path / "new")
    assert code == 0
    assert found["database"]["health"] == found["broker"]["health"] == "skipped"
    assert not (tmp_path / "new").exists()


def test_a_database_that_is_away(doctor: Doctor) -> None:
    url = f"postgresql://shop:s3cret@127.0.0.1:{free_port()}/shop"
    found = doctor.find_wrong("database", DATABASE_URL=url)
    assert "check DATABASE_URL" in found["do"]
    assert "schema" not in doctor.find()[1]


def test_a_database_without_tables_and_with_old_ones(
    doctor: Doctor, empty_postgres_url: str
) -> None:
    found = doctor.find_wrong("schema", DATABASE_URL=empty_postgres_url)
    assert found["do"] == "run `colourway db upgrade`"
    upgrade(empty_postgres_url, "0007")
    found = doctor.find_wrong("schema")
    assert "is at schema 0007, this version needs 0014" in found["says"]
    assert found["do"] == "run `colourway db upgrade`"
    upgrade(empty_postgres_url)
    with connect(empty_postgres_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "install that version here too" in doctor.find_wrong("schema")["do"]


def test_a_role_that_lacks_rights_and_one_that_has_too_many(
    doctor: Doctor, roled: RoleDatabase
) -> None:
    reader = roled.url(DatabaseRole.READER)
    found = doctor.find_wrong("role", "--part", "worker", DATABASE_URL=reader)
    assert "may work as reader, not as worker: it lacks UPDATE on products" in found["says"]
    assert "colourway db roles --apply" in found["do"]
    assert doctor.find()[1]["role"]["health"] == "ok"
    code, found = doctor.find("--part", "worker", DATABASE_URL=roled.admin)
    assert (code, found["role"]["health"]) == (0, "warning")
    assert "more than worker needs" in found["role"]["says"]
    worker = roled.url(DatabaseRole.WORKER)
    assert doctor.find("--part", "worker", DATABASE_URL=worker)[1]["role"]["health"] == "ok"


def test_a_clock_that_is_wrong(doctor: Doctor, empty_postgres_url: str) -> None:
    upgrade(empty_postgres_url)
    with connect(empty_postgres_url) as connection:
        # A server that lives a minute ahead, for whoever finds this function before the real one.
        connection.execute(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
            " AS $$ SELECT pg_catalog.clock_timestamp() + interval '60 s' $$"
        )
    url = f"{empty_postgres_url}?options=-csearch_path%3Dpublic,pg_catalog"
    found = doctor.find_wrong("clock", DATABASE_URL=url)
    assert re.search(r"differs by \+6\d\.\d s", found["says"])  # asking takes its time
    assert "NTP" in found["do"]


def test_a_broker_that_is_away(doctor: Doctor) -> None:
    url = f"redis://user:s3cret@127.0.0.1:{free_port()}/0"
    assert "check CELERY_BROKER_URL" in doctor.find_wrong("broker", CELERY_BROKER_URL=url)["do"]


def test_a_store_that_takes_nothing(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = doctor.find_wrong("store", COLOURWAY_STORAGE=tmp_path / "file")
    assert "cannot write" in found["says"]
    assert "check COLOURWAY_STORAGE" in found["do"]


def test_a_bucket_that_is_right_and_one_that_is_not_there(doctor: Doctor, bucket: Bucket) -> None:
    code, found = doctor.find(COLOURWAY_STORAGE=f"s3://{bucket.name}/crops")
    assert (code, found["store"]["health"]) == (0, "ok")
    found = doctor.find_wrong("store", COLOURWAY_STORAGE=f"s3://{bucket.name}-none/crops")
    assert "NoSuchBucket" in found["says"]


def test_a_decoder_that_cannot_start_and_one_inline(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    found = doctor.find_wrong("decoder")
    assert "cannot be started" in found["says"]
    assert "COLOURWAY_DECODER=inline" in found["do"]
    code, others = doctor.find(COLOURWAY_DECODER="inline")
    assert (code, others["decoder"]["health"]) == (0, "warning")
    assert "without limits" in others["decoder"]["says"]


def test_weights_that_are_damaged_or_not_there(doctor: Doctor, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    found = doctor.find_wrong("weights", COLOURWAY_WEIGHTS=folder)
    assert "no weights manifest at" in found["says"]
    assert found["do"] == "set COLOURWAY_WEIGHTS"
    entry = {"pix2pix": {"file": "a.h5", "sha256": "0" * 64}}
    (folder / "manifest.json").write_text(json.dumps(entry))
    (folder / "a.h5").write_bytes(b"cut off")
    assert "the file is damaged" in doctor.find_wrong("weights")["says"]
    found = doctor.find_wrong(
        "weights", COLOURWAY_WEIGHTS="", COLOURWAY_PERSON_NETWORK="coco", COLOURWAY_HOME=tmp_path
    )
    assert "colourway weights fetch coco" in found["says"] + found["do"]


def test_a_memory_limit_above_what_there_is(doctor: Doctor) -> None:
    found = doctor.find_wrong("memory", COLOURWAY_MAX_MEMORY_BYTES=10**15)
    assert "set it below that" in found["do"]


def test_a_container_s_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "CGROUP_LIMITS", (tmp_path / "none", limit))
    for content, whose in (("max\n", "the machine's"), ("1500000000\n", "the container's limit")):
        limit.write_text(content)
        assert machine.memory_bytes()[1] == whose
    (found,) = machine.examine_memory(get_settings())
    assert isinstance(found, HealthFinding)
    assert (found.health.value, found.do) == ("wrong", "give a worker 2 GB or more")


@pytest.mark.parametrize(
    ("needed", "fault"),
    [
        ("sqlalchemy>=2", None),
        ("sqlalchemy<2", "not <2"),
        ("no-such-package-of-ours>=1", "no-such-package-of-ours is missing"),
        ("no-such-package-of-ours>=1; extra == 'worker'", None),
        ("boto3<1; extra == 's3'", "not <1"),
    ],
)
def test_packages_are_compared_with_what_is_needed(needed: str, fault: str | None) -> None:
    found = machine.fault_of(Requirement(needed))
    assert (found is None) is (fault is None)
    assert found is None or fault is None or fault in found
