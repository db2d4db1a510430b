"""Stop signals: what SIGINT (Ctrl-C) and SIGTERM do while a command works."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Event

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def handle_stop_signals(handle: Callable[[int], None]) -> Generator[None]:
    """Call ``handle`` with the number of each stop signal, until the block ends.

    Only the main thread may use this. The earlier handlers are put back at the end.
    """

    def on_signal(number: int, _frame: object) -> None:
        handle(number)

    before = {number: signal.signal(number, on_signal) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stop_on_signal(stop: Event, on_stop: Callable[[], None]) -> Generator[None]:
    """Let the first stop signal set ``stop`` and call ``on_stop``; a second Ctrl-C interrupts."""

    def handle(number: int) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()
        on_stop()

    with handle_stop_signals(handle):
        yield
