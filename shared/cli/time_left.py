"""The time that a bar's work will still take, as far as that is known."""

from datetime import timedelta

from rich.progress import ProgressColumn, Task
from rich.text import Text


class TimeLeftColumn(ProgressColumn):
    """``0:01:20 left``; nothing before the pace is known, without a total, and at the end."""

    max_refresh = 0.5  # seconds: a guess that changes all the time cannot be read

    def render(self, task: Task) -> Text:
        """Return what is shown of a task."""
        return Text(time_left(task), style="dim")


def time_left(task: Task) -> str:
    """Say how long a task will still take; nothing where that is not known."""
    seconds = None if task.total is None or task.finished else task.time_remaining
    return f"{timedelta(seconds=round(seconds))} left" if seconds else ""
