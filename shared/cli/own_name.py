"""The command as whoever types it has to: `colourway` where a shell finds it, else its path."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

NAME: Final = "colourway"


def own_name() -> str:
    """Return what a message should write in front of a command's words.

    After `make demo` no shell knows `colourway`: it lies in `.venv/bin`.
    """
    called = Path(sys.argv[0])
    if called.name != NAME:  # begun otherwise, for instance by `python -m`
        return NAME
    found = shutil.which(NAME)
    if found is not None and Path(found).absolute() == called.absolute():
        return NAME
    below = os.path.relpath(called)
    return shlex.quote(str(called) if below.startswith("..") else below)
