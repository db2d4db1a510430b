"""The notification: what it says, and what is not one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.jobs import LARGEST_ID
from shared.errors import NotificationError
from shared.queue.message import Notification

anything_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["v", "job_ids", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(st.integers(1, LARGEST_ID), min_size=1, max_size=64))
def test_a_notification_survives_the_broker(job_ids: list[int]) -> None:
    notification = Notification(tuple(job_ids))
    message = json.loads(json.dumps(notification.to_message()))

    assert Notification.from_message(message) == notification


def test_a_notification_says_only_this() -> None:
    assert Notification((3, 1)).to_message() == {"v": 1, "job_ids": [3, 1]}


def test_unknown_keys_are_left_for_later_versions() -> None:
    assert Notification.from_message({"v": 1, "job_ids": [7], "new": None}) == Notification((7,))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "expected an object"),
        ({"v": 1, "job_ids": list(range(1, 1002))}, "it names more than 1,000 jobs"),
        ([1, 2], "expected an object"),
        ({"job_ids": [1]}, "expected version 1, got None"),
        ({"v": 2, "job_ids": [1]}, "expected version 1, got 2"),
        ({"v": True, "job_ids": [1]}, "expected version 1, got True"),
        ({"v": 1}, "expected a list of job ids"),
        ({"v": 1, "job_ids": []}, "expected a list of job ids"),
        ({"v": 1, "job_ids": "12"}, "expected a list of job ids"),
        ({"v": 1, "job_ids": [1, True]}, "True is no job id"),
        ({"v": 1, "job_ids": [0]}, "0 is no job id"),
        ({"v": 1, "job_ids": [1.0]}, "1.0 is no job id"),
        ({"v": 1, "job_ids": [2**63]}, "9223372036854775808 is no job id"),
        ({"v": 1, "job_ids": ["1; DROP TABLE jobs"]}, "is no job id"),
    ],
)
def test_what_is_not_a_notification_is_refused_and_kept(raw: object, reason: str) -> None:
    with pytest.raises(NotificationError) as caught:
        Notification.from_message(raw)

    assert caught.value.raw == raw
    assert reason in str(caught.value)


@given(anything_json)
def test_any_json_is_a_notification_or_an_error(raw: object) -> None:
    try:
        notification = Notification.from_message(raw)
    except NotificationError as error:
        assert error.raw == raw
    else:
        assert notification.to_message().items() <= raw.items()  # type: ignore[attr-defined]


def test_an_enormous_message_makes_no_enormous_error() -> None:
    with pytest.raises(NotificationError) as caught:
        Notification.from_message({"v": 1, "job_ids": ["x" * 1_000_000]})
    assert len(str(caught.value)) < 400
