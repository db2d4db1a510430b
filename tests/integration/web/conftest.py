"""Fixtures of the page."""

from tests.support.web_page import browser, guarded_page, open_tab, page

__all__ = ["browser", "guarded_page", "open_tab", "page"]
