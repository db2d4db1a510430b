"""What a proxy says of a client: believed as far back as the proxies are trusted."""

import pytest
from fastapi import FastAPI, Request

from shared.settings import get_settings
from web.proxies import client_address, is_https


def request(peer: str, **headers: str) -> Request:
    app = FastAPI()
    app.state.settings = get_settings(web_trusted_proxies="10.0.0.0/8,::1")
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "app": app, "client": (peer, 1), "headers": raw}
    return Request(
        {**scope, "scheme": "http", "server": ("x", 80), "path": "/", "query_string": b""}
    )


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.1.1.1", "203.0.113.9", "203.0.113.9"),
        ("::1", "203.0.113.9", "203.0.113.9"),
        # Two proxies of ours; what stands before them, anybody may have written.
        ("10.1.1.1", "198.51.100.7, 203.0.113.9, 10.2.2.2", "203.0.113.9"),
        ("10.1.1.1", "", "10.1.1.1"),
        ("10.1.1.1", "nonsense", "nonsense"),
    ],
)
def test_the_last_address_that_is_no_proxy_of_ours_is_the_client(
    peer: str, said: str, address: str
) -> None:
    assert client_address(request(peer, x_forwarded_for=said)) == address


def test_https_is_believed_from_a_trusted_proxy_alone() -> None:
    assert is_https(request("10.1.1.1", x_forwarded_proto="https"))
    assert not is_https(request("10.1.1.1", x_forwarded_proto="http"))
    assert not is_https(request("192.0.2.1", x_forwarded_proto="https"))
