"""What became of each picture, counted for the metrics."""

from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import JobState
from shared.contracts.results import PictureResult, Region
from shared.contracts.stages import Code
from shared.errors import StageError
from shared.metrics import counting


def count_outcome(state: JobState, outcome: PictureResult | StageError | Unchanged | None) -> None:
    """Count an outcome by the state in which it left its job; None means that the lease was lost.

    A picture that was done counts with the family of its garment's main colour, too.
    """
    if isinstance(outcome, PictureResult):
        counting.picture_ended(state, Code.OK)
        shades = outcome.shades.get(Region.CLOTHES, ())
        counting.garment_found(shades[0].family if shades else None)
    elif isinstance(outcome, StageError):
        counting.picture_ended(state, outcome.code)
    elif isinstance(outcome, Unchanged):
        counting.picture_ended(state, Code.UNCHANGED)
    else:
        counting.lease_lost()
