"""First rows: shows the first few of many rows, and counts all of them."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

Row = TypeVar("Row")

SHOWN: Final = 20
"""How many rows are shown, unless another number is given."""


class FirstRows(Generic[Row]):
    """Hears of rows one by one: call it with each.

    ``show`` is called for the first ``most`` of them, ``on_more`` once when there is one more.
    ``shown`` holds those that were shown, ``count`` the number of all.
    """

    def __init__(
        self,
        show: Callable[[Row], None],
        most: int = SHOWN,
        on_more: Callable[[], None] | None = None,
    ) -> None:
        self._show = show
        self._most = most
        self._on_more = on_more
        self.shown: list[Row] = []
        self.count = 0

    def __call__(self, row: Row) -> None:
        """Show a row if it is among the first, and count it."""
        self.count += 1
        if self.count <= self._most:
            self.shown.append(row)
            self._show(row)
        elif self.count == self._most + 1 and self._on_more is not None:
            self._on_more()

    @property
    def hidden(self) -> int:
        """How many rows were counted without being shown."""
        return self.count - len(self.shown)
