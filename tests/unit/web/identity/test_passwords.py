"""Passwords: what will do, and that nothing else is taken for it."""

import pytest

from shared.errors import SettingsError
from web.identity.passwords import LONGEST, SHORTEST, hash_password, is_password

PASSWORD = "zwölf Boxkämpfer"


def test_a_password_is_known_again_and_no_other() -> None:
    stored = hash_password(PASSWORD)
    assert is_password(PASSWORD, stored)
    for wrong in ("", PASSWORD.upper(), f"{PASSWORD} ", "x" * (LONGEST + 1)):
        assert not is_password(wrong, stored)
    for other in (None, "", "no hash at all", stored[:-1]):
        assert not is_password(PASSWORD, other)
    assert not is_password("nobody's password", None)


@pytest.mark.parametrize("length", [0, SHORTEST - 1, LONGEST + 1])
def test_too_short_and_too_long_ones_are_refused(length: int) -> None:
    with pytest.raises(SettingsError, match="10 to 1000 characters"):
        hash_password("x" * length)
