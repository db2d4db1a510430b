"""Starting a decoder's interpreter, with nothing of what the worker holds."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from worker.stages.decoder.shared_pixels import SharedPixels

_HANDED_ON: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")
"""What the interpreter may need of the environment to find its libraries."""

_OWN: Final = {
    "MALLOC_ARENA_MAX": "1",  # arenas are address space, of which there is a limit
    # What pictures of usual sizes took stays for the next: fresh pages cost a tenth of decoding.
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def start_interpreter(shared: SharedPixels, memory_bytes: int) -> subprocess.Popen[bytes]:
    """Start a decoder that shares this memory, and whose pictures may take so many bytes.

    A new interpreter: a fork of a process with threads, TensorFlow's among them, may stand still,
    and would hold all that the worker holds. A session of its own: Ctrl-C is not for it.
    """
    numbers = map(str, (shared.fd, shared.size, memory_bytes))
    return subprocess.Popen(  # noqa: S603  # no picture has a say in it
        [sys.executable, "-P", "-s", "-m", "worker.stages.decoder.serve", *numbers],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        close_fds=True,
        pass_fds=(shared.fd,),
        env=_environment(),
        cwd="/",
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Return the whole environment of a decoder: no secret, nothing that a picture could use."""
    kept = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    paths = [str(Path(path).absolute()) for path in sys.path]
    return kept | _OWN | {"PYTHONPATH": os.pathsep.join(paths)}
