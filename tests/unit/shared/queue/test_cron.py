"""The nightly hour: five fields, or a complaint that names the variable."""

from datetime import UTC, datetime

import pytest
from celery.schedules import crontab
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import SettingsError
from shared.queue.celery_app import NIGHTLY, build_app, producer_queue
from shared.queue.cron import BEGIN_WITHIN_S, read_cron
from shared.settings import get_settings


@pytest.mark.parametrize(
    ("text", "minutes", "hours", "days", "months", "weekdays"),
    [
        ("0 3 * * *", {0}, {3}, set(range(1, 32)), set(range(1, 13)), set(range(7))),
        (" 30\t2,14 1-3 jan,JUL mon-fri ", {30}, {2, 14}, {1, 2, 3}, {1, 7}, {1, 2, 3, 4, 5}),
        ("*/20 22-2 */15 * sun", {0, 20, 40}, {22, 23, 0, 1, 2}, {1, 16, 31}, None, {0}),
        ("1-9/4 0 29 2 *", {1, 5, 9}, {0}, {29}, {2}, None),
    ],
)
def test_five_fields(
    text: str,
    minutes: set[int],
    hours: set[int],
    days: set[int],
    months: set[int] | None,
    weekdays: set[int] | None,
) -> None:
    read = read_cron(text)
    assert (read.minute, read.hour, read.day_of_month) == (minutes, hours, days)
    assert months is None or read.month_of_year == months
    assert weekdays is None or read.day_of_week == weekdays


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("3", "expected five fields (minute, hour, day of the month, month, day of the week)"),
        ("0 3 * * * *", "expected five fields"),
        ("@daily", "expected five fields"),
        ("60 3 * * *", "'60' is no minute: Invalid end range: 60 > 59"),
        ("0 24 * * *", "'24' is no hour"),
        ("0 3 0 * *", "'0' is no day of the month"),
        ("0 3 * 13 *", "'13' is no month"),
        ("0 3 * * 7", "'7' is no day of the week"),
        ("0 3 * * someday", "'someday' is no day of the week"),
        ("*/0 3 * * *", "'*/0' is no minute; write such as"),
        ("*/5x 3 * * *", "'*/5x' is no minute; write such as"),
        ("5/10 3 * * *", "'5/10' is no minute"),
        ("1, 3 * * *", "'1,' is no minute; write such as"),
        ("mar 3 * * *", "'mar' is no minute; write such as"),
        ("0 3 31 2 *", "never occurs"),
    ],
)
def test_what_is_no_hour_is_told_with_the_variables_name(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        build_app(get_settings(nightly_cron=text))
    assert str(caught.value).startswith("check these settings: COLOURWAY_NIGHTLY_CRON: ")
    assert complaint in str(caught.value)


@given(st.text(st.sampled_from("0123456789*/,-? \tabcmonjul\x00é"), max_size=30))
def test_anything_is_an_hour_or_a_complaint(text: str) -> None:
    try:
        read = read_cron(text)
    except ValueError as error:
        assert str(error)
    else:
        assert read.remaining_estimate(datetime(2026, 11, 25, tzinfo=UTC))


def test_beat_asks_for_a_night_at_its_hour_where_there_is_one() -> None:
    assert set(build_app(get_settings()).conf.beat_schedule) == {"dispatch"}
    assert set(build_app(get_settings(nightly_cron=" ")).conf.beat_schedule) == {"dispatch"}

    app = build_app(get_settings(nightly_cron="0 3 * * *"))
    assert app.conf.beat_schedule["nightly"] == {
        "task": NIGHTLY,
        "schedule": crontab("0", "3"),
        "options": {"expires": BEGIN_WITHIN_S},
    }
    assert app.conf.timezone == "UTC"
    route, queue = app.amqp.router.route({}, NIGHTLY), producer_queue(get_settings())
    assert route["queue"] == queue
    assert queue.name not in app.amqp.queues.consume_from  # workers do not hear of it
