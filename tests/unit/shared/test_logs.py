"""One line an event: JSON for machines, words for people, no secrets in either."""

import io
import json
import logging

import pytest
import structlog

from shared.logs import set_up_logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def fail_with_a_secret() -> None:
    password = "hunter2"
    raise RuntimeError(f"cannot log in with {len(password)} letters")


def test_json_lines_carry_the_event_and_its_words() -> None:
    out = io.StringIO()
    set_up_logs("auto", stream=out)

    structlog.get_logger("worker.runtime.runner").warning(
        "picture put off", job_id=7, stage="fetch"
    )

    line = json.loads(out.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "picture put off",
        "job_id": 7,
        "stage": "fetch",
        "level": "warning",
        "logger": "worker.runtime.runner",
    }


def test_other_libraries_come_out_in_the_same_form() -> None:
    out = io.StringIO()
    set_up_logs("json", stream=out)

    logging.getLogger("celery.worker").info("%s ready", "worker-1")
    logging.getLogger("celery.worker").debug("not worth a line")

    (line,) = map(json.loads, out.getvalue().splitlines())
    assert (line["event"], line["logger"], line["level"]) == (
        "worker-1 ready",
        "celery.worker",
        "info",
    )


def test_a_terminal_gets_words() -> None:
    out = Terminal()
    set_up_logs("auto", stream=out)

    structlog.get_logger().info("enqueued", products=12)

    assert "enqueued" in out.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(out.getvalue())


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_tracebacks_are_told_without_local_variables(log_format) -> None:
    out = io.StringIO()
    set_up_logs(log_format, stream=out)

    try:
        fail_with_a_secret()
    except RuntimeError:
        structlog.get_logger().exception("broken")

    assert "cannot log in with 7 letters" in out.getvalue()
    assert "fail_with_a_secret" in out.getvalue()
    assert "hunter2" not in out.getvalue()


def test_setting_up_again_replaces() -> None:
    first, second = io.StringIO(), io.StringIO()
    log = structlog.get_logger("early")
    set_up_logs("json", stream=first)
    log.info("one")
    set_up_logs("json", level="ERROR", stream=second)
    log.info("two")
    log.error("three")

    assert [json.loads(line)["event"] for line in first.getvalue().splitlines()] == ["one"]
    assert [json.loads(line)["event"] for line in second.getvalue().splitlines()] == ["three"]


def test_words_bound_to_a_context_go_along() -> None:
    out = io.StringIO()
    set_up_logs("json", stream=out)

    with structlog.contextvars.bound_contextvars(job_id=9):
        structlog.get_logger().info("inside")
    structlog.get_logger().info("outside")

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line.get("job_id") for line in lines] == [9, None]


LINE_END = "\n"
STEERING = ["\x00", "\x07", "\x1b[2J", "\r", "\n", "\x7f", "\x85", "\x9b31m", "\u202e", "\u2066"]


@pytest.mark.parametrize("tty", [False, True])
def test_nothing_steers_the_terminal_that_a_console_log_goes_to(tty: bool) -> None:
    plain, out = (Terminal() if tty else io.StringIO() for _ in range(2))
    everything = "".join(STEERING)
    for stream, extra in ((plain, ""), (out, everything)):
        set_up_logs("console", stream=stream)
        log = structlog.get_logger("shop")
        log.warning(f"a{extra}b", **{f"k{extra}": f"v{extra}w", "deep": [{"x": f"y{extra}"}]})
        logging.getLogger("other").warning("sku %s", f"A{extra}")
        try:
            raise ValueError(f"c{extra.replace(LINE_END, '')}")
        except ValueError:
            log.exception("broken")

    # Structlog's own colours may be there; what came with the text may not.
    def steering(text: str) -> int:
        return sum(not letter.isprintable() for letter in text)

    assert steering(out.getvalue()) == steering(plain.getvalue())
    assert "\\x1b[2J" in out.getvalue()
    assert len(out.getvalue().splitlines()) == len(plain.getvalue().splitlines())


def test_a_traceback_keeps_its_lines_and_none_passes_for_another() -> None:
    out = io.StringIO()
    set_up_logs("console", stream=out)
    try:
        raise ValueError("one\n2026-11-28T22:00:00Z [info     ] all is well")
    except ValueError:
        structlog.get_logger().exception("broken")
    lines = out.getvalue().splitlines()
    assert len(lines) > 4
    assert lines[-2:] == ["  ValueError: one", "  2026-11-28T22:00:00Z [info     ] all is well"]


def test_debug_is_for_lines_of_our_own() -> None:
    out = io.StringIO()
    set_up_logs("json", level="debug", stream=out)

    structlog.get_logger("worker.runtime.work_log").debug("picture done")
    logging.getLogger("botocore.auth").debug("the string to sign")
    logging.getLogger("celery.app.trace").info("Task colourway.dispatch[…] succeeded")

    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["picture done"]
