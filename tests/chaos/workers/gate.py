"""A gate before a stage: the suite shuts it, one picture waits there in its worker until it opens.

Both sides speak through files: ``STAGE.shut`` says who is to wait, ``STAGE.waiting`` who does.
"""

import json
import os
import signal
import time
from pathlib import Path
from typing import NamedTuple

from shared.contracts.stages import Stage


class WaitingPicture(NamedTuple):
    """The picture that waits, and the process in which it does."""

    sku: str
    pid: int


class Gate:
    """The gates of all stages, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def shut(self, stage: Stage, sku: str | None = None, *, unbounded: bool = False) -> None:
        """Have a picture wait before a stage: this one, or the first that comes.

        ``unbounded`` calls off the timer that ends a worker's child before its lease does.
        """
        self._waiting_file(stage).unlink(missing_ok=True)
        # Renamed into place: a worker may look at any moment.
        unfinished = self._folder / f"{stage}.unfinished"
        unfinished.write_text(json.dumps({"sku": sku, "unbounded": unbounded}))
        unfinished.replace(self._shut(stage))

    def open(self, stage: Stage) -> None:
        """Let everybody pass."""
        self._shut(stage).unlink(missing_ok=True)

    def waiting(self, stage: Stage) -> WaitingPicture | None:
        """Return who waits, or waited last."""
        try:
            sku, pid = self._waiting_file(stage).read_text().split()
        except (FileNotFoundError, ValueError):  # not there, or just being written
            return None
        return WaitingPicture(sku, int(pid))

    def wait(self, stage: Stage, sku: str) -> None:
        """Wait, in the worker, if this picture is meant and no other waits already."""
        try:
            wanted = json.loads(self._shut(stage).read_text())
            if wanted["sku"] not in (None, sku):
                return
            with self._waiting_file(stage).open("x") as file:
                file.write(f"{sku} {os.getpid()}")
        except (FileNotFoundError, FileExistsError):
            return
        if wanted["unbounded"]:
            signal.setitimer(signal.ITIMER_REAL, 0)
        while self._shut(stage).exists():
            time.sleep(0.02)

    def _shut(self, stage: Stage) -> Path:
        return self._folder / f"{stage}.shut"

    def _waiting_file(self, stage: Stage) -> Path:
        return self._folder / f"{stage}.waiting"
