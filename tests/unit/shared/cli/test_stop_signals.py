"""Stop signals: heard while the block lasts, and not longer."""

import signal

from shared.cli.stop_signals import handle_stop_signals


def test_both_signals_are_handled_and_the_earlier_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    heard: list[int] = []
    with handle_stop_signals(heard.append):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert heard == [signal.SIGTERM, signal.SIGINT]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
