"""Carries out the Dockerfile's steps without a container engine, and runs the result's doctor.

``python -m tests.dockerfile [PINS]``, as root, where debootstrap is: ``make try-dockerfile``. The
image it begins with is Debian with its own Python, made by debootstrap, in the place of Docker's.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support import ROOT

SUITE: Final = "bookworm"
PACKAGES: Final = "python3,python3-pip,python3-venv,ca-certificates"
TOOLS: Final = ("debootstrap", "unshare", "chroot")
MIRROR: Final = "http://deb.debian.org/debian"
SEARCHED: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FOR_PIP: Final = re.compile(r"PIP_|UV_|SSL_CERT|REQUESTS_CA|https?_proxy", re.IGNORECASE)
"""What this machine needs to reach a registry; steps of the build get it, the result does not."""


def missing() -> list[str]:
    """Return what this machine lacks to do this, as phrases."""
    lacks = [f"no {tool}" for tool in TOOLS if shutil.which(tool) is None]
    return lacks + ["not root"] * (os.geteuid() != 0)


def make_base(root: Path) -> None:
    """Make a root like ``python:slim``: one Python, named python, into which pip installs."""
    mirror = os.environ.get("DEBIAN_MIRROR", MIRROR)
    words = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root), mirror]
    subprocess.run(words, check=True, stdout=sys.stderr)
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()  # the image's own Python has no such


@dataclass
class Stage:
    """A stage of the Dockerfile: a root, and what its instructions have set so far."""

    root: Path
    folder: str = "/"
    user: str = "0:0"
    variables: dict[str, str] = field(default_factory=dict[str, str])
    arguments: dict[str, str] = field(default_factory=dict[str, str])
    entrypoint: tuple[str, ...] = ()

    def path(self, inside: str) -> Path:
        """Return where a path of the image lies; a relative one is below the working folder."""
        return self.root / str(Path(self.folder) / inside).lstrip("/")

    def run(
        self, words: Sequence[str], environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the root, which has /proc and /dev only as long as it runs."""
        mounts = 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && '
        enter = 'exec chroot --userspec="$2" "$1" sh -c \'cd "$0" && exec "$@"\' '
        script = mounts + enter + '"$3" "${@:4}"'
        inside = ["PATH", "HOME", *self.variables, *environment]
        given = {"PATH": SEARCHED, "HOME": "/root"}
        given |= environment | self.variables
        where = (str(self.root), self.user, self.folder)
        return subprocess.run(
            ["unshare", "--mount", "bash", "-c", script, "bash", *where, *words],
            env={name: given[name] for name in inside},
            check=False,
            text=True,
            stdout=subprocess.PIPE,
        )


class Build:
    """The Dockerfile's instructions, one after the other."""

    def __init__(self, folder: Path, pins: str) -> None:
        self._folder, self._pins = folder, pins
        self._base = folder / "base"
        self._stages: dict[str, Stage] = {}
        self.stage = Stage(self._base)

    def follow(self, text: str) -> Stage:
        """Carry all of them out; return the last stage."""
        make_base(self._base)
        joined = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.M))
        for line in filter(None, joined.splitlines()):
            print(f"  {line[:110]}", flush=True)
            word, _, rest = line.partition(" ")
            getattr(self, f"_{word.lower()}")(rest.strip())
        return self.stage

    def _from(self, rest: str) -> None:
        name = rest.partition(" AS ")[2] or "last"
        root = self._folder / name
        subprocess.run(["cp", "-a", "--reflink=auto", str(self._base), str(root)], check=True)
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        self.stage = self._stages[name] = Stage(root)

    def _arg(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        self.stage.arguments[name] = self._pins if name == "PINS" else value

    def _env(self, rest: str) -> None:
        for pair in shlex.split(self._expanded(rest)):
            name, _, value = pair.partition("=")
            self.stage.variables[name] = value

    def _workdir(self, rest: str) -> None:
        self.stage.folder = rest
        self.stage.path(".").mkdir(parents=True, exist_ok=True)

    def _user(self, rest: str) -> None:
        self.stage.user = rest

    def _copy(self, rest: str) -> None:
        *sources, target = self._expanded(rest).split()
        other = self._stages[sources.pop(0).partition("=")[2]] if "--from" in rest else None
        for source in sources:
            found = ROOT / source if other is None else other.path(source)
            into = self.stage.path(target)
            if found.is_dir():
                into.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-a", "-T", str(found), str(into)], check=True)
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(found, into)

    def _run(self, rest: str) -> None:
        with _reaching_registries(self.stage.root) as reach:
            words = ["/bin/sh", "-c", rest]
            done = self.stage.run(words, self.stage.arguments | reach)
        if done.returncode:
            raise SystemExit(f"{done.stdout}\nthis step failed with {done.returncode}: {rest}")

    def _entrypoint(self, rest: str) -> None:
        self.stage.entrypoint = tuple(json.loads(rest))

    def _cmd(self, rest: str) -> None:
        json.loads(rest)

    def _expanded(self, text: str) -> str:
        known = {"PATH": SEARCHED} | self.stage.arguments
        return re.sub(r"\$\{?(\w+)\}?", lambda found: known[found[1]], text)


@contextmanager
def _reaching_registries(root: Path) -> Generator[dict[str, str]]:
    """Lend a root this machine's certificates and pip's settings; yield their variables."""
    folder, settings = root / "lent", root / "etc/pip.conf"
    folder.mkdir()
    variables = {name: value for name, value in os.environ.items() if FOR_PIP.match(name)}
    for name, value in variables.items():
        if Path(value).is_file():
            shutil.copy(value, folder / name)
            variables[name] = f"/lent/{name}"
    if (ours := Path("/etc/pip.conf")).is_file():
        shutil.copy(ours, settings)
    try:
        yield variables
    finally:
        settings.unlink(missing_ok=True)
        shutil.rmtree(folder)


def try_dockerfile(pins: str, folder: Path) -> bool:
    """Build an image's root from these pins in a folder; return what its doctor says."""
    began_at = time.monotonic()
    stage = Build(folder, pins).follow((ROOT / "Dockerfile").read_text("utf-8"))
    home = {
        "HOME": "/home/colourway",
        "COLOURWAY_HOME": "/home/colourway/data",
        "COLOURWAY_CACHE": "/cache",
        "CELERY_BROKER_URL": os.environ.get("COLOURWAY_TEST_REDIS_URL", "redis://127.0.0.1:6379/0"),
        "DATABASE_URL": "sqlite:////home/colourway/colourway.db",
    }
    part = ["--part", "producer"] if pins == "producer" else []
    for words in (["--version"], ["db", "upgrade"], ["doctor", *part]):
        print(f"$ {' '.join([*stage.entrypoint, *words])}")
        done = stage.run([*stage.entrypoint, *words], home)
        print(done.stdout, end="", flush=True)
        if done.returncode:
            return False
    print(f"healthy, {time.monotonic() - began_at:.0f} s after the first step")
    return True


def main(arguments: Sequence[str]) -> int:
    """Try the pins that are named, else the producer's."""
    if lacks := missing():
        print(f"this cannot be tried here: {', '.join(lacks)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="colourway-image-") as folder:
        return int(not try_dockerfile(arguments[0] if arguments else "producer", Path(folder)))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
