"""The words, and the values that are stored as JSON."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.jobs import FINAL_STATES, JobState, Queue, Trigger
from shared.contracts.results import Provenance, Region, Shade
from shared.contracts.stages import Code, Stage
from shared.errors import ColourwayError, StageError


def test_the_road_has_nine_stages_in_order() -> None:
    assert " ".join(Stage) == "fetch decode mask grey_fill segment colours crop store record"
    assert " ".join(Trigger) == "nightly backfill upload manual"
    assert " ".join(Region) == "clothes skin hair"


def test_every_trigger_has_its_queue() -> None:
    assert {trigger.value: trigger.queue.value for trigger in Trigger} == {
        "nightly": "nightly",
        "backfill": "backfill",
        "upload": "uploads",
        "manual": "nightly",
    }


def test_a_state_is_final_or_open() -> None:
    assert set(JobState) - FINAL_STATES == {JobState.PENDING, JobState.LEASED, JobState.RETRY}


def test_words_fit_their_columns() -> None:
    assert max(len(word) for word in Code) <= 32
    assert max(len(word) for word in [*Stage, *Trigger, *JobState, *Queue]) <= 16


@given(
    st.builds(
        Shade,
        hex=st.from_regex(r"#[0-9a-f]{6}", fullmatch=True),
        lab=st.tuples(*[st.floats(-128, 128)] * 3),
        share=st.floats(0, 1),
        name=st.text(),
        family=st.text(),
        family_second=st.none() | st.text(),
        role=st.sampled_from([None, "ground", "print"]),
    )
)
def test_a_shade_survives_json(shade: Shade) -> None:
    assert Shade.from_json(json.loads(json.dumps(shade.to_json()))) == shade


@pytest.mark.parametrize("missing", ["hex", "lab", "share", "name", "family"])
def test_half_a_shade_is_refused(missing: str) -> None:
    raw = Shade("#000000", (0.0, 0.0, 0.0), 1.0, "black", "black").to_json()
    del raw[missing]
    with pytest.raises(KeyError):
        Shade.from_json(raw)


def test_a_shade_of_an_older_version_lies_between_no_families() -> None:
    raw = Shade("#000000", (0.0, 0.0, 0.0), 1.0, "black", "black", "navy").to_json()
    del raw["family_second"], raw["role"]
    assert Shade.from_json(raw).family_second is None
    assert Shade.from_json(raw).role is None


def test_provenance_is_plain_json() -> None:
    provenance = Provenance("ab" * 32, "7", {"mask_rcnn": "cd" * 32}, "2", "3")
    assert json.loads(json.dumps(provenance.to_json())) == {
        "image_sha256": "ab" * 32,
        "pipeline_version": "7",
        "weights": {"mask_rcnn": "cd" * 32},
        "palette_version": "2",
        "naming_version": "3",
        "pieces_version": None,
        "white_balance": None,
        "read_as": None,
        "read_from": None,
        "stored": [],
        "precision": None,
    }


def test_a_stage_error_tells_stage_code_and_reason_and_can_be_copied() -> None:
    error = StageError(Stage.FETCH, Code.FETCH_THROTTLED, "429 from shop.test", True, 7.5)

    assert isinstance(error, ColourwayError)
    assert str(error) == "fetch: 429 from shop.test [fetch_throttled]"
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error)
    assert (copy.retry, copy.retry_after_s) == (True, 7.5)
