"""The folder of counts: what the dead have counted stays, and their files go."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

from shared.metrics.folder import PREFIX, MetricsFolder
from tests.support import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Generator[MetricsFolder]:
    made = MetricsFolder.make(tmp_path)
    yield made
    made.remove()


def count(folder: MetricsFolder, pid: int, **values: float) -> None:
    """Count as a process of that number would."""
    file = MmapedDict(str(folder.path / f"counter_{pid}.db"))
    for name, value in values.items():
        file.write_value(mmap_key(name, f"{name}_total", [], [], "help"), value, 0.0)
    file.close()


def sums(folder: MetricsFolder) -> dict[str, float]:
    collected = MultiProcessCollector(CollectorRegistry(), str(folder.path)).collect()
    return {sample.name: sample.value for metric in collected for sample in metric.samples}


def files(folder: MetricsFolder) -> set[str]:
    return {path.name for path in folder.path.glob("*.db")}


def test_sums_stay_when_processes_are_retired(folder: MetricsFolder) -> None:
    count(folder, 11, pictures=3, retries=1)
    count(folder, 12, pictures=4)
    before = sums(folder)
    assert before == {"pictures_total": 7, "retries_total": 1}

    folder.retire(11)
    assert (sums(folder), files(folder)) == (before, {"counter_12.db", "counter_retired.db"})
    folder.retire(12)
    folder.retire(13)  # it has counted nothing
    assert (sums(folder), files(folder)) == (before, {"counter_retired.db"})

    (folder.path / "counter_14.db").touch()  # killed just as it began to count
    folder.retire(14)
    assert (sums(folder), files(folder)) == (before, {"counter_retired.db"})

    count(folder, 11, pictures=2)  # a new process with the number of an old one
    folder.retire(11)
    assert sums(folder) == {"pictures_total": 9, "retries_total": 1}


def test_a_folder_is_its_owners_alone_and_goes_with_it(tmp_path: Path) -> None:
    made = MetricsFolder.make(tmp_path)
    assert made.path.parent == tmp_path
    assert made.path.stat().st_mode & 0o777 == 0o700
    child = os.fork()
    if child == 0:
        made.remove()  # not its own
        os._exit(0)
    os.waitpid(child, 0)
    assert made.path.exists()
    made.remove()
    assert not made.path.exists()


MAKE_AND_DIE = """
import os, sys
from pathlib import Path
from shared.metrics.folder import MetricsFolder
print(MetricsFolder.make(Path(sys.argv[1])).path, flush=True)
os.kill(os.getpid(), 9)
"""


def test_folders_of_killed_processes_go_and_those_of_living_ones_stay(
    folder: MetricsFolder, tmp_path: Path
) -> None:
    died = subprocess.run(
        [sys.executable, "-c", MAKE_AND_DIE, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert Path(died.stdout.strip()).name.startswith(PREFIX)
    assert folder.path.exists()
    assert Path(died.stdout.strip()).exists()

    another = MetricsFolder.make(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {folder.path.name, another.path.name}
    another.remove()
