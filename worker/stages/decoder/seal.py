"""Sealing a decoder off: no file, no socket, no other process, and so much memory.

Limits that every system has come first: with ``RLIMIT_NOFILE`` at zero nothing can be opened,
connected or duplicated, and what is open stays open. On Linux a seccomp filter allows what decoding
needs and nothing else, so that no other process can be reached either.
"""

import ctypes
import errno
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_KILL_ME_FIRST: Final = "1000"

_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000
_ALL_THREADS: Final = 4  # SCMP_FLTATR_CTL_TSYNC
_EQUAL, _EQUAL_UNDER_MASK = 4, 7
_CLONE_THREAD: Final = 0x10000

# What is open: two pipes and the shared memory; then memory, threads, signals, clocks.
_ALLOWED: Final = (
    *("read", "write", "close", "lseek", "fstat", "newfstatat"),
    *("mmap", "munmap", "mremap", "mprotect", "madvise", "brk"),
    *("futex", "sched_yield", "sched_getaffinity", "getcpu", "set_robust_list", "rseq"),
    *("membarrier", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    *("setitimer", "restart_syscall", "clock_gettime", "clock_nanosleep", "nanosleep"),
    *("gettimeofday", "getrusage", "times", "getpid", "gettid", "getrandom", "sysinfo", "uname"),
    *("prlimit64", "getrlimit", "setrlimit", "exit", "exit_group"),
)


class _SyscallArgument(ctypes.Structure):
    """``struct scmp_arg_cmp``: how an argument of a system call must be."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


def seal() -> tuple[str, ...]:
    """Seal this process off for good, as far as the system allows.

    Whatever it needs must be imported and opened before.

    Returns:
        What could not be had, each as a phrase; nothing where all could.
    """
    lacks: list[str] = []
    with suppress(OSError):  # not allowed: then a machine short of memory chooses by itself
        Path("/proc/self/oom_score_adj").write_text(_KILL_ME_FIRST)
    # The worker's own limit of data does not fit this process, which has one of its own.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    filtered = _load_filter()  # opens the library
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    reason = filtered()
    if reason is not None:
        lacks.append(f"seccomp ({reason})")
    return tuple(lacks)


def _load_filter() -> Callable[[], str | None]:
    """Return what puts the filter in force, and says why where it cannot."""
    if sys.platform != "linux":
        return lambda: "there is none on this system"
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return lambda: "libseccomp.so.2 is not installed"
    return lambda: _filter(library)


def _filter(library: Any) -> str | None:
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_REFUSE | errno.EPERM)))
    if not rules:
        return "libseccomp does not work"
    try:
        for name in _ALLOWED:
            _rule(library, rules, _ALLOW, name)
        # A thread is no process; a decoder's own signals are those that abort() sends.
        thread = _SyscallArgument(0, _EQUAL_UNDER_MASK, _CLONE_THREAD, _CLONE_THREAD)
        _rule(library, rules, _ALLOW, "clone", thread)
        _rule(library, rules, _REFUSE | errno.ENOSYS, "clone3")  # C libraries then take clone
        _rule(library, rules, _ALLOW, "tgkill", _SyscallArgument(0, _EQUAL, os.getpid(), 0))
        library.seccomp_attr_set(rules, _ALL_THREADS, ctypes.c_uint32(1))
        error = library.seccomp_load(rules)
        return os.strerror(-error) if error else None
    finally:
        library.seccomp_release(rules)


def _rule(library: Any, rules: Any, action: int, name: str, *how: _SyscallArgument) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    array = (_SyscallArgument * len(how))(*how) if how else None
    # One that this processor does not know is refused by no rule, and by every other.
    library.seccomp_rule_add_array(rules, ctypes.c_uint32(action), number, len(how), array)
