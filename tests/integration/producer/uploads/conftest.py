"""What tests of upload events may ask for by name."""

from tests.support.web_hook import serve

__all__ = ["serve"]
