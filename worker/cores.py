"""How many cores this process may use: what it is bound to, and what a container allows it."""

import os
from math import ceil
from pathlib import Path, PurePosixPath
from typing import Final

OWN_GROUP: Final = Path("/proc/self/cgroup")
GROUPS: Final = Path("/sys/fs/cgroup")
"""Where Linux tells of control groups, version 2, by which containers and services are limited."""


def usable_cores() -> int:
    """How many cores this process may use, 1 or more.

    A container that may use two of sixty-four cores sees all of them: threads for each would only
    stand in each other's way, until the kernel lets none of them run for a while.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(bound or 1, quota(OWN_GROUP, GROUPS) or bound or 1))


def quota(own_group: Path, groups: Path) -> int | None:
    """How many cores the process's group and those above it allow, rounded up; None: any number.

    Args:
        own_group: tells the group; its line of version 2 is ``0::/path``.
        groups: the folder of all groups, each with ``cpu.max``: microseconds of processor time, or
            ``max``, and of the period that they are for.
    """
    try:
        lines = own_group.read_text("utf-8").splitlines()
        (path,) = (line.removeprefix("0::") for line in lines if line.startswith("0::"))
    except (OSError, ValueError):  # not Linux, or version 1 alone
        return None
    group = PurePosixPath("/", path).relative_to("/")
    allowed = [_allowed(groups / each / "cpu.max") for each in (group, *group.parents)]
    return min((cores for cores in allowed if cores is not None), default=None)


def _allowed(limit: Path) -> int | None:
    try:
        spent_us, period_us = limit.read_text("utf-8").split()
        return ceil(int(spent_us) / int(period_us))
    except (OSError, ValueError, ZeroDivisionError):  # no limit, which is called max
        return None
