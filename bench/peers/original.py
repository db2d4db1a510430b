"""Drives the original Mask R-CNN, which runs in an environment and a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.lookbook.look import render

FOLDER: Final = Path(__file__).parent / "mrcnn"
ENVIRONMENT: Final = Path(".venv-mrcnn")
CACHE: Final = Path("runs/parity")
"""Weights, pictures and stages, some gigabytes; ignored by git."""


@dataclass(frozen=True)
class Case:
    """One network at one size."""

    backbone: str
    size: int
    classes: int
    min_score: float = 0.0

    @property
    def words(self) -> list[str]:
        """What tells the original which network is meant."""
        pairs = {
            "--backbone": self.backbone,
            "--classes": self.classes,
            "--size": self.size,
            "--min-score": self.min_score,
            "--weights": self.weights,
        }
        return [str(word) for pair in pairs.items() for word in pair]

    @property
    def weights(self) -> Path:
        """Random weights, made by the original on first use."""
        path = CACHE / f"{self.backbone}-{self.classes}.h5"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            words = ["--backbone", self.backbone, "--classes", str(self.classes)]
            call("weights", *words, "--out", str(path))
        return path


def call(*words: str, environment: dict[str, str] | None = None) -> str:
    """Run one subcommand of the original's side; gives what it printed.

    ``environment`` is set for it besides ours.

    Raises:
        SystemExit: it failed; its own words stand on standard error.
    """
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        sys.exit(f"{python} is missing; `make parity` makes it")
    done = subprocess.run(
        [str(python), str(FOLDER / "original.py"), *words],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | (environment or {}),
    )
    if done.returncode:
        sys.exit(f"the original failed at {' '.join(words)}:\n{done.stderr[-4000:]}")
    return done.stdout


def draw_pictures(size: int, count: int) -> Path:
    """A folder of drawn people, PNG of ``size`` x ``size`` pixels."""
    folder = CACHE / f"pictures-{size}"
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(count):
        path = folder / f"{seed}.png"
        if not path.exists():
            pixels = render(seed, "figure", size_hw=(size, size)).pixels
            cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return folder


def read_pictures(folder: Path) -> npt.NDArray[np.uint8]:
    """All pictures of a folder in the original's order, RGB uint8 (N, size, size, 3)."""
    read = [cv2.imread(str(path), cv2.IMREAD_COLOR_RGB) for path in sorted(folder.glob("*.png"))]
    return np.array(read, np.uint8)


def stages(
    case: Case, pictures: Path, environment: dict[str, str] | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Every stage of every picture in the original, by ``p{index}/{stage}``."""
    out = CACHE / "stages.npz"
    words = [*case.words, "--pictures", str(pictures), "--out", str(out)]
    call("run", *words, environment=environment)
    with np.load(out) as archive:
        found = {name: archive[name] for name in archive.files}
    out.unlink()
    return found


def time(case: Case, pictures: Path, rounds: int) -> dict[str, Any]:
    """Seconds a picture of the original, as its side reports them."""
    words = [*case.words, "--pictures", str(pictures), "--rounds", str(rounds), "--json"]
    return json.loads(call("time", *words))
