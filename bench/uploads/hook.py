"""The web hook held to its limits: half-open connections, slow bodies, old signatures, leavers.

usage: python -m bench.uploads.hook [--connections N] [--open-files N] [--against COMMIT]

``colourway serve`` on SQLite, with the defaults and at most N open files (1,024 unless told
otherwise, which is what most systems give a service). Exits with 1 where a bound is not held.
With ``--against`` an earlier build meets the half-open connections, and in another process the
clients that leave.
"""

import hashlib
import hmac
import http.client
import json
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.rig.builds import THIS, Build, NoBuildError, build_of

TOKEN = "a-token-of-the-benchmark"
SECRET, PREVIOUS = "a-secret-of-the-benchmark", "the-secret-before-that-one"
HEAD = b"POST /events/s3 HTTP/1.1\r\nHost: bench\r\n"
BODY = b'{"Event": "s3:TestEvent"}'
PROBES = 20
SLOW = 200
LEAVERS = 200
MESSAGES = 4000
SENDERS = 8
AIM_ANSWER_S = 1.0
AIM_LOG_BYTES = 1_000_000
AIM_BODY_S = 15.0


class Hook:
    """``colourway serve`` of one build, at a port, writing a log."""

    def __init__(self, port: int, log: Path, process: int) -> None:
        self.port = port
        self.log = log
        self.process = process

    def processor_s(self) -> tuple[float, float]:
        """Return for how long it has had a processor, and for how long it has waited for one."""
        words = Path(f"/proc/{self.process}/schedstat").read_text().split()
        return int(words[0]) / 1e9, int(words[1]) / 1e9

    def ask(self, path: str, headers: Mapping[str, str], body: bytes | None = None) -> int | None:
        """Return the status of the answer; None where none comes within five seconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET" if body is None else "POST", path, body, dict(headers))
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def connect(self, begins: bytes) -> socket.socket:
        """Return a connection on which this was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(begins)
        return connection


