"""The URL of a weights file: read strictly, shown without its secrets."""

import httpx2

from shared.errors import WeightsError


def parse_url(text: str) -> httpx2.URL:
    """Read a URL that can be fetched.

    Raises:
        WeightsError: it is none, or neither http nor https.
    """
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError):
        url = httpx2.URL()
    if url.scheme not in ("http", "https") or not url.host:
        # As it could not be read, there may be a password in it.
        raise WeightsError("--url must be an http or https URL such as https://host/path/file.h5")
    return url


def show_url(url: httpx2.URL) -> str:
    """A URL for messages and records: without user, password, query and fragment."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))
