"""What a run says of pictures that failed, now or before."""

from pathlib import Path

import pytest

from colourway.embedded import Work
from colourway.feed_run import Finished
from colourway.picture_report import Summary
from colourway.run_summary import failed_lines
from producer.enqueue.enqueue import Enqueued
from shared.contracts.jobs import JobState


def finished(*, failed: int, quarantined: int = 0, now: int = 0) -> Finished:
    states = {JobState.DONE: 5, JobState.FAILED: failed, JobState.QUARANTINED: quarantined}
    return Finished(Enqueued(), Work(failed=now), Summary(9, states, {}, {}, {}), ())


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (finished(failed=1, now=1), "1 picture failed"),
        (
            finished(failed=2, quarantined=1),
            "3 pictures failed in an earlier run, and such are not tried again",
        ),
        (
            finished(failed=1_200, now=1),
            "1,199 pictures failed in an earlier run, and such are not tried again; "
            "1 picture failed now",
        ),
    ],
)
def test_how_many_failed_and_when(run: Finished, told: str) -> None:
    assert failed_lines(run, "default", None) == [
        told,
        "next: the same command with --retry-failed tries them once more; `colourway failures "
        "--out failed.csv` writes them, with the reasons, as a feed to correct",
    ]


def test_the_command_names_catalogue_and_home() -> None:
    told = failed_lines(finished(failed=1), "my shop", Path("/data/x y"))[1]
    assert (
        "`COLOURWAY_HOME='/data/x y' colourway failures --out failed.csv --catalogue 'my shop'`"
        in told
    )


def test_nothing_is_said_where_nothing_failed() -> None:
    assert failed_lines(finished(failed=0), "default", None) == []
