"""Names for how a process ended, as labels of metrics and in messages."""

import signal


def name_of_exit(status: int) -> str:
    """Return the name of the signal that ended a process, or ``exit_`` and its own exit code.

    >>> name_of_exit(-9), name_of_exit(3)
    ('SIGKILL', 'exit_3')
    """
    if status >= 0:
        return f"exit_{status}"
    try:
        return signal.Signals(-status).name
    except ValueError:  # a real-time signal
        return f"signal_{-status}"
