from pathlib import Path

import pytest

from colourway.run_summary import page_line
from shared.settings import get_settings


@pytest.mark.parametrize(
    ("settings_home", "given", "said"),
    [
        ("colourway-data", None, "open the page: `colourway web`, in this folder"),
        ("/data", None, "open the page: `colourway web`"),
        ("/data x", Path("/data x"), "open the page: `COLOURWAY_HOME='/data x' colourway web`"),
    ],
)
def test_how_to_open_the_page_is_said(settings_home: str, given: Path | None, said: str) -> None:
    assert page_line(get_settings(home=Path(settings_home)), given) == said
