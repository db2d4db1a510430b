"""Who is let in: by token, by signature, and nobody else."""

import base64
import hashlib
import hmac

import pytest

from producer.uploads.auth import Guard, SenderRefused
from shared.settings import get_settings

TOKEN, SECRET = "correct-horse-battery", "an-even-longer-secret"
OTHER_TOKEN, OTHER_SECRET = "another-token-than-that", "another-secret-than-that"
NOW = 1_780_000_000.5
BODY = b'{"Records": []}'


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("shown", "is_in"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer  {TOKEN}", True),
        (basic("anybody", TOKEN), True),
        (basic("", TOKEN), True),
        (f"Bearer {TOKEN}x", False),
        ("Bearer ", False),
        ("Bearer é", False),
        (TOKEN, False),
        (f"Digest {TOKEN}", False),
        (basic(TOKEN, "wrong"), False),
        ("Basic %%%", False),
        ("Basic /w==", False),
        ("", False),
    ],
)
def test_a_token(shown: str, is_in: bool) -> None:
    assert Guard((TOKEN,)).shows_token({"authorization": shown}) is is_in


def mac(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def timed(stamp: int, secret: str = SECRET, body: bytes = BODY) -> str:
    return f"t={stamp},sha256={mac(secret, b'%d.' % stamp + body)}"


def lets_in(guard: Guard, headers: dict[str, str], body: bytes = BODY) -> bool:
    return guard.is_signed(guard.signature(headers, NOW), body)


def reason(guard: Guard, headers: dict[str, str]) -> str:
    with pytest.raises(SenderRefused) as caught:
        guard.signature(headers, NOW)
    return str(caught.value)


HEADERS = ["x-colourway-signature", "x-hub-signature-256"]


@pytest.mark.parametrize("header", HEADERS)
def test_a_signature_of_time_and_body(header: str) -> None:
    guard = Guard(secrets=(SECRET,))
    right = timed(1_780_000_000)
    assert lets_in(guard, {header: right})
    assert lets_in(guard, {header: right.upper().replace(",", ", ")})
    assert not lets_in(guard, {header: right}, BODY + b" ")
    assert not lets_in(guard, {header: timed(1_780_000_000, OTHER_SECRET)})
    # Nobody can put the time of a signature forward.
    assert not lets_in(guard, {header: right.replace("t=1780000000", "t=1780000001")})
    # A signature of the body alone, with a time written beside it.
    assert not lets_in(guard, {header: f"t=1780000000,sha256={mac(SECRET, BODY)}"})


@pytest.mark.parametrize(
    ("stamp", "complaint"),
    [
        (1_779_999_701, None),
        (1_780_000_300, None),
        (1_779_999_700, "300 s behind this machine's clock, and 300 are allowed"),
        (1_780_000_301, "300 s ahead of this machine's clock"),
        (0, "1780000000 s behind this machine's clock"),
        (10**12 - 1, "ahead of this machine's clock"),
    ],
)
def test_the_window_of_a_signature(stamp: int, complaint: str | None) -> None:
    """Without looking at a body: it need not be read."""
    guard, headers = Guard(secrets=(SECRET,)), {"x-colourway-signature": timed(stamp)}
    if complaint is None:
        assert lets_in(guard, headers)
    else:
        assert complaint in reason(guard, headers)
    assert lets_in(Guard(secrets=(SECRET,), window_s=1e12), headers)


@pytest.mark.parametrize("header", HEADERS)
def test_a_signature_of_the_body_alone_is_let_in_by_setting(header: str) -> None:
    headers = {header: f"sha256={mac(SECRET, BODY)}"}
    assert "COLOURWAY_EVENTS_UNTIMED_SIGNATURES" in reason(Guard(secrets=(SECRET,)), headers)
    guard = Guard(secrets=(SECRET,), untimed=True)
    assert lets_in(guard, headers)
    assert lets_in(guard, {header: headers[header].upper()})
    assert not lets_in(guard, headers, BODY + b" ")
    assert lets_in(guard, {header: timed(1_780_000_000)})
    assert "behind" in reason(guard, {header: timed(1_000_000_000)})


def test_a_signature_of_backblaze() -> None:
    header, right = "x-bz-event-notification-signature", f"v1={mac(SECRET, BODY)}"
    guard = Guard(secrets=(SECRET,), untimed=True)
    assert lets_in(guard, {header: right})
    assert not lets_in(guard, {header: right}, BODY + b" ")
    assert "is not of the form" in reason(guard, {header: right.replace("v1", "sha256")})
    assert "has no time" in reason(Guard(secrets=(SECRET,)), {header: right})


@pytest.mark.parametrize(
    "written",
    [
        "x",
        "sha256=",
        "sha256=" + "g" * 64,
        "sha256=" + "0" * 63,
        "t=,sha256=" + "0" * 64,
        "t=-1,sha256=" + "0" * 64,
        "t=1.5,sha256=" + "0" * 64,
        "t=1234567890123,sha256=" + "0" * 64,
        "t=\u0661,sha256=" + "0" * 64,
        "sha256=" + "0" * 64 + ",t=1780000000",
    ],
)
def test_what_is_no_signature_costs_no_reading(written: str) -> None:
    guard = Guard(secrets=(SECRET,), untimed=True)
    assert "is not of the form" in reason(guard, {"x-colourway-signature": written})


def test_two_of_each_are_let_in() -> None:
    guard = Guard.from_settings(
        get_settings(
            events_token=TOKEN,
            events_token_previous=OTHER_TOKEN,
            events_secret=SECRET,
            events_secret_previous=OTHER_SECRET,
        )
    )
    for token in (TOKEN, OTHER_TOKEN):
        assert guard.shows_token({"authorization": f"Bearer {token}"})
    for secret in (SECRET, OTHER_SECRET):
        assert lets_in(guard, {"x-colourway-signature": timed(1_780_000_000, secret)})
    assert not guard.shows_token({"authorization": f"Bearer {SECRET}"})
    assert not lets_in(guard, {"x-colourway-signature": timed(1_780_000_000, TOKEN)})
    for word in (TOKEN, OTHER_TOKEN, SECRET, OTHER_SECRET):
        assert word not in repr(guard)


def test_a_guard_without_settings_lets_nobody_in_by_them() -> None:
    guard = Guard.from_settings(get_settings())
    assert guard.is_open
    assert not guard.shows_token({"authorization": "Bearer "})
    no_signature = "there is no token, and no signature"
    assert reason(guard, {"x-colourway-signature": timed(1_780_000_000)}) == no_signature
    assert reason(Guard(secrets=(SECRET,)), {}) == no_signature
    assert not Guard((TOKEN,)).is_open
    assert not Guard(secrets=(SECRET,)).is_open
