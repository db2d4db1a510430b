"""Two installations at one broker, and a broker that is not ours."""

import socket
from pathlib import Path
from threading import Thread

import pytest
import redis

from shared.contracts.jobs import Queue
from shared.errors import SettingsError
from shared.queue.celery_app import (
    DISPATCH,
    NIGHTLY,
    build_app,
    producer_queue,
    publish,
    queue_depths,
)
from shared.queue.message import Notification
from shared.settings import Settings, get_settings
from tests.support.catalogue.shell import Shell, shell

__all__ = ["shell"]  # a fixture


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_a_prefix_keeps_two_installations_apart(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    ours, theirs = (
        build_app(get_settings(broker_url=url, queue_prefix=prefix))
        for prefix in ("colourway", "outlet")
    )

    publish(Notification((1,)), Queue.NIGHTLY, ours)
    for number in (1, 2):
        publish(Notification((number,)), Queue.UPLOADS, theirs)
    theirs.send_task(DISPATCH)
    theirs.send_task(NIGHTLY)

    empty = dict.fromkeys(Queue, 0)
    assert queue_depths(ours) == empty | {Queue.NIGHTLY: 1}
    assert queue_depths(theirs) == empty | {Queue.UPLOADS: 2}
    if kind == "redis":
        with redis.Redis.from_url(url) as client:
            keys = {key.decode() for key in client.keys("*")}  # pyright: ignore
        own = {key for key in keys if not key.startswith("outlet:")}
        assert "outlet:outlet.1.uploads" in keys
        assert not [key for key in own if "outlet" in key]


def test_the_names_are_those_of_before_without_a_prefix() -> None:
    settings = get_settings()
    app = build_app(settings)
    assert sorted(app.amqp.queues) == [
        "colourway.0.dispatch",
        "colourway.1.uploads",
        "colourway.2.nightly",
        "colourway.3.backfill",
    ]
    assert producer_queue(settings).name == "colourway.producer"
    assert app.conf.control_exchange == "celery"
    assert app.conf.broker_transport_options["global_keyprefix"] == ""
    assert app.conf.broker_transport_options["refused_key"] == "colourway.refused"


class Listener:
    """Somebody's Redis: a port that counts connections."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            self.connections += 1
            connection.close()


def test_embedded_mode_reaches_no_broker(
    shell: Shell, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener()
    here = f"redis://127.0.0.1:{listener.port}/0"
    monkeypatch.setattr(Settings.model_fields["broker_url"], "default", here)
    Settings.model_rebuild(force=True)
    monkeypatch.delenv("CELERY_BROKER_URL")
    shell.set(DATABASE_URL=sqlite_url)
    feed = tmp_path / "feed.csv"
    feed.write_text("sku,image_link\nA,https://a.example/1.jpg\n", encoding="utf-8")
    try:
        assert get_settings().broker_url == here
        done = shell.answer("enqueue", feed)
        assert (done["jobs"], done["dispatched"], done["broker_failure"]) == (1, 0, None)
        assert "next: `colourway run FEED`" in shell.call("enqueue", feed).out
        for command in ("dispatch", "work", "schedule"):
            refused = shell.call(command)
            assert refused.exit_code == 2
            assert "set it to use workers" in refused.err
        with pytest.raises(SettingsError, match="set it to use workers"):
            publish(Notification((1,)), Queue.NIGHTLY, build_app(get_settings()))
        assert listener.connections == 0

        # The same with the broker named reaches it.
        shell.set(CELERY_BROKER_URL=here)
        assert shell.call("dispatch").exit_code == 1
        assert listener.connections > 0
    finally:
        monkeypatch.undo()
        Settings.model_rebuild(force=True)
