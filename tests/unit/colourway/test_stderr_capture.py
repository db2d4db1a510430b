"""Native chatter is swallowed, and comes out when something goes wrong."""

import os

import pytest

from colourway.stderr_capture import captured_stderr, own_stderr


def test_what_is_said_on_the_way_is_swallowed(capfd: pytest.CaptureFixture[str]) -> None:
    with captured_stderr():
        os.write(2, b"native chatter\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_with_an_error_everything_comes_out(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), captured_stderr():
        os.write(2, b"the reason\n")
        raise ValueError("broken")
    assert capfd.readouterr().err == "the reason\n"


def test_a_stream_of_ones_own_is_not_hushed(capfd: pytest.CaptureFixture[str]) -> None:
    with own_stderr() as mine, captured_stderr():
        print("progress", file=mine)
    assert capfd.readouterr().err == "progress\n"
