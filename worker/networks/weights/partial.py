"""A partial file: what has come of a download so far, which outlives a crash or Ctrl-C.

``NAME.part`` holds the bytes, ``NAME.part.json`` says whence they came: the URL, and the server's
own mark (validator) of the version that it sent. Only bytes of that version may be added.
"""

import errno
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Self

from shared.errors import WeightsError
from shared.storage.file_lock import try_lock
from worker.networks.weights.pin import write_json


class Partial:
    """The partial file of ``target``; open it with ``with``, which locks out other processes.

    Every method raises WeightsError where the disk is full or refuses; what came is kept.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._target = target
        self._origin = target.with_name(f"{target.name}.part.json")
        self._file: FileIO
        self.size = 0

    def __enter__(self) -> Self:
        with self._disk_faults_named():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.open("ab", buffering=0)  # nothing is lost with the process
            try:
                self._lock(file)
            except BaseException:
                file.close()
                raise
            self._file = file
            self.size = os.fstat(file.fileno()).st_size
        return self

    def __exit__(self, *_: object) -> None:
        with self._disk_faults_named():
            if self.size == 0:  # nothing came, so nothing should be left lying about
                self.path.unlink(missing_ok=True)
                self._origin.unlink(missing_ok=True)
            self._file.close()

    def _lock(self, file: FileIO) -> None:
        try:
            # The process that had the lock may have finished: then we opened the whole file.
            ours = try_lock(file) and os.fstat(file.fileno()).st_ino == self.path.stat().st_ino
        except FileNotFoundError:
            ours = False
        if not ours:
            raise WeightsError(
                f"another process is fetching {self._target}; wait for it, or stop it"
            )

    def validator(self, url: str) -> str | None:
        """The mark of the version that the bytes are of; None where they cannot be gone on with.

        That is so where nothing came yet, where they came from another URL, or where the server
        gave no mark.
        """
        try:
            origin = json.loads(self._origin.read_text("utf-8"))
            known = self.size > 0 and origin["url"] == url
            return str(origin["validator"]) if known and origin["validator"] else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def restart(self, url: str, validator: str | None) -> None:
        """Begin anew with a version of a URL's file."""
        self.empty()
        with self._disk_faults_named():
            write_json(self._origin, {"url": url, "validator": validator})

    def empty(self) -> None:
        """Forget all that came."""
        with self._disk_faults_named():
            self._file.truncate(0)
            self.size = 0

    def append(self, chunk: bytes) -> None:
        """Add the next bytes."""
        left = memoryview(chunk)
        with self._disk_faults_named():
            while left:
                written = self._file.write(left)  # fewer than all where the disk is nearly full
                self.size += written
                left = left[written:]

    def become_target(self) -> None:
        """Take the target's place, all of it or not at all."""
        with self._disk_faults_named():
            os.fsync(self._file.fileno())
            self.path.replace(self._target)
            self._origin.unlink(missing_ok=True)

    @contextmanager
    def _disk_faults_named(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise WeightsError(
                    f"the disk is full, {self.path} ends after {self.size:,} bytes; make room and "
                    "run the same command again, it goes on from there"
                ) from error
            raise WeightsError(
                f"cannot write {error.filename or self.path}: {error.strerror}; "
                "choose a folder that can be written with --into"
            ) from error
