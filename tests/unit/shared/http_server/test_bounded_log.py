"""Lines that pass, and how many were left out, by a clock of the test's own."""

import logging

import structlog

from shared.http_server.bounded_log import MOST_KINDS, BoundedLog
from tests.unit.shared.http_server.test_rate_limit import Clock


def line(text: object, level: int = logging.WARNING, name: str = "a") -> logging.LogRecord:
    return logging.LogRecord(name, level, "file.py", 1, text, (), None)


def test_ten_of_a_kind_a_minute_and_the_next_says_how_many_were_left_out() -> None:
    clock = Clock()
    bounded = BoundedLog(clock)
    assert [bounded.filter(line("refused")) for _ in range(15)] == [True] * 10 + [False] * 5
    assert bounded.filter(line("another kind"))
    assert bounded.filter(line("refused", name="b"))
    clock.now += 59
    assert not bounded.filter(line("refused"))
    clock.now += 1
    told = line("refused")
    assert bounded.filter(told)
    assert told.__dict__["left_out"] == 6
    told = line("refused")
    assert bounded.filter(told)
    assert "left_out" not in told.__dict__


def test_lines_of_structlog_are_known_by_their_event() -> None:
    clock = Clock()
    bounded = BoundedLog(clock)
    passed = [bounded.filter(line({"event": "refused", "client": n})) for n in range(11)]
    assert passed == [True] * 10 + [False]
    clock.now += 60
    told = line({"event": "refused", "client": 11})
    assert bounded.filter(told)
    assert told.msg == {"event": "refused", "client": 11, "left_out": 1}


def test_what_is_no_warning_passes() -> None:
    bounded = BoundedLog(Clock())
    assert all(bounded.filter(line("upload event", logging.INFO)) for _ in range(1000))


def test_kinds_are_bounded_as_well() -> None:
    """A text that holds what a stranger sent is a kind of its own each time."""
    clock = Clock()
    bounded = BoundedLog(clock)
    passed = [bounded.filter(line(f"no such thing: {number}")) for number in range(1000)]
    assert passed.count(True) == MOST_KINDS + 10
    clock.now += 60
    assert bounded.filter(line("no such thing: 1000"))
    assert bounded.filter(line("no such thing: 1001"))


def test_it_holds_for_a_real_logger_of_structlog() -> None:
    seen: list[object] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.msg)

    logger = logging.getLogger("tests.bounded")
    bounded, handler = BoundedLog(Clock()), Handler()
    logger.setLevel(logging.INFO)
    logger.addFilter(bounded)
    logger.addHandler(handler)
    try:
        log = structlog.wrap_logger(
            logger,
            processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.stdlib.BoundLogger,
        )
        for number in range(12):
            log.warning("refused", number=number)
    finally:
        logger.removeFilter(bounded)
        logger.removeHandler(handler)
    assert len(seen) == 10
