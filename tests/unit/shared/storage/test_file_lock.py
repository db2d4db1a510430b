"""File locks: one holder at a time."""

from pathlib import Path

import pytest

from shared.storage.file_lock import file_lock, try_lock


class Held(Exception):
    pass


def test_a_lock_has_one_holder_until_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "run.lock"
    with file_lock(path, Held()):
        with pytest.raises(Held), file_lock(path, Held()):
            pass
        with path.open() as file:
            assert not try_lock(file)
    with file_lock(path, Held()), pytest.raises(Held), file_lock(path, Held()):
        pass
