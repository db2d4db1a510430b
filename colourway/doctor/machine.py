"""The machine: how much memory there is, and whether the packages are those that are needed."""

import os
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from colourway.doctor.finding import HealthFinding, examine, ok, wrong
from shared.settings import Settings

LEAST_MEMORY_BYTES: Final = 2_000_000_000
"""The networks take 0.9 GB, and a large picture beside its copies as much again."""

CGROUP_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where a container finds its limit, by the second and the first version of control groups."""


def examine_memory(settings: Settings) -> Iterator[HealthFinding]:
    """Yield whether there is memory for a worker, and what ``COLOURWAY_MAX_MEMORY_BYTES`` says."""
    yield from examine("memory", "give this machine more memory", lambda: _memory(settings))


def examine_versions() -> Iterator[HealthFinding]:
    """Yield whether Python and the installed packages are those that this version needs."""
    yield from examine("versions", "install from requirements/, with hashes", _versions)


def _memory(settings: Settings) -> Iterator[HealthFinding]:
    there, whose = memory_bytes()
    says, most = f"{there / 1e9:.1f} GB ({whose})", settings.max_memory_bytes
    if there < LEAST_MEMORY_BYTES:
        yield wrong("memory", says, f"give a worker {LEAST_MEMORY_BYTES / 1e9:.0f} GB or more")
    elif most is not None and most > there:
        limit = f"{says}, and COLOURWAY_MAX_MEMORY_BYTES allows {most / 1e9:.1f} GB"
        yield wrong("memory", limit, "set it below that, or the kernel ends the worker first")
    elif most is not None:
        yield ok("memory", f"{says}; a worker's child may take {most / 1e9:.1f} GB")
    else:
        yield ok("memory", f"{says}; COLOURWAY_MAX_MEMORY_BYTES sets no limit of ours")


def memory_bytes() -> tuple[int, str]:
    """Return how much memory this process may take, and whose limit that is."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for file in CGROUP_LIMITS:
        try:
            limit = int(file.read_text("ascii"))
        except (OSError, ValueError):  # no such group, or "max"
            continue
        if limit < physical:
            return limit, "the container's limit"
    return physical, "the machine's"


def _versions() -> Iterator[HealthFinding]:
    mine = version("colourway")
    faults = [each for line in requires("colourway") or () if (each := fault_of(Requirement(line)))]
    python = ".".join(map(str, sys.version_info[:3]))
    if faults:
        yield wrong(
            "versions",
            f"colourway {mine} on Python {python}: {'; '.join(faults)}",
            "install again from requirements/, with hashes",
        )
    else:
        yield ok("versions", f"colourway {mine} on Python {python}, with what it needs")


def fault_of(needed: Requirement) -> str | None:
    """Return what is wrong with a package: another version, or a base package that is missing."""
    is_optional = needed.marker is not None and not needed.marker.evaluate({"extra": ""})
    try:
        found = version(needed.name)
    except PackageNotFoundError:
        return None if is_optional else f"{needed.name} is missing"
    if needed.specifier.contains(found, prereleases=True):
        return None
    return f"{needed.name} is {found}, not {needed.specifier}"
