"""What the web hook counts: requests by route and status, events, and clients it hung up on."""

from collections.abc import Generator

import pytest

from shared.metrics.counting import count_with
from tests.support.catalogue.uploading import message, record
from tests.support.scraped import Scraped, ask, scrape
from tests.support.services import free_port
from tests.support.web_hook import HEAD, SHOWN, Serve, all_that_is_said, serve

__all__ = ["serve"]  # a fixture


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Generator[int]:
    chosen = free_port()
    monkeypatch.setenv("COLOURWAY_METRICS_PORT", str(chosen))
    yield chosen
    count_with(None)


def requests(found: Scraped, route: str, status: int) -> float | None:
    return found.value("colourway_hook_requests_total", route=route, status=str(status))


def test_requests_and_events_are_counted(serve: Serve, port: int) -> None:
    hook = serve(timeout_s=1)
    assert hook.send(message(record("dress/1.jpg", "01")))[0] == 200
    assert hook.send("nonsense")[0] == 400
    assert hook.send("{}", headers={})[0] == 401
    for path in ("/wp-login.php", "/.env"):
        assert hook.ask("GET", path)[0] == 404
    assert hook.ask("GET", "/metrics")[0] == 404  # not on the port for senders
    with hook.connect(HEAD) as silent:
        all_that_is_said(silent)

    assert ask(port, "/readyz")[0] == 200
    found = scrape(port)
    assert requests(found, "/events/s3", 200) == 1
    assert requests(found, "/events/s3", 400) == 1
    assert requests(found, "/events/s3", 401) == 1
    assert requests(found, "/events/s3", 503) == 0  # there from the beginning
    assert requests(found, "other", 404) == 3
    assert (requests(found, "/healthz", 200) or 0) >= 1
    took = "colourway_hook_request_duration_seconds_count"
    assert found.value(took, route="/events/s3") == 3
    assert found.value("colourway_hook_dropped_clients_total") == 1
    assert sum(found.all("colourway_upload_events_total").values()) == 1
    assert found.value("colourway_notifications_refused_total") is None  # a worker's
    assert SHOWN["Authorization"] not in found.text
