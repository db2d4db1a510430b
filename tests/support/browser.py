"""A real browser: Debian's Chromium, one for all tests of a process."""

import os
import shutil
from collections.abc import Callable, Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, sync_playwright
from playwright.sync_api import Page as Tab

from tests.support.services import tell_absent


def chromium() -> str:
    """Return the path of a Chromium; without one the test is skipped, with CI=true it fails."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("COLOURWAY_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )
    if found is None:
        tell_absent("Chromium", "COLOURWAY_TEST_CHROMIUM", "the package chromium is not installed")
    return found


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """A Chromium without a window."""
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path)
        yield started
        started.close()


OpenTab = Callable[..., Tab]


@pytest.fixture
def open_tab(browser: Browser) -> Generator[OpenTab]:
    """Open a new tab with cookies of its own; errors of its scripts and policy fail the test.

    Arguments are those of Playwright's ``new_context``, such as ``color_scheme`` or ``viewport``.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(said: ConsoleMessage) -> None:
        # A page that answers 403, 404 or 503 may be what a test asks for; HTMX says so as well.
        # A newer search takes an older one's place (hx-sync), which HTMX calls an abort; of a
        # request that failed it also says htmx:sendError.
        told = (
            "Failed to load resource",
            "Response Status Error Code",
            "htmx:afterRequest",
            "htmx:sendAbort",
        )
        if said.type == "error" and not said.text.startswith(told):
            complaints.append(said.text)

    def open_one(**options: Any) -> Tab:
        contexts.append(browser.new_context(**options))
        tab = contexts[-1].new_page()
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", note)
        return tab

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints, complaints
