"""Reading ahead: the next rows of a feed are read while the last ones are written."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from threading import Event, Thread
from typing import Final, TypeVar

ROWS_AT_ONCE: Final = 100
"""How many rows are handed over at a time: each time costs two threads a moment."""

MAX_QUEUE_DEPTH: Final = 10
"""How often that may be before the reader waits; what waits is kept in memory."""

T = TypeVar("T")
_Waiting = Queue[list[T] | Exception | None]


@contextmanager
def reading_ahead(rows: Iterable[T]) -> Generator[Iterator[T]]:
    """Read rows in a thread while the block runs; give them, in their order, to the block.

    What reading raises is raised behind the rows that came before. The thread has ended when the
    block has, so it must be able to end: reading may not wait for somebody to type.
    """
    waiting: _Waiting[T] = Queue(MAX_QUEUE_DEPTH)
    ended = Event()
    thread = Thread(target=_read, args=(rows, waiting, ended), name="reader", daemon=True)
    thread.start()
    try:
        yield _unpack(waiting)
    finally:
        ended.set()
        while thread.is_alive():  # it may stand before a full queue
            with suppress(Empty):
                waiting.get(timeout=0.01)


def _read(rows: Iterable[T], waiting: _Waiting[T], ended: Event) -> None:
    piece: list[T] = []
    end: Exception | None = None
    try:
        for row in rows:
            piece.append(row)
            if len(piece) == ROWS_AT_ONCE:
                waiting.put(piece)
                piece = []
                if ended.is_set():
                    return
    except Exception as error:  # noqa: BLE001 - for the other thread to raise
        end = error
    waiting.put(piece)
    waiting.put(end)


def _unpack(waiting: _Waiting[T]) -> Iterator[T]:
    while (piece := waiting.get()) is not None:
        if isinstance(piece, Exception):
            raise piece
        yield from piece
