"""The exit codes of every command."""

from typing import Final

EXIT_FAILED: Final = 1
"""It failed, or a check found something; standard error says what."""

EXIT_USAGE: Final = 2
"""Wrong usage or settings."""

EXIT_UNFINISHED: Final = 3
"""Stopped before the end: the same command goes on."""

EXIT_INTERRUPTED: Final = 130
"""Interrupted by Ctrl-C or SIGTERM."""

EXIT_CODES: Final = (
    "Exit codes: 0 success; 1 failure, explained on standard error; 2 wrong usage or settings; "
    "3 stopped before the end, run the same command again to continue; 130 interrupted."
)
"""What the help page says of them."""
