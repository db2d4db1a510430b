"""Log lines of native libraries are dropped, and shown when something fails."""

import os

import pytest

from colourway.stderr_capture import captured_stderr, own_stderr


def test_without_an_error_nothing_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with captured_stderr():
        os.write(2, b"a native log line\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_with_an_error_everything_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), captured_stderr():
        os.write(2, b"the reason\n")
        raise ValueError("broken")
    assert capfd.readouterr().err == "the reason\n"


def test_an_own_stream_is_not_captured(capfd: pytest.CaptureFixture[str]) -> None:
    with own_stderr() as mine, captured_stderr():
        print("progress", file=mine)
    assert capfd.readouterr().err == "progress\n"
