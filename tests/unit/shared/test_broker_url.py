"""The broker's address: what is let in, and that what is not is told in one line."""

import pytest

from shared.errors import SettingsError
from shared.settings import get_settings


@pytest.mark.parametrize(
    "url",
    [
        *("redis://host", "redis://:word@host:6379/0", "rediss://host/15", "amqp://host"),
        *("amqp://guest:guest@host:5672//", "amqp://one/shop;amqp://two/shop", "amqps://[::1]/a"),
    ],
)
def test_a_broker_that_is_known_is_let_in(url: str) -> None:
    assert get_settings(broker_url=url).broker_url == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sentinel://a:26379", "must begin with redis://"),
        ("localhost:6379", "must begin with redis://"),
        ("redis//localhost", "must begin with redis://"),
        ("http://user:hunter22@host/", "must begin with redis://"),
        ("redis://:hunter22@host:sixty/0", "its host or port makes no sense"),
        ("redis://[::1/0", "its host or port makes no sense"),
        ("amqp://guest:hunter22@host:99999//", "its host or port makes no sense"),
        ("amqp://one//;sentinel://two:hunter22", "must begin with redis://"),
        ("redis://:hunter22@host/first", "must end in the number of a Redis database"),
    ],
)
def test_a_wrong_broker_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    with pytest.raises(SettingsError) as caught:
        get_settings()
    assert f"CELERY_BROKER_URL: {reason}" in str(caught.value)
    assert "hunter22" not in str(caught.value)
    assert "\n" not in str(caught.value)
