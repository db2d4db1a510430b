"""Fixtures of the page."""

from tests.support.web_page import guarded_page, page

__all__ = ["guarded_page", "page"]
