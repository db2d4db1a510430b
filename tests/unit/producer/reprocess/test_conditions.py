"""Conditions as they stand on a command line, and what they hold of."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from producer.reprocess.conditions import FIELDS, Condition, Made, natural
from shared.contracts.jobs import JobState
from shared.contracts.results import Provenance, StoredKind
from shared.contracts.stages import Code
from shared.errors import ColourwayError, SettingsError

NOTHING = Made(None, None, None, None, None)
versions = st.from_regex(r"[0-9a-z.-]{1,12}", fullmatch=True)


def made(**changes: object) -> Made:
    provenance = {
        "image_sha256": "0" * 64,
        "pipeline_version": "2",
        "weights": {"mask_rcnn": "ab12" * 16, "pix2pix": "cd34" * 16},
        "palette_version": "rgbk-1",
        "naming_version": "sha256:0123456789ab",
        "pieces_version": "sha256:fedcba987654",
        "white_balance": "backdrop",
        "read_as": "belt",
        "read_from": "title",
        "stored": (StoredKind.CUTOUT, StoredKind.OUTFIT),
        "precision": "int8",
    }
    at = datetime(2026, 11, 24, 18, tzinfo=UTC)
    piece = changes.pop("piece", None)
    made_by = Provenance(**(provenance | changes)).to_json()
    return Made(JobState.DONE, Code.OK, at, made_by, piece)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("pipeline-version=2", True),
        ("pipeline-version<2", False),
        ("pipeline-version <= 2", True),
        ("  pipeline-version<10\n", True),
        ("pipeline-version>1.9", True),
        ("pipeline-version!=2", False),
        ("palette-version<rgbk-10", True),
        ("palette-version!=hsv-1", True),
        ("naming-version=sha256:0123", True),
        ("naming-version=0123", True),
        ("naming-version!=01", False),
        ("naming-version=1", False),
        ("pieces-version!=fed", False),
        ("white-balance=backdrop", True),
        ("white-balance!=off", True),
        ("white-balance=grey-world", False),
        ("read-as=belt", True),
        ("read-as!=small", True),
        ("read-from=title", True),
        ("read-from=category", False),
        ("precision=int8", True),
        ("precision!=int8", False),
        ("stored=outfit", True),
        ("stored!=outfit", False),
        ("stored!=crop", True),
        ("piece=whole", True),
        ("piece!=top", True),
        ("weights=AB12", True),
        ("weights=cd", True),
        ("weights!=cd", False),
        ("weights!=ee", True),
        ("weights.pix2pix=cd34", True),
        ("weights.pix2pix=ab12", False),
        ("weights.worn_piece=cd34", False),
        ("weights.mask_rcnn!=cd34", True),
        ("enriched-at<2026-11-25", True),
        ("enriched-at<2026-11-24", False),
        ("enriched-at>2026-11-24T18:59+01:00", True),
        ("enriched-at>=2026-11-24T19:00+01:00", True),
        ("enriched-at>2026-11-24T19:00+01:00", False),
        ("outcome=done", True),
        ("outcome!=done", False),
        ("code=ok", True),
        ("code=fetch_timeout", False),
    ],
)
def test_a_condition_holds_or_not(text: str, holds: bool) -> None:
    assert Condition.parse(text).holds(made()) is holds


def test_of_a_picture_without_a_result_nothing_holds() -> None:
    values = {
        **{"enriched-at": "2026-11-24", "piece": "top", "white-balance": "off"},
        **{"outcome": "done", "code": "ok", "read-as": "small", "read-from": "title"},
        **{"stored": "crop", "precision": "int8"},
    }
    for name, field in FIELDS.items():
        for sign in field.operators:
            condition = Condition.parse(f"{name}{sign}{values.get(name, '1')}")
            assert not condition.holds(NOTHING), condition


def test_of_a_network_that_had_no_part_nothing_holds() -> None:
    packshot = made(weights={"mask_rcnn": "ab12" * 16})
    assert not Condition.parse("weights.pix2pix!=ab").holds(packshot)
    assert Condition.parse("weights=ab").holds(packshot)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected NAME OPERATOR VALUE, such as pipeline-version<2"),
        ("pipeline-version", "expected NAME OPERATOR VALUE"),
        ("<2", "expected NAME OPERATOR VALUE"),
        (
            "pipline-version<2",
            "there is no 'pipline-version'; did you mean 'pipeline-version'? There are ",
        ),
        ("pipeline-version<", "expected a value of 1 to 200 characters behind '<'"),
        ("pipeline-version<" + "1" * 201, "expected a value of 1 to 200 characters"),
        ("pipeline-version==2", "cannot be compared by '=='; use = != < > <= >="),
        ("pipeline-version<>2", "cannot be compared by '<>'"),
        ("naming-version<2", "naming-version cannot be compared by '<'; use = !="),
        ("weights=rgbk-1", "'rgbk-1' is not the beginning of a sha256"),
        ("enriched-at=2026-11-24", "enriched-at cannot be compared by '='; use < > <= >="),
        ("enriched-at<yesterday", "'yesterday' is no date or time; write 2026-11-24"),
        ("enriched-at<0001-01-01T00:00+23:00", "is no date or time"),
        ("outcome=dead", "there is no 'dead'; there are pending, leased, done"),
        ("code=oops", "there is no 'oops'; there are ok, no_person"),
    ],
)
def test_what_makes_no_sense_is_told(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as told:
        Condition.parse(text)
    assert f"--where {text[:200]!r}: " in str(told.value)
    assert complaint in str(told.value)


@given(st.text(max_size=300))
def test_any_text_is_a_condition_or_an_error_of_ours(text: str) -> None:
    try:
        condition = Condition.parse(text)
    except ColourwayError:
        return
    assert isinstance(condition.holds(made()), bool)


@given(versions, versions)
def test_of_two_versions_one_relation_holds(stored: str, asked: str) -> None:
    result = made(pipeline_version=stored)
    holds = {
        sign: Condition.parse(f"pipeline-version{sign}{asked}").holds(result)
        for sign in FIELDS["pipeline-version"].operators
    }
    assert holds["<"] + holds["="] + holds[">"] == 1
    assert holds["!="] is not holds["="]
    assert holds["<="] is (holds["<"] or holds["="])
    assert holds[">="] is (holds[">"] or holds["="])


@given(versions, st.integers(0, 10**6), st.integers(0, 10**6))
def test_numbers_in_versions_count_as_numbers(stem: str, low: int, high: int) -> None:
    assume(low < high and not stem[-1].isdigit())
    assert natural(f"{stem}{low}") < natural(f"{stem}{high}")


@given(st.from_regex(r"[0-9a-f]{64}", fullmatch=True), st.integers(1, 64))
def test_a_digest_is_known_by_its_beginning(digest: str, length: int) -> None:
    result = made(weights={"pix2pix": digest})
    assert Condition.parse(f"weights={digest[:length]}").holds(result)
    assert not Condition.parse(f"weights.pix2pix!={digest[:length]}").holds(result)
