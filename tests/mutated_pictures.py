"""Mutated pictures, bombs, slow and endless bodies through a worker's fetching and decoding.

``make mutated-pictures``, or ``python -m tests.mutated_pictures --pictures 20000 --seconds 600``.
What it prints is counted: workers that died, good pictures between the bad ones that came to harm
(a neighbour's attempt), memory, and the slowest picture. Its short form is a test.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

import numpy as np

from shared.errors import StageError
from shared.settings import get_settings
from tests.support import ROOT
from tests.support.endless_server import EndlessServer
from tests.support.hostile_pictures import GOOD, bombs, mutated, seeds
from tests.support.pictures import encode
from worker.stages.decoder.decoder import open_decoder
from worker.stages.decoder.pool import DecoderPool
from worker.stages.fetch import Fetcher

CHUNK: Final = 2000
"""Pictures of one worker: should it die, the next goes on with the others."""
THREADS: Final = 4
NEIGHBOUR_EVERY: Final = 10
BODY_LIMIT_S: Final = 2.0
MB: Final = 1_000_000


@dataclass
class Tally:
    """What came of the pictures of one worker, or of all."""

    pictures: int = 0
    neighbours: int = 0
    harmed: list[str] = field(default_factory=list[str])
    outcomes: Counter[str] = field(default_factory=Counter[str])
    slowest_s: float = 0.0
    slowest: str = ""
    slowest_body_s: float = 0.0
    decoders_mb: int = 0
    worker_mb: int = 0
    deaths: list[str] = field(default_factory=list[str])

    def add(self, other: "Tally") -> None:
        self.pictures += other.pictures
        self.neighbours += other.neighbours
        self.harmed += other.harmed
        self.outcomes.update(other.outcomes)
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest
        self.slowest_body_s = max(self.slowest_body_s, other.slowest_body_s)
        self.decoders_mb = max(self.decoders_mb, other.decoders_mb)
        self.worker_mb = max(self.worker_mb, other.worker_mb)
        self.deaths += other.deaths


class OneWorker:
    """A worker's fetcher and decoders, and what it is given."""

    def __init__(self, seed: int) -> None:
        self._settings = get_settings(
            fetch_threads=THREADS,
            fetch_timeout_s=BODY_LIMIT_S,
            max_image_bytes=30 * MB,
            allowed_networks="127.0.0.0/8",
        )
        decoder = open_decoder(self._settings)
        assert isinstance(decoder, DecoderPool)
        self._decoder = decoder
        self._seed, self._files = seed, list(seeds().values())
        self._good = encode(GOOD, "PNG")
        self._lock = Lock()
        self.tally = Tally()

    def through(self, first: int, last: int, *, with_bombs: bool) -> Tally:
        """Decode the pictures of these numbers, bombs and bodies among them."""
        done = Event()
        watch = Thread(target=self._watch_memory, args=(done,), daemon=True)
        watch.start()
        with ThreadPoolExecutor(THREADS) as threads, EndlessServer() as server:
            tasks = [threads.submit(self._decode_mutated, number) for number in range(first, last)]
            if with_bombs:
                tasks += [threads.submit(self._fetch, server, name) for name in server.NAMES]
            for task in tasks:
                task.result()
            for name, content in bombs() if with_bombs else ():
                # One at a time, or one would count the time for which others hold the memory.
                beside = [threads.submit(self._decode_neighbour, name) for _ in range(THREADS)]
                self._decode(name, content)
                for task in beside:
                    task.result()
        done.set()
        watch.join()
        self._decoder.close()
        return self.tally

    def _decode_mutated(self, number: int) -> None:
        self._decode(f"mutated {number}", mutated(number, self._seed, self._files))
        if number % NEIGHBOUR_EVERY == 0:
            self._decode_neighbour(str(number))

    def _decode(self, name: str, content: bytes) -> None:
        began_at = time.monotonic()
        outcome = "decoded"
        try:
            self._decoder.decode(content)
        except StageError as error:
            outcome = error.code.value
        took_s = time.monotonic() - began_at
        with self._lock:
            self.tally.pictures += 1
            self.tally.outcomes[outcome] += 1
            if took_s > self.tally.slowest_s:
                self.tally.slowest_s, self.tally.slowest = took_s, f"{name}: {outcome}"

    def _decode_neighbour(self, beside: str) -> None:
        harm = None
        try:
            if not np.array_equal(self._decoder.decode(self._good).pixels, GOOD):
                harm = "other pixels"
        except StageError as error:
            harm = error.code.value
        with self._lock:
            self.tally.neighbours += 1
            if harm is not None:
                self.tally.harmed.append(f"beside {beside}: {harm}")

    def _fetch(self, server: EndlessServer, name: str) -> None:
        began_at, outcome = time.monotonic(), "fetched"
        with Fetcher(self._settings) as fetcher:
            try:
                fetcher.fetch(server.url(name))
            except StageError as error:
                outcome = error.code.value
        with self._lock:
            self.tally.outcomes[outcome] += 1
            took_s = time.monotonic() - began_at
            self.tally.slowest_body_s = max(self.tally.slowest_body_s, took_s)

    def _watch_memory(self, done: Event) -> None:
        while not done.wait(0.1):
            together = sum(map(_memory_mb, self._decoder.pids))
            self.tally.decoders_mb = max(self.tally.decoders_mb, together)
            self.tally.worker_mb = max(self.tally.worker_mb, _memory_mb("self"))


