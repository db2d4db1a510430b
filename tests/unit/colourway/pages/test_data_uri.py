"""Data URIs: they name the kind of picture."""

import pytest

from colourway.pages.data_uri import data_uri


@pytest.mark.parametrize(
    ("content", "begins"),
    [
        (b"\xff\xd8\xff\xe0...", "data:image/jpeg;base64,/9j/4C4u"),
        (b"\x89PNG\r\n", "data:image/png;base64,"),
        (b"RIFF....WEBP", "data:image/webp;base64,"),
    ],
)
def test_data_uris_name_the_kind_of_picture(content: bytes, begins: str) -> None:
    assert data_uri(content).startswith(begins)
