"""The page on a real server, and what tests do with it in a browser."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Final

import httpx2
import pytest
import uvicorn
from playwright.sync_api import Page as Tab
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from shared.contracts.web_roles import WebRole
from shared.database.engine import open_engine
from shared.database.web_tables import WebUser
from shared.settings import Settings, get_settings
from web.app import create_app
from web.identity.modes import SignIn
from web.identity.passwords import hash_password

PASSWORD: Final = "a password of some length"
AXE: Final = Path(__file__).with_name("axe-4.14.1.min.js")


@dataclass(frozen=True)
class WebPage:
    """The page as it is served, and the database behind it."""

    url: str
    engine: Engine
    settings: Settings

    def client(self, **headers: str) -> httpx2.Client:
        """Return an HTTP client of this server; it follows no redirects and keeps cookies."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.Client(base_url=self.url, headers=names, timeout=60)

    def add_user(self, name: str, role: str) -> None:
        """Add somebody who signs in with :data:`PASSWORD`."""
        with Session(self.engine) as session, session.begin():
            user = WebUser(name=name, role=WebRole(role), password_hash=hash_password(PASSWORD))
            session.add(user)


@contextmanager
def page_served(
    database_url: str, home: Path, sign_in: SignIn = SignIn.NONE, **settings: Any
) -> Generator[WebPage]:
    """Serve the page from a thread of this process until the block ends."""
    made = get_settings(database_url=database_url, home=home, **settings)
    engine = open_engine(database_url)
    app = create_app(made, engine, sign_in)
    config = uvicorn.Config(app, log_config=None, access_log=False, proxy_headers=False)
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = Thread(target=server.run, args=([listener],), name="page")
    thread.start()
    try:
        yield WebPage(f"http://127.0.0.1:{listener.getsockname()[1]}", engine, made)
    finally:
        server.should_exit = True
        thread.join(30)
        engine.dispose()


@pytest.fixture
def page(database_url: str, tmp_path: Path) -> Generator[WebPage]:
    """The page where nobody signs in, once on each kind of database; whoever opens it operates."""
    with page_served(database_url, tmp_path / "home") as served:
        yield served


@pytest.fixture
def guarded_page(database_url: str, tmp_path: Path) -> Generator[WebPage]:
    """The page with users of its own, of whom there are none yet."""
    with page_served(database_url, tmp_path / "home", SignIn.USERS) as served:
        yield served


def sign_in(tab: Tab, served: WebPage, name: str) -> None:
    """Sign in as a user whom :meth:`WebPage.add_user` added."""
    tab.goto(f"{served.url}/sign-in")
    tab.get_by_label("Name").fill(name)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()


def serious_findings(tab: Tab) -> list[str]:
    """Return what axe finds that is serious or critical: the rule, and the elements."""
    # Not as a script element, which our Content-Security-Policy refuses.
    tab.evaluate(AXE.read_text("utf-8"))
    found = tab.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{each['id']}: {'; '.join(node['html'] for node in each['nodes'][:3])}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