def _memory_mb(pid: int | str) -> int:
    """Return what a process takes now of its own, without what it shares."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) // 1000
    return 0


def run(pictures: int, seconds: float, seed: int) -> Tally:
    """Give workers so many pictures, one after the other; begin none after so many seconds."""
    until, all_of_it = time.monotonic() + seconds, Tally()
    for first in range(0, pictures, CHUNK):
        left_s = until - time.monotonic()
        if left_s <= 0:
            break
        last = min(first + CHUNK, pictures)
        words = [sys.executable, "-m", "tests.mutated_pictures", "--as-worker"]
        words += [str(first), str(last), str(seed)]
        all_of_it.add(_worker(words, first, last, left_s + 120))
    return all_of_it


def _worker(words: Sequence[str], first: int, last: int, limit_s: float) -> Tally:
    try:
        ended = subprocess.run(
            words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, timeout=limit_s
        )
    except subprocess.TimeoutExpired:
        return Tally(deaths=[f"pictures {first} to {last}: it hung"])
    if ended.returncode:
        return Tally(deaths=[f"pictures {first} to {last}: ended with {ended.returncode}"])
    told = json.loads(ended.stdout.splitlines()[-1])
    return Tally(**told | {"outcomes": Counter(told["outcomes"])})


def _lines(tally: Tally) -> Iterator[str]:
    yield f"{tally.pictures:,} mutated pictures and bombs, {tally.neighbours:,} good ones between"
    yield f"deaths of workers: {len(tally.deaths)}"
    yield f"attempts of neighbours: {len(tally.harmed)}"
    yield f"slowest picture: {tally.slowest_s:.1f} s ({tally.slowest})"
    yield f"slowest body: {tally.slowest_body_s:.1f} s, of {BODY_LIMIT_S:.0f} s allowed"
    yield f"memory at most: all decoders {tally.decoders_mb:,} MB, a worker {tally.worker_mb:,} MB"
    for outcome, count in tally.outcomes.most_common():
        yield f"  {outcome:24}{count:7,}"
    yield from (*tally.deaths, *tally.harmed)


def main(arguments: Sequence[str]) -> int:
    """Print the counts; 1 where a worker died or a neighbour came to harm."""
    if arguments[:1] == ["--as-worker"]:
        first, last, seed = map(int, arguments[1:])
        tally = OneWorker(seed).through(first, last, with_bombs=first == 0)
        print(json.dumps(vars(tally)))
        return 0
    parser = argparse.ArgumentParser(prog="python -m tests.mutated_pictures")
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    tally = run(given.pictures, given.seconds, given.seed)
    print("\n".join(_lines(tally)))
    return int(bool(tally.deaths or tally.harmed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
