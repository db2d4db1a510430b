"""Time of stages, and the one error that a stage may raise."""

from collections.abc import Generator
from contextlib import contextmanager
from time import perf_counter

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.metrics.counting import stage_timed
from shared.tracing.spans import span


@contextmanager
def timed(timings_ms: dict[str, float], stage: Stage) -> Generator[None]:
    """Time a stage, and give an error that it did not foresee the stage's name.

    Args:
        timings_ms: gets the stage's milliseconds, unless it failed.
        stage: what the ``with`` block does.

    Raises:
        StageError: the block's own; or ``internal_error`` for anything else that it raised.
    """
    started = perf_counter()
    try:
        with stage_timed(stage), span(stage.value):
            yield
    except StageError:
        raise
    except Exception as error:
        message = f"{type(error).__name__}: {error}"[:500]
        raise StageError(stage, Code.INTERNAL_ERROR, message, retry=True) from error
    timings_ms[stage] = round((perf_counter() - started) * 1000, 2)
