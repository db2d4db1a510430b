"""The original Mask R-CNN as a peer to compare with; runs in the environment of setup.sh.

The result goes to standard output or into the file named, everything else to standard error.
"""

import argparse
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import compat
import network
import numpy as np
import pictures
import stages
import timing
import weights

FOLDER = "where the pictures are: PNG files of that very size, taken in the order of their names"


def main(words: list[str]) -> int:
    """Run one subcommand; 1 when it cannot, with the reason on standard error."""
    arguments = command_line().parse_args(words)
    # The original and TensorFlow print as they go; only the result belongs on standard output.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            result: str = arguments.run(arguments)
        except (OSError, RuntimeError, ValueError) as error:
            print(f"original.py {arguments.command}: {error}", file=sys.stderr)
            return 1
    print(result)
    return 0


def command_line() -> argparse.ArgumentParser:
    """Return the parser of all subcommands."""
    whole = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    commands = whole.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def command(name: str, run: Callable[[Any], str], title: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=title, description=title, allow_abbrev=False)
        added.set_defaults(run=run)
        added.add_argument("--backbone", choices=("resnet50", "resnet101"), required=True)
        added.add_argument(
            "--classes", type=at_least(2), required=True, help="how many, background included"
        )
        return added

    def filled(name: str, run: Callable[[Any], str], title: str) -> argparse.ArgumentParser:
        added = command(name, run, title)
        added.add_argument("--weights", type=Path, required=True, metavar="FILE.h5")
        added.add_argument(
            "--size", type=side, required=True, help="height and width, a multiple of 64"
        )
        added.add_argument(
            "--min-score", type=float, default=0.7, help="least score of a detection (0.7)"
        )
        return added

    make = command("weights", run_weights, "write random, tame weights in the original's layout")
    make.add_argument("--seed", type=int, default=0, help="other seed, other weights (0)")
    make.add_argument("--out", type=Path, required=True, metavar="FILE.h5")

    run = filled("run", run_run, "write what each picture becomes, stage by stage")
    run.add_argument("--pictures", type=Path, required=True, metavar="FOLDER", help=FOLDER)
    run.add_argument("--out", type=Path, required=True, metavar="FILE.npz")

    time = filled("time", run_time, "time detect() and the bare predict(), one picture at a time")
    time.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help=f"{FOLDER} (without it, one is drawn)"
    )
    time.add_argument(
        "--rounds", type=at_least(1), default=5, help="rounds, after one that warms up (5)"
    )
    time.add_argument("--json", action="store_true", help="print one line of JSON")
    return whole


def at_least(low: int) -> Callable[[str], int]:
    """Return a reader of whole numbers that are not below a limit."""

    def whole_number(text: str) -> int:
        if int(text) < low:
            raise argparse.ArgumentTypeError(f"{text} is less than {low}")
        return int(text)

    return whole_number


def side(text: str) -> int:
    """Read a picture's side: five halvings and a pyramid level more must come out even."""
    if int(text) < 64 or int(text) % 64:
        raise argparse.ArgumentTypeError(f"{text} is no multiple of 64")
    return int(text)


def run_weights(arguments: Any) -> str:
    """Write the weights; return the file's path."""
    original = compat.load()
    weights.save(original, arguments.backbone, arguments.classes, arguments.seed, arguments.out)
    return str(arguments.out)


def run_run(arguments: Any) -> str:
    """Write the stages; return the file's path."""
    shown = pictures.read(arguments.pictures, arguments.size)
    original, peer = ready(arguments)
    stages.save(original, peer, shown, arguments.out)
    return str(arguments.out)


def run_time(arguments: Any) -> str:
    """Return the times, as text or as JSON."""
    if arguments.pictures:
        shown = list(pictures.read(arguments.pictures, arguments.size).values())
    else:
        shown = [pictures.draw(arguments.size, np.random.default_rng(0))]
    _, peer = ready(arguments)
    return timing.told(timing.seconds(peer, shown, arguments.rounds), arguments.json)


def ready(arguments: Any) -> tuple[compat.Original, Any]:
    """Return the original, and its network with the weights loaded."""
    original = compat.load()
    peer = network.build(
        original, arguments.backbone, arguments.classes, arguments.size, arguments.min_score
    )
    network.fill(peer, arguments.weights)
    return original, peer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
