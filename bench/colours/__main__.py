"""Print what is measured of colours, table by table.

usage: python -m bench.colours [NAME ...] [--training] [--renders N] [--misses PICTURE]

Without a name, all tables.
"""

import argparse
import importlib
import sys
import time
from pathlib import Path
from typing import Final

import cv2

from bench.colours.scope import Scope
from worker.imaging.contact_sheet import SUFFIXES

# Each is a module of this folder with a function ``table(scope)`` that prints it; the first line of
# its docstring is the title.
TABLES: Final = ("truth", "peers", "photos", "piece", "fast", "balance", "skin", "names")


def main() -> int:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.colours", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TABLES)}")
    parser.add_argument(
        "--training", action="store_true", help="training photos instead of the validation split"
    )
    parser.add_argument(
        "--renders", type=int, default=Scope.renders, metavar="N", help="garments to draw"
    )
    parser.add_argument(
        "--misses", type=Path, metavar="PICTURE", help="where `piece` draws what it has wrong"
    )
    words = parser.parse_args()
    if unknown := sorted(set(words.names) - set(TABLES)):
        parser.error(f"no table is called {', '.join(unknown)}; there are {', '.join(TABLES)}")
    if words.renders < 9:
        parser.error("--renders: at least 9, so that every kind and light is among them")
    if words.misses and words.misses.suffix not in SUFFIXES:
        parser.error(f"--misses: a file whose name ends in {' or '.join(SUFFIXES)}")
    # One core: a shop's worker takes several pictures at a time.
    cv2.setNumThreads(1)
    scope = Scope(words.training, words.renders, words.misses)
    for name in [name for name in TABLES if not words.names or name in words.names]:
        module = importlib.import_module(f"bench.colours.{name}")
        print(f"\n=== {name}: {(module.__doc__ or name).partition(chr(10))[0]}", flush=True)
        started = time.monotonic()
        module.table(scope)
        print(f"--- {name}: {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
