"""How many cores a process may use."""

import os
from pathlib import Path

import pytest

from worker import cores
from worker.cores import quota, usable_cores


def groups(folder: Path, limits: dict[str, str], own: str = "0::/a/b\n") -> tuple[Path, Path]:
    """The files by which Linux tells of control groups."""
    for group, limit in limits.items():
        (folder / group).mkdir(parents=True, exist_ok=True)
        (folder / group / "cpu.max").write_text(limit)
    (folder / "own").write_text(own)
    return folder / "own", folder


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        ({}, None),
        ({"a/b": "max 100000\n"}, None),
        ({"a/b": "200000 100000\n"}, 2),
        ({"a/b": "150000 100000\n"}, 2),
        ({"a/b": "50000 100000\n"}, 1),
        ({"a/b": "max 100000\n", "a": "300000 100000\n", "": "700000 100000\n"}, 3),
        ({"a/b": "odd\n"}, None),
    ],
)
def test_the_least_limit_of_all_groups_counts(
    limits: dict[str, str], allowed: int | None, tmp_path: Path
) -> None:
    assert quota(*groups(tmp_path, limits)) == allowed


@pytest.mark.parametrize("own", ["", "1:cpu:/a\n", "3:memory:/x\n0::/a/b\n"])
def test_only_groups_of_version_2_count(own: str, tmp_path: Path) -> None:
    expected = 2 if "0::" in own else None
    assert quota(*groups(tmp_path, {"a/b": "200000 100000\n"}, own)) == expected


def test_a_system_without_groups_sets_no_limit(tmp_path: Path) -> None:
    assert quota(tmp_path / "none", tmp_path) is None


def test_a_container_sees_more_cores_than_it_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, all_groups = groups(tmp_path, {"a/b": "200000 100000\n"})
    monkeypatch.setattr(cores, "OWN_GROUP", own)
    monkeypatch.setattr(cores, "GROUPS", all_groups)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert usable_cores() == 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5}, raising=False)
    assert usable_cores() == 1
