"""Signatures that `colourway serve` lets in: by time, by setting, by either of two keys."""

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.catalogue.stored import jobs
from tests.support.catalogue.uploading import message, record
from tests.support.web_hook import (
    SECRET,
    TOKEN,
    environment_of,
    serving,
    signed,
    signed_without_time,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEW_SECRET, NEW_TOKEN = "a-new-secret-of-some-length", "a-new-token-of-some-length"


@pytest.fixture
def environment(database_url: str, redis_url: str) -> dict[str, str]:
    return environment_of(database_url, redis_url)


def test_a_signature_ends_with_its_window(
    environment: dict[str, str], engine: Engine, tmp_path: Path
) -> None:
    body, window_s = message(record("A/1.jpg", "01")), 6
    environment["COLOURWAY_EVENTS_SIGNATURE_WINDOW_S"] = str(window_s)
    with serving(environment, tmp_path / "log") as hook:
        for age_s, where in ((3600, "behind"), (-3600, "ahead of")):
            status, said = hook.send(body, signed(body, age_s=age_s))
            assert status == 401
            assert f"3600 s {where} this machine's clock, and 6 are allowed" in said["detail"]
        assert jobs(engine) == []
        overheard = signed(body)
        assert hook.send(body, overheard)[1]["effects"] == {"enqueued": 1}
        # Within the window a sender that tries again is answered, and changes nothing.
        assert hook.send(body, overheard)[1]["effects"] == {"old": 1}
        time.sleep(window_s + 1.5)
        status, said = hook.send(body, overheard)
        assert status == 401
        assert "behind this machine's clock" in said["detail"]
        assert hook.send(body, signed(body))[0] == 200
        refused = hook.program.records("a sender is refused")
        assert [line["client"] for line in refused] == ["127.0.0.1"] * 3
        for word in (SECRET, TOKEN, overheard["X-Colourway-Signature"][-64:]):
            assert word not in hook.program.said


def test_a_signature_without_a_time_is_let_in_by_setting(
    environment: dict[str, str], tmp_path: Path
) -> None:
    body = message(record("A/1.jpg", "01"))
    headers = signed_without_time(body)
    backblaze = headers["X-Colourway-Signature"].replace("sha256=", "v1=")
    for allowed, status in (("false", 401), ("true", 200)):
        environment["COLOURWAY_EVENTS_UNTIMED_SIGNATURES"] = allowed
        with serving(environment, tmp_path / f"log-{allowed}") as hook:
            for shown in (headers, {"X-Bz-Event-Notification-Signature": backblaze}):
                assert hook.send(body, shown)[0] == status
            assert hook.send(body, signed_without_time(body, NEW_SECRET))[0] == 401
            assert hook.send(body, signed(body))[0] == 200
            assert hook.send(body, signed(body, age_s=3600))[0] == 401


def test_secrets_and_tokens_are_changed_without_losing_a_sender(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """In three steps: the old ones; the new ones, the old ones beside them; the new ones."""
    body, event = message(record("A/1.jpg", "01")), '{"Event": "s3:TestEvent"}'
    new = {"COLOURWAY_EVENTS_TOKEN": NEW_TOKEN, "COLOURWAY_EVENTS_SECRET": NEW_SECRET}
    (tmp_path / "previous").write_text(f"{SECRET}\n")
    previous = {
        "COLOURWAY_EVENTS_TOKEN_PREVIOUS": TOKEN,
        "COLOURWAY_EVENTS_SECRET_PREVIOUS_FILE": str(tmp_path / "previous"),
    }
    steps = [({}, True, False), (new | previous, True, True), (new, False, True)]
    for number, (settings, lets_old_in, lets_new_in) in enumerate(steps):
        with serving(environment | settings, tmp_path / f"log-{number}") as hook:
            for secret, token, is_let_in in (
                (SECRET, TOKEN, lets_old_in),
                (NEW_SECRET, NEW_TOKEN, lets_new_in),
            ):
                status = 200 if is_let_in else 401
                assert hook.send(body, signed(body, secret))[0] == status
                assert hook.send(event, {"Authorization": f"Bearer {token}"})[0] == status
            for word in (SECRET, TOKEN, NEW_SECRET, NEW_TOKEN):
                assert word not in hook.program.said
