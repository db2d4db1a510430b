"""What holds for every route there is: who may ask, from where, and that no value is a fault."""

from itertools import product
from urllib.parse import quote

import httpx2
import pytest

from shared.storage.storage import open_storage
from tests.integration.web.test_sign_in import enter, token_of
from tests.support.api_keys import client_of
from tests.support.catalogue.queued import add_many, add_queue
from tests.support.catalogue.searched import make_rows
from tests.support.web_page import WebPage
from tests.support.web_routes import PageRoute, page_routes

ROUTES = page_routes()
ROLES = ("look", "review", "operate")
OPEN = {"/pictures/{key:path}", "/sign-in", "/sign-out"}
"""Paths without a role: a link to a picture is signed, the others begin and end a session."""

VALUES = (
    *("0", "9223372036854775808", "9" * 30, "1e999"),
    *("\0", "<script>\u202e'; --", "0001-01-01T00:00:00+14:00"),
)


def role_of(route: PageRoute) -> str:
    """Return the least role that may ask for a route."""
    if route.path.startswith(("/operations", "/trail")):
        return "operate"
    return "review" if route.changes else "look"


def ask(client: httpx2.Client, route: PageRoute, token: str = "", **headers: str) -> int:
    body = {"csrf_token": token} if token else {}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(
        route.method, route.address(), data=body if route.changes else None, headers=names
    ).status_code


def test_all_routes_are_found() -> None:
    assert len(ROUTES) > 35
    assert {"GET /products", "POST /operations/staged/{batch_id}/promote"} <= set(map(str, ROUTES))
    assert {"PUT /api/v1/decisions/{product_id}", "POST /review/of/{product_id}"} <= set(
        map(str, ROUTES)
    )
    changing = [each for each in ROUTES if each.changes and "/api/" not in each.path]
    assert all(route.forms for route in changing if not route.path.endswith(("out", "rollback")))


def test_nobody_asks_for_more_than_their_role(guarded_page: WebPage) -> None:
    guarded = [route for route in ROUTES if route.path not in OPEN]
    with guarded_page.client() as client:
        token = token_of(client)
        for route in guarded:
            refused = 401 if "/api/" in route.path else 303
            assert ask(client, route, token) == refused, route
    for place, role in enumerate(ROLES):
        guarded_page.add_user(role, role)
        lower = [route for route in guarded if ROLES.index(role_of(route)) > place]
        with guarded_page.client() as client:
            assert enter(client, role) == 303
            token = _token(client)
            assert {ask(client, route, token) for route in lower} <= {403}
        with client_of(guarded_page, role) as client:
            assert {ask(client, route) for route in lower} <= {403}


def test_what_changes_something_comes_from_a_page_of_ours(guarded_page: WebPage) -> None:
    guarded_page.add_user("operate", "operate")
    changing = [route for route in ROUTES if route.changes]
    with guarded_page.client() as client:
        assert enter(client, "operate") == 303
        token = _token(client)
        for route in changing:
            assert ask(client, route) == 403, route
            assert ask(client, route, "0" * 64) == 403, route
            assert ask(client, route, token, Origin="https://evil.example") == 403, route
            assert ask(client, route, token, Origin="null") == 403, route
            assert ask(client, route, token, Sec_Fetch_Site="cross-site") == 403, route
        # A key in place of the cookie is judged by itself: a wrong one is nobody.
        guarded = [route for route in changing if route.path not in OPEN]
        wrong = {ask(client, each, token, Authorization="Bearer cwk_x") for each in guarded}
        assert wrong == {401}


def test_other_methods_are_no_way_round(guarded_page: WebPage) -> None:
    paths = {route.path: set[str]() for route in ROUTES}
    for route in ROUTES:
        paths[route.path].add(route.method)
    with client_of(guarded_page, "look") as client:
        for route in ROUTES:
            for method in {"POST", "PUT", "PATCH", "DELETE", "TRACE"} - paths[route.path]:
                said = client.request(
                    method, route.address(), headers={"X-HTTP-Method-Override": "GET"}
                )
                assert said.status_code == 405, (method, route)


@pytest.fixture
def shop(page: WebPage) -> WebPage:
    add_queue(page.engine, add_many(page.engine, open_storage(page.settings), 3))
    make_rows(page.engine)
    return page


def test_no_value_of_an_address_is_a_fault(shop: WebPage) -> None:
    with shop.client() as client:
        for route, value in product(ROUTES, VALUES):
            if not route.changes:
                said = client.get(route.address(quote(value[:300], safe="")))
                assert said.status_code < 500, (route, value)
            for name in route.queries if not route.changes else ():
                said = client.get(route.address(), params={name: value})
                assert said.status_code < 500, (route, name, value)


def test_no_value_of_a_form_is_a_fault(shop: WebPage) -> None:
    with shop.client() as client:
        token = _token(client)
        for route in ROUTES:
            if not route.changes or route.path in OPEN:
                continue
            item = "1:0@2026-11-24T18:00:00+00:00"
            usual = {"csrf_token": token, "item": item, "ruling": "accepted", "seen": item[2:]}
            for value in VALUES:
                where = route.address(quote(value[:300], safe=""))
                said = client.request(route.method, where, data=usual)
                assert said.status_code < 500, (route, value)
                for name in route.forms:
                    said = client.request(
                        route.method, route.address(), data={**usual, name: value}
                    )
                    assert said.status_code < 500, (route, name, value)


def _token(client: httpx2.Client) -> str:
    text = client.get("/products/1").text
    return text.partition('X-CSRF-Token": "')[2].partition('"')[0]
