"""Keys of the API for tests: one of a role, and a client that shows it."""

import httpx2
from sqlalchemy.orm import Session

from shared.contracts.web_roles import WebRole
from shared.database.web_tables import ApiKey
from tests.support.web_page import WebPage
from web.identity.keys import make_key
from web.identity.tokens import token_hash


def new_key(page: WebPage, role: str) -> str:
    key = make_key()
    with Session(page.engine) as session, session.begin():
        session.add(ApiKey(name=f"{role} {key[-8:]}", role=WebRole(role), key_hash=token_hash(key)))
    return key


def client_of(page: WebPage, role: str) -> httpx2.Client:
    """Return a client with a new key of a role."""
    return page.client(Authorization=f"Bearer {new_key(page, role)}")
