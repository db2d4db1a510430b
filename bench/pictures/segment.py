"""What `segment` takes beside its network: canvas, thresholds, margins, islands; on one core."""

from collections.abc import Callable
from functools import partial
from time import perf_counter, thread_time
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.box import fit_box, part, subject_box
from worker.imaging.canvas import from_canvas, onto_canvas
from worker.imaging.islands import ISLAND, absorb_islands
from worker.imaging.palette import margin, nearest, paint_labels, threshold
from worker.imaging.regions import Mask, Pixels
from worker.lookbook.look import render
from worker.networks.pix2pix.generator import GeneratorConfig
from worker.stages.grey_fill import widen
from worker.stages.segment import read_painting

SIZES_HW: Final = ((834, 550), (1800, 1200))
ROUNDS: Final = 100
SPECKS: Final = 120  # about as many islands as a photo of the training split has, mostly tiny


def main() -> None:
    """Print milliseconds of each step and of the whole, for two sizes of photo."""
    cv2.setNumThreads(1)
    fitted = GeneratorConfig().size_hw
    for size_hw in SIZES_HW:
        photo, painting, visible = drawn(size_hw)
        box = subject_box(visible)
        fit = fit_box(box, fitted)
        canvas = onto_canvas(part(painting, box), fit)
        labels = nearest(painting) * visible.view(np.uint8)
        steps: dict[str, Callable[[], object]] = {
            "onto the canvas": partial(onto_canvas, part(photo, box), fit),
            "from the canvas": partial(from_canvas, canvas, fit),
            "read the painting": partial(read_painting, painting, visible),
            "  thresholds": partial(threshold, painting),
            "  nearest paint": partial(nearest, painting),
            "  margins": partial(margin, painting),
            "  islands": partial(absorb_islands, labels, visible, ISLAND * labels.size),
        }
        print(f"{size_hw[0]}x{size_hw[1]}{'fastest':>20}{'median':>10}{'CPU, median':>14}")
        total = np.zeros(3)
        for name, step in steps.items():
            taken = measure(step)
            total += taken if not name.startswith(" ") else 0
            print(f"  {name:20}{taken[0]:7.2f}{taken[1]:10.2f}{taken[2]:14.2f} ms")
        print(f"  {'together':20}{total[0]:7.2f}{total[1]:10.2f}{total[2]:14.2f} ms")
    print("Inset steps work on the whole photo; reading works on the part that holds the person.")


def drawn(size_hw: tuple[int, int]) -> tuple[Pixels, Pixels, Mask]:
    """A rendered photo, its painting, blurred and specked, and where a person is."""
    look = render(1, "figure")
    photo = cv2.resize(look.pixels, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_LINEAR)
    labels = cv2.resize(look.labels, size_hw[::-1], interpolation=cv2.INTER_NEAREST)
    person = labels > 0
    inside = np.argwhere(labels > 0)
    rng = np.random.default_rng(0)
    for y, x in inside[rng.integers(0, len(inside), SPECKS)]:
        side = int(rng.choice([2, 2, 2, 3, 5]))
        labels[y : y + side, x : x + side] = rng.integers(0, 4)
    painting = cv2.GaussianBlur(paint_labels(labels.astype(np.uint8)), (0, 0), 0.7)
    return photo.astype(np.uint8), painting.astype(np.uint8), widen(person)


def measure(step: Callable[[], object]) -> npt.NDArray[np.float64]:
    """Milliseconds of a step: the fastest round, the median, and the median of its CPU time.

    Beside other work the fastest round and the CPU time tell more than the median does.
    """
    times: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        cpu, started = thread_time(), perf_counter()
        step()
        times.append((perf_counter() - started, thread_time() - cpu))
    wall, cpu_times = np.array(times).T * 1000
    return np.array([wall.min(), np.median(wall), np.median(cpu_times)])


if __name__ == "__main__":
    main()
