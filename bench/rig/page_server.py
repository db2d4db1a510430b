"""The page's service in a thread of the benchmark; who comes from this machine is let in."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import uvicorn
from sqlalchemy import Engine

from shared.settings import get_settings
from web.app import create_app
from web.viewer import SignIn


@contextmanager
def page_server(engine: Engine, database_url: str, home: str) -> Generator[str]:
    """Serve the page on loopback until the block ends; yield its address."""
    settings = get_settings(database_url=database_url, home=Path(home))
    app = create_app(settings, engine, SignIn.NONE)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
