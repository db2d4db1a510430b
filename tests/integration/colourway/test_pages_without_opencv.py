"""`audit --html` and `diff --html` where no library that decodes pictures can be imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from producer.enqueue.enqueue import Order, enqueue
from shared.database.engine import open_engine
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from shared.storage.storage import open_storage
from tests.support.catalogue.shell import Shell, shell
from tests.support.catalogue.staged import BLACK, work
from tests.support.catalogue.stored import product
from tests.support.rows import NAVY

__all__ = ["shell"]

WITHOUT_OPENCV = (
    "import sys; sys.modules.update(dict.fromkeys(('cv2', 'PIL', 'tensorflow', 'keras')));"
    "from colourway.cli import main; main()"
)


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        (("audit", "--html"), "Where words and pictures disagree"),
        (("diff", "2", "--html"), "What batch 2 changes"),
    ],
)
def test_a_page_needs_no_opencv(
    shell: Shell, sqlite_url: str, tmp_path: Path, words: tuple[str, ...], heading: str
) -> None:
    shell.set(DATABASE_URL=sqlite_url)
    engine = open_engine(sqlite_url)
    ledger = Ledger(engine, get_settings())
    enqueue(engine, [product("P1", 1, merchant_colour="Red", title="Coat")], Order("shop"))
    work(ledger, {1: NAVY}, "old")
    shell.answer("backfill", "--all", "--stage")
    work(ledger, {1: BLACK}, "new")
    engine.dispose()
    open_storage(get_settings()).put("old1/thumbnail.jpg", b"\xff\xd8\xff\xe0old", "image/jpeg")
    page = tmp_path / "page.html"

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_OPENCV, *words, str(page)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    html = page.read_text("utf-8")
    assert heading in html
    assert "data:image/jpeg;base64," in html