@contextmanager
def serving(build: Build, open_files: int) -> Generator[Hook]:
    """Keep the web hook running until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free, TemporaryDirectory() as folder:
        port, log = free.getsockname()[1], Path(folder) / "serve.log"
        free.close()
        settings = {
            "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
            "COLOURWAY_EVENTS_TOKEN": TOKEN,
            "COLOURWAY_EVENTS_SECRET": SECRET,
            "COLOURWAY_EVENTS_SECRET_PREVIOUS": PREVIOUS,
            "COLOURWAY_LOG_FORMAT": "json",
        }
        build.migrate(settings["DATABASE_URL"])
        command = build.colourway("serve", "--port", str(port))
        limited = ["/bin/sh", "-c", f'ulimit -n {open_files} && exec "$0" "$@"', *command]
        environment = build.environment(settings)
        with log.open("wb") as out:
            program = subprocess.Popen(
                limited, env=environment, cwd=build.source, stdout=out, stderr=out
            )
        hook = Hook(port, log, program.pid)
        try:
            while hook.ask("/healthz", {}) is None and program.poll() is None:
                time.sleep(0.2)
            yield hook
        finally:
            program.kill()
            program.wait()


def half_open(hook: Hook, number: int) -> bool:
    """Ask for health while so many requests do not end; print how it is.

    An answer's own time is without that for which the hook waited for a processor: other programs
    have it, and no server is quicker than that.
    """
    took: list[float] = []
    own: list[float] = []
    answers = 0
    with ExitStack() as stack:
        used_s, _ = hook.processor_s()
        for _ in range(number):
            stack.enter_context(hook.connect(HEAD))
        for _ in range(PROBES):
            began, (_, waited_s) = time.monotonic(), hook.processor_s()
            answers += hook.ask("/healthz", {}) == 200
            took.append(time.monotonic() - began)
            own.append(max(took[-1] - hook.processor_s()[1] + waited_s, 0))
            if len(took) == 3 and not answers:
                break
        used_s = hook.processor_s()[0] - used_s
        size = hook.log.stat().st_size
    print(
        f"  {number:,} half-open connections: /healthz answers {answers} of {len(took)}, median "
        f"{1000 * median(took):.0f} ms, slowest {1000 * max(took):.0f} ms (without waiting for a "
        f"processor {1000 * max(own):.0f} ms); {used_s:.2f} s of processor time; log {size:,} bytes"
    )
    return answers == PROBES and max(own) < AIM_ANSWER_S and size < AIM_LOG_BYTES


def slow_bodies(hook: Hook) -> bool:
    """Send bodies a byte a second, from many clients; print when the last of them is answered."""
    head = HEAD + f"Authorization: Bearer {TOKEN}\r\nContent-Length: 1000\r\n\r\n".encode()
    began = time.monotonic()

    def trickle(connection: socket.socket) -> bytes:
        connection.settimeout(1)
        while True:
            try:
                connection.sendall(b"x")
                return connection.recv(100)
            except TimeoutError:
                continue
            except OSError:
                return b""

    with ThreadPoolExecutor(SLOW) as threads:
        said = list(threads.map(trickle, [hook.connect(head) for _ in range(SLOW)]))
    took_s = time.monotonic() - began
    timely = sum(answer.startswith(b"HTTP/1.1 408 ") for answer in said)
    print(f"  {SLOW} slow bodies: {timely} answered 408, the last after {took_s:.1f} s")
    return timely == SLOW and took_s < AIM_BODY_S


def signatures(hook: Hook) -> bool:
    """Send signatures of several ages and keys; print the answers."""

    def status(secret: str, age_s: float | None) -> int | None:
        stamp = "" if age_s is None else str(round(time.time() - age_s))
        signed = f"{stamp}.".encode() + BODY if stamp else BODY
        mac = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        shown = f"t={stamp},sha256={mac}" if stamp else f"sha256={mac}"
        return hook.ask("/events/s3", {"X-Colourway-Signature": shown}, BODY)

    found = {
        "new": status(SECRET, 0),
        "new, by the key before": status(PREVIOUS, 0),
        "four minutes old": status(SECRET, 240),
        "six minutes old": status(SECRET, 360),
        "six minutes ahead": status(SECRET, -360),
        "without a time": status(SECRET, None),
        "by a key made up": status("made-up-of-some-length", 0),
    }
    print("  signatures:", ", ".join(f"{what} {answer}" for what, answer in found.items()))
    return list(found.values()) == [200, 200, 200, 401, 401, 401, 401]


def leavers(hook: Hook) -> bool:
    """Hang up in the middle of bodies; print the tracebacks that this made."""
    before = hook.log.stat().st_size
    head = HEAD + f"Authorization: Bearer {TOKEN}\r\nContent-Length: 1000\r\n\r\nhalf".encode()
    for _ in range(LEAVERS):
        hook.connect(head).close()
    hook.ask("/readyz", {})
    time.sleep(1)
    lines = [json.loads(line) for line in hook.log.read_text().splitlines()]
    tracebacks = sum("exception" in line for line in lines)
    grown = hook.log.stat().st_size - before
    print(f"  {LEAVERS} clients that leave: {tracebacks} tracebacks, log grows by {grown:,} bytes")
    return tracebacks == 0


def pace(hook: Hook) -> None:
    """Print how many messages of one record a second are taken from some senders."""
    shown = {"Authorization": f"Bearer {TOKEN}"}

    def send(number: int) -> int | None:
        thing = {"bucket": {"name": "shop"}, "object": {"key": f"{number}.jpg", "sequencer": "01"}}
        event = {"eventName": "ObjectCreated:Put", "s3": thing}
        return hook.ask("/events/s3", shown, json.dumps({"Records": [event]}).encode())

    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as senders:
        answers = list(senders.map(send, range(MESSAGES)))
    rate = MESSAGES / (time.monotonic() - began)
    taken, throttled = answers.count(200), answers.count(429)
    print(
        f"  {SENDERS} senders: {rate:.0f} messages/s, {taken:,} taken, {throttled:,} answered 429"
    )


def main() -> int:
    """Print each figure; 1 where a bound is not held."""
    parser = ArgumentParser(prog="python -m bench.uploads.hook")
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--open-files", type=int, default=1024)
    parser.add_argument("--against", metavar="COMMIT", help="an earlier build, beside it")
    given = parser.parse_args()
    if given.against:
        try:
            other = build_of(given.against)
        except NoBuildError as error:
            print(error)
            return 1
        print(f"{other.name}, {given.open_files:,} open files:")
        with serving(other, given.open_files) as hook:
            half_open(hook, given.connections)
        with serving(other, given.open_files) as hook:
            leavers(hook)
    print(f"{THIS.name}, {given.open_files:,} open files:")
    with serving(THIS, given.open_files) as hook:
        held = [half_open(hook, given.connections), slow_bodies(hook)]
        held += [signatures(hook), leavers(hook)]
        pace(hook)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
