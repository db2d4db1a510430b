"""The crew: worker processes and beat, started again when they end, as a service manager would."""

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import psutil

from tests.chaos.workers.nursery import Child, Nursery

RESTART_AFTER_S: Final = 0.3
STOP_TIMEOUT_S: Final = 60.0


WORK = ("work", "--log-level", "debug")  # which tells of each picture


@dataclass
class Member:
    """One place in the crew: a program, its present process, and all that its processes said."""

    name: str
    arguments: Sequence[str]
    log: Path
    process: Child | None = None
    groups: list[int] = field(default_factory=list)
    ended_at: float | None = None
    starts: int = 0

    @property
    def is_worker(self) -> bool:
        return self.name != "beat"

    def processes(self) -> list[psutil.Process]:
        """Return its living processes, the parent first."""
        if self.process is None or self.process.poll() is not None:
            return []
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def done_since(self, moment: datetime) -> int:
        """Count the pictures that it told of as done after a moment."""
        events = self.told("picture done")
        return sum(datetime.fromisoformat(event["timestamp"]) > moment for event in events)

    def told(self, event: str) -> list[dict[str, str]]:
        """Return its log's records of one event."""
        lines = self.log.read_text(errors="replace").splitlines()
        found: list[dict[str, str]] = []
        for line in lines:
            if f'"{event}"' in line:
                with suppress(json.JSONDecodeError):  # a kill may have cut it off
                    record = json.loads(line)
                    if record.get("event") == event:
                        found.append(record)
        return found


class Crew:
    """Workers named ``worker-1`` … and one ``beat``; every process of theirs may be killed.

    ``environment`` is what they run in; changing it later counts from the next start of each.
    """

    def __init__(self, nursery: Nursery, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self._nursery = nursery
        self._folder = folder
        self.members: list[Member] = []
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._supervise, daemon=True)

    @property
    def workers(self) -> list[Member]:
        return [member for member in self.members if member.is_worker]

    def start(self, workers: int, *, beat: bool = True, arguments: Sequence[str] = ()) -> None:
        """Start workers, and beat beside them; ``arguments`` are those of ``colourway work``."""
        with self._lock:
            for _ in range(workers):
                name = f"worker-{len(self.workers) + 1}"
                self._add(name, [*WORK, "--name", f"{name}@chaos", *arguments])
            if beat and not any(not member.is_worker for member in self.members):
                self._add("beat", ["beat"])
        if not self._watch.is_alive():
            self._watch.start()

    def processes(self) -> list[psutil.Process]:
        """Return every living process of the workers, parents and children."""
        with self._lock:
            return [process for member in self.workers for process in member.processes()]

    def kill_one(self, chance: random.Random) -> str | None:
        """Kill -9 one process of the workers by chance; return ``parent`` or ``child``."""
        parents = {member.process.pid for member in self.workers if member.process}
        found = self.processes()
        if not found:
            return None
        chosen = chance.choice(found)
        try:
            chosen.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            return None
        return "parent" if chosen.pid in parents else "child"

    def stop(self) -> list[str]:
        """Ask everybody to end, and kill what does not; return what was wrong with it."""
        self._ended.set()
        complaints: list[str] = []
        with self._lock:
            for member in self.members:
                if member.process is not None and member.process.poll() is None:
                    member.process.terminate()
            deadline = time.monotonic() + STOP_TIMEOUT_S
            for member in self.members:
                if member.process is None:
                    continue
                try:
                    member.process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    complaints.append(f"{member.name} did not end within {STOP_TIMEOUT_S:g} s")
            for member in self.members:
                for group in member.groups:
                    with suppress(ProcessLookupError, PermissionError):
                        os.killpg(group, signal.SIGKILL)
                if member.process is not None:
                    member.process.wait(STOP_TIMEOUT_S)
        return complaints

    def _add(self, name: str, arguments: Sequence[str]) -> None:
        member = Member(name, arguments, self._folder / f"{name}.log")
        self.members.append(member)
        self._launch(member)

    def _launch(self, member: Member) -> None:
        member.process = self._nursery.start(
            "tests.chaos.workers.stand_in:main", member.arguments, self.environment, member.log
        )
        member.groups.append(member.process.pid)
        member.starts += 1
        member.ended_at = None

    def _supervise(self) -> None:
        while not self._ended.wait(0.05):
            with self._lock:
                for member in self.members:
                    self._revive(member)

    def _revive(self, member: Member) -> None:
        if member.process is None or member.process.poll() is None or self._ended.is_set():
            return
        if member.ended_at is None:
            member.ended_at = time.monotonic()
        elif time.monotonic() - member.ended_at >= RESTART_AFTER_S:
            self._launch(member)
