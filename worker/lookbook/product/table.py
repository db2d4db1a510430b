"""Table: where a packshot's product lies, with its own measures from -1 to 1."""

import numpy as np

from worker.lookbook.canvas import Canvas
from worker.lookbook.cloth import Layer
from worker.lookbook.outline import Point, Points, point, spline


class Table:
    """Places a product drawn in its own measures (-1..1) in the middle of the canvas."""

    def __init__(self, canvas: Canvas, layer: Layer, half: float) -> None:
        height, width = canvas.size_hw
        self.canvas, self.layer, self.half = canvas, layer, half
        self.centre = point(width / 2, height / 2)

    def at(self, x: float, y: float) -> Point:
        """A point of the product's own measures in pixels."""
        return self.centre + point(x * self.half, y * self.half)

    def curve(self, *places: tuple[float, float]) -> Points:
        """A smooth open line through places in the product's own measures."""
        return spline([self.at(x, y) for x, y in places])

    def straight(self, *places: tuple[float, float]) -> Points:
        """A line with corners through places in the product's own measures."""
        return np.array([self.at(x, y) for x, y in places])

    def seam(
        self, *places: tuple[float, float], strength: float = 0.2, width: float = 0.02
    ) -> None:
        """A dark seam on the product."""
        self.canvas.stroke(self.curve(*places), width, strength, self.layer.part)
