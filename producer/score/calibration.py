"""Calibration: whether answers are right as often as their confidence says."""

from collections.abc import Sequence

from producer.score.spool import ConfidenceBin


def calibration_error(bins: Sequence[ConfidenceBin]) -> float | None:
    """Return the expected calibration error, 0..1; None without any answers.

    It is the distance between the mean confidence and the part that is right, averaged over the
    bins by how many answers they hold. Source: Naeini, Cooper and Hauskrecht, AAAI 2015.
    """
    answers = sum(each.strict.of for each in bins)
    if not answers:
        return None
    return sum(abs(each.strict.of * each.mean - each.strict.hits) for each in bins) / answers
