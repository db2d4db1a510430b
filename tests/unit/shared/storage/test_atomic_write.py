"""Files that appear whole or not at all, and standard output that nobody reads to its end."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.errors import ColourwayError
from shared.storage.atomic_write import whole_file


def test_a_file_is_in_place_when_the_block_is_left(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with whole_file(str(out), "--out") as file:
        file.write(b"whole")
        assert not out.exists()
    assert out.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [out]


def test_an_error_leaves_what_stood_there(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_bytes(b"before")
    with pytest.raises(KeyError), whole_file(str(out), "--out") as file:
        file.write(b"half")
        raise KeyError
    assert out.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(ColourwayError, match=r"--csv .*none/out\.csv: No such file"),
        whole_file(str(tmp_path / "none" / "out.csv"), "--csv"),
    ):
        pass


def test_whoever_stops_reading_standard_output_is_told_once() -> None:
    script = (
        "from shared.storage.atomic_write import whole_file\n"
        "from shared.errors import ColourwayError\n"
        "try:\n"
        "    with whole_file('-', '--out') as file:\n"
        "        for _ in range(10_000): file.write(b'x' * 1000)\n"
        "except ColourwayError as error: raise SystemExit(str(error))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.read(10)
        program.stdout.close()
        told = program.stderr.read().decode()
    assert told == "--out -: its reader closed standard output\n"
    assert program.returncode == 1
