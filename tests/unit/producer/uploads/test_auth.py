"""Who is let in: by token, by signature, and nobody else."""

import base64
import hashlib
import hmac

import pytest

from producer.uploads.auth import Guard

TOKEN, SECRET = "correct-horse-battery", "an-even-longer-secret"
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
    assert Guard(token=TOKEN).shows_token({"authorization": shown}) is is_in


@pytest.mark.parametrize("header", ["x-colourway-signature", "x-hub-signature-256"])
def test_a_signature(header: str) -> None:
    guard = Guard(secret=SECRET)
    right = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    assert guard.is_signed({header: f"sha256={right}"}, BODY)
    assert guard.is_signed({header: f"SHA256={right.upper()}"}, BODY)
    assert not guard.is_signed({header: f"sha256={right}"}, BODY + b" ")
    assert not guard.is_signed({header: right}, BODY)
    assert not guard.is_signed({header: ""}, BODY)
    assert not guard.is_signed({}, BODY)
    assert guard.may_be_signed({header: "x"})


def test_a_signature_of_backblaze() -> None:
    guard, header = Guard(secret=SECRET), "x-bz-event-notification-signature"
    right = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    assert guard.may_be_signed({header: "x"})
    assert guard.is_signed({header: f"v1={right}"}, BODY)
    assert not guard.is_signed({header: f"sha256={right}"}, BODY)
    assert not guard.is_signed({header: f"v1={right}"}, BODY + b" ")


def test_a_guard_without_settings_lets_nobody_in_by_them() -> None:
    guard = Guard()
    assert guard.is_open
    assert not guard.shows_token({"authorization": "Bearer "})
    assert not guard.is_signed({"x-colourway-signature": "sha256="}, BODY)
    assert not guard.may_be_signed({"x-colourway-signature": "sha256="})
    assert not Guard(token=TOKEN).is_open
    assert not Guard(secret=SECRET).is_open
    assert TOKEN not in repr(Guard(TOKEN, SECRET))
    assert SECRET not in repr(Guard(TOKEN, SECRET))
