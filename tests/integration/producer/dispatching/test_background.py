"""Dispatching in the background: soon, everything at once, and again after a failure."""

import shutil
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine

from producer.dispatching import background
from producer.dispatching.background import BackgroundDispatcher
from shared.settings import get_settings
from tests.support.catalogue.uploading import put, uploads
from tests.support.programs import deadline
from tests.support.services import free_port, program, tell_absent


def notifications(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        return client.llen("colourway.1.uploads")


def test_the_end_comes_after_what_was_asked_for(engine: Engine, redis_url: str) -> None:
    settings = get_settings(broker_url=redis_url, chunk_size=1)
    with BackgroundDispatcher(engine, settings) as dispatcher:
        for number in range(3):
            uploads(engine).apply(put(f"A/{number}.jpg"))
            dispatcher.ask()
    assert notifications(redis_url) == 3


def test_a_bell_that_nobody_asks_rings_for_nothing(engine: Engine, redis_url: str) -> None:
    uploads(engine).apply(put("A/0.jpg"))
    with BackgroundDispatcher(engine, get_settings(broker_url=redis_url)):
        pass
    assert notifications(redis_url) == 0


def test_what_could_not_be_dispatched_is_tried_again(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        tell_absent("Redis to start later", None, "neither redis-server nor valkey-server here")
    monkeypatch.setattr(background, "RETRY_DISPATCH_S", 0.2)
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    uploads(engine).apply(put("A/0.jpg"))
    with BackgroundDispatcher(engine, get_settings(broker_url=url)) as dispatcher:
        dispatcher.ask()
        args = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        with (
            redis.Redis.from_url(url, socket_connect_timeout=3) as client,
            program([*args, "--dir", str(tmp_path)], tmp_path, client.ping),
        ):
            for _ in deadline():
                if notifications(url) == 1:
                    break
