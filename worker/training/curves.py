"""Pictures of a training: curves of its metrics, samples of its validation."""

import json
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from matplotlib.figure import Figure

from worker.imaging.canvas import make_fit, onto_canvas
from worker.imaging.regions import Pixels

A_ROW: Final = 8


def draw_curves(metrics: Path, target: Path) -> None:
    """Draw losses and validation figures of a metrics file (JSON lines) over steps as PNG."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in metrics.read_text().splitlines()]
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, group in zip(figure.subplots(1, 2), ("losses", "validation"), strict=True):
        named = [row for row in rows if row[group]]
        for name in named[-1][group] if named else []:
            points = [(row["step"], row[group][name]) for row in named if name in row[group]]
            axes.plot(*zip(*points, strict=True), label=name)
        axes.set(title=group, xlabel="step")
        axes.grid(alpha=0.3)
        if named:
            axes.legend(fontsize=7)
    figure.savefig(target, dpi=110)


def draw_samples(pictures: list[Pixels], target: Path, height: int = 384) -> None:
    """Lay pictures, RGB uint8, side by side in rows of eight and write them as PNG."""
    tiles = [onto_canvas(p, make_fit(p.shape[:2], (height, height * 2 // 3))) for p in pictures]
    rows = [tiles[i : i + A_ROW] for i in range(0, len(tiles), A_ROW)]
    blank = np.zeros((height, height * 2 // 3, 3), np.uint8)
    sheet = np.vstack([np.hstack(row + [blank] * (A_ROW - len(row))) for row in rows])
    cv2.imwrite(str(target), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
