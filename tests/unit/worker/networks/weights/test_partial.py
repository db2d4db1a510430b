"""Partial files where the disk does not play along."""

import os
from pathlib import Path

import pytest

from shared.errors import WeightsError
from worker.networks.weights.partial import Partial


def test_bytes_and_their_origin_outlive_the_object(tmp_path: Path):
    target = tmp_path / "w.h5"
    with Partial(target) as partial:
        partial.restart("http://a/w.h5", '"one"')
        partial.append(b"12345")
    with Partial(target) as partial:
        assert partial.size == 5
        assert partial.validator("http://a/w.h5") == '"one"'
        assert partial.validator("http://b/w.h5") is None
        partial.append(b"67")
        partial.become_target()
    assert target.read_bytes() == b"1234567"
    assert [path.name for path in tmp_path.iterdir()] == ["w.h5"]


@pytest.mark.parametrize("origin", [None, "{", "[]", '{"url": "http://a/w.h5"}'])
def test_bytes_of_unknown_origin_are_not_gone_on_with(tmp_path: Path, origin: str | None):
    (tmp_path / "w.h5.part").write_bytes(b"12345")
    if origin is not None:
        (tmp_path / "w.h5.part.json").write_text(origin)
    with Partial(tmp_path / "w.h5") as partial:
        assert partial.size == 5
        assert partial.validator("http://a/w.h5") is None


def test_an_empty_part_leaves_nothing(tmp_path: Path):
    with Partial(tmp_path / "deep" / "w.h5") as partial:
        partial.restart("http://a/w.h5", None)
        partial.append(b"12345")
        partial.empty()
    assert list((tmp_path / "deep").iterdir()) == []


def test_only_one_may_hold_it(tmp_path: Path):
    with (
        Partial(tmp_path / "w.h5"),
        pytest.raises(WeightsError, match=r"another process is fetching .*w\.h5"),
        Partial(tmp_path / "w.h5"),
    ):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full to fill")
def test_a_full_disk_is_told(tmp_path: Path):
    (tmp_path / "w.h5.part").symlink_to("/dev/full")
    with Partial(tmp_path / "w.h5") as partial, pytest.raises(WeightsError, match="disk is full"):
        partial.append(b"12345")
    assert not os.path.lexists(tmp_path / "w.h5.part")
