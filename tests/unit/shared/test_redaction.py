"""What is taken out of a text, and what stays: a log that hides everything helps nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.redaction import public_url, redact, redact_values


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:a-b@host:6379/0", "redis://***@host:6379/0"),
        ("amqp://u:p:q@h//v", "amqp://***@h//v"),
        ("postgresql://u:***@h/d?password=x y", "postgresql://u:***@h/d?password=*** y"),
        ("?w=8&sig=ab%2F&h=9", "?w=8&sig=***&h=9"),
        ("?X-Amz-Credential=A/B/s3&X-Amz-Date=1", "?X-Amz-Credential=***&X-Amz-Date=***"),
        ("a?token%3Dabc&b=1", "a?token%3D***&b=1"),
        ("Claim(lease_token='0f', n=1)", "Claim(lease_token='***', n=1)"),
        ('{"password": "a \' b", "n": 1}', '{"password": "***", "n": 1}'),
        (r'"{\"api_key\": \"ab\"}"', r'"{\"api_key\": \"***\"}"'),
        ("AWS_SECRET_ACCESS_KEY=abc DEF", "AWS_SECRET_ACCESS_KEY=*** DEF"),
        ("Authorization: Bearer 0123456789abcdef", "Authorization: Bearer ***"),
    ],
)
def test_a_secret_goes_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "https://cdn.example/a@2x.jpg?w=80&h=90",
        "show the token (Authorization: Bearer), or sign the body (X-Colourway-Signature)",
        "COLOURWAY_EVENTS_TOKEN_FILE=/run/secrets/token",
        "the signature: none of both fits",
        "sku=A-1 colour=signal red design=plain",
        "s3://shop/a b?c#d.jpg",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text("abcXYZ019-_", min_size=6, max_size=30), st.text(max_size=30))
def test_twice_is_as_once(secret: str, around: str) -> None:
    text = f"{around} https://u:{secret}@host/a?sig={secret}&x=1"
    once = redact(text)
    assert redact(once) == once
    assert f":{secret}@" not in once


def test_values_keep_their_form() -> None:
    assert redact_values(
        {"n": 1, "ok": True, "none": None, "deep": [("?sig=a", 2.5)], "events_token": "abc"}
    ) == {"n": 1, "ok": True, "none": None, "deep": [["?sig=***", 2.5]], "events_token": "***"}


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://u:p@h/a.jpg", "https://h/a.jpg"),
        ("https://h/a.jpg?w=1&w=2", "https://h/a.jpg?w=1&w=2"),
        ("https://h/a.jpg?sig=1", "https://h/a.jpg"),
        ("https://h/a.jpg?sig=1#x", "https://h/a.jpg#x"),
        ("https://h/a.jpg?w=1&Signature=2&Key-Pair-Id=3&h=4", "https://h/a.jpg?w=1&h=4"),
        ("s3://shop/a@b.jpg", "s3://shop/a@b.jpg"),
    ],
)
def test_a_url_that_is_published(url: str, public: str) -> None:
    assert public_url(url) == public
