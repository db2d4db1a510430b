"""How people sign in: by the settings and the address, and never so that everybody gets in."""

import pytest

from shared.errors import SettingsError
from shared.settings import get_settings
from web.identity.modes import SignIn, choose_sign_in, is_loopback

POSTGRES = "postgresql://db.internal/colourway"


@pytest.mark.parametrize(
    ("host", "is_mine"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("localhost.evil.example", False),
    ],
)
def test_only_loopback_addresses_are_this_machines(host: str, is_mine: bool) -> None:
    assert is_loopback(host) is is_mine


def test_nobody_signs_in_only_in_embedded_mode_on_loopback() -> None:
    embedded = get_settings(database_url="sqlite:///a.db")
    assert choose_sign_in(embedded, "127.0.0.1") is SignIn.NONE
    assert choose_sign_in(embedded, "0.0.0.0") is SignIn.USERS
    assert choose_sign_in(get_settings(database_url=POSTGRES), "127.0.0.1") is SignIn.USERS


def test_what_would_let_everybody_in_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"others reach 0\.0\.0\.0"):
        choose_sign_in(get_settings(web_sign_in="none"), "0.0.0.0")
    with pytest.raises(SettingsError, match="COLOURWAY_WEB_TRUSTED_PROXIES"):
        choose_sign_in(get_settings(web_sign_in="proxy"), "127.0.0.1")
    trusted = get_settings(web_sign_in="proxy", web_trusted_proxies="10.0.0.0/8")
    assert choose_sign_in(trusted, "0.0.0.0") is SignIn.PROXY


def test_a_network_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOURWAY_WEB_TRUSTED_PROXIES", "10.0.0.0/8,here")
    with pytest.raises(SettingsError, match="COLOURWAY_WEB_TRUSTED_PROXIES"):
        get_settings()
