"""A quorum queue of RabbitMQ whose process stands still, as on a machine that is too busy."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def paused_queue(url: str, queue: str) -> Generator[None]:
    """Have a queue of this URL's virtual host take in nothing; what it is sent waits until then."""
    process = f"whereis('{url.rpartition('/')[2]}_{queue}')"
    _evaluate(f"sys:suspend({process}).")
    try:
        yield
    finally:
        _evaluate(f"sys:resume({process}).")


def _evaluate(expression: str) -> None:
    subprocess.run(
        ["rabbitmqctl", "eval", expression], check=True, timeout=120, capture_output=True, text=True
    )
