"""Who gets in: users by their password, programs by a key, others by a trusted proxy's word."""

import re
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.database.models import utc_now
from shared.database.web_tables import ApiKey, TrailEntry, WebSession, WebUser
from tests.support.catalogue.shell import Shell, shell
from tests.support.web_page import PASSWORD, WebPage, page_served
from web.identity.modes import SignIn

__all__ = ["shell"]  # a fixture

FORM = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')


def token_of(client: httpx2.Client) -> str:
    """Open the form to sign in, and return its token."""
    return FORM.findall(client.get("/sign-in").text)[0]


def enter(client: httpx2.Client, name: str, password: str = PASSWORD, **more: str) -> int:
    """Try to sign in; return the status: 303 for whoever is in."""
    form = {"name": name, "password": password, "csrf_token": token_of(client), **more}
    return client.post("/sign-in", data=form).status_code


def test_a_role_may_do_its_own_and_no_more(guarded_page: WebPage) -> None:
    for role, status in {"look": 403, "review": 403, "operate": 200}.items():
        guarded_page.add_user(role, role)
        with guarded_page.client() as client:
            assert client.get("/operations").headers["location"] == "/sign-in?next=/operations"
            assert enter(client, role) == 303
            assert client.get("/operations").status_code == status
            form = {"everything": "true", "csrf_token": token_of(client)}
            pressed = client.post("/operations/release", data=form).status_code
            assert pressed == (303 if role == "operate" else 403)


def test_signing_in_leads_only_to_pages_of_ours(guarded_page: WebPage) -> None:
    guarded_page.add_user("anna", "operate")
    for where, led in {
        "/trail": "/trail",
        "https://evil.example": "/",
        "//evil.example": "/",
        "/\\evil.example": "/",
        "/a\r\nSet-Cookie: x=1": "/",
    }.items():
        with guarded_page.client() as client:
            form = {"name": "anna", "password": PASSWORD, "csrf_token": token_of(client)}
            answer = client.post("/sign-in", data={**form, "next": where})
            assert answer.headers["location"] == led
            assert list(answer.cookies) == ["colourway_visit"]


def test_a_session_ends_when_it_should(guarded_page: WebPage) -> None:
    guarded_page.add_user("anna", "operate")
    hours = timedelta(hours=13)
    for change in ({"expires_at": utc_now()}, {"seen_at": utc_now() - hours}, None):
        with guarded_page.client() as client:
            assert enter(client, "anna") == 303
            assert client.get("/trail").status_code == 200
            old = dict(client.cookies)
            if change is None:
                client.post("/sign-out", data={"csrf_token": token_of(client)})
            else:
                with guarded_page.engine.begin() as connection:
                    connection.execute(update(WebSession).values(change))
            client.cookies = httpx2.Cookies(old)
            assert client.get("/trail").status_code == 303


def test_a_session_that_is_used_goes_on(guarded_page: WebPage) -> None:
    guarded_page.add_user("anna", "operate")
    with guarded_page.client() as client:
        enter(client, "anna")
        long_ago = utc_now() - timedelta(hours=1)
        with guarded_page.engine.begin() as connection:
            connection.execute(update(WebSession).values(seen_at=long_ago))
        client.get("/trail")
        with Session(guarded_page.engine) as session:
            assert session.scalars(select(WebSession.seen_at)).one() > long_ago


def test_guessing_is_slow(sqlite_url: str, tmp_path: Path) -> None:
    more = {"web_sign_ins_per_minute": 2}
    with (
        page_served(sqlite_url, tmp_path, SignIn.USERS, **more) as page,
        page.client() as client,
    ):
        page.add_user("anna", "look")
        tried = [enter(client, "anna", "wrong password") for _ in range(4)]
        assert tried[:2] == [403] * 2
        assert tried[-1] == 429
        form = {"name": "anna", "password": PASSWORD, "csrf_token": token_of(client)}
        answer = client.post("/sign-in", data=form)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0


def test_nothing_of_a_password_or_a_session_is_stored_as_it_is(guarded_page: WebPage) -> None:
    guarded_page.add_user("anna", "look")
    with guarded_page.client() as client:
        enter(client, "anna")
        cookie = client.cookies["colourway_visit"]
    with Session(guarded_page.engine) as session:
        stored = session.scalars(select(WebUser.password_hash)).one() or ""
        assert stored.startswith("$argon2id$")
        assert PASSWORD not in stored
        assert cookie not in session.scalars(select(WebSession.token_hash)).one()


def test_users_come_and_go_by_command(guarded_page: WebPage, shell: Shell, tmp_path: Path) -> None:
    shell.set(DATABASE_URL=guarded_page.engine.url.render_as_string(hide_password=False))
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n", "utf-8")
    add = ("web-user", "add", "anna", "--password-file", secret)
    assert shell.call(*add, "--role", "operate").exit_code == 0
    with guarded_page.client() as client:
        assert enter(client, "anna") == 303
        assert client.get("/trail").status_code == 200
        assert "put user" in client.get("/trail").text
        assert shell.call(*add, "--role", "look").out.startswith("anna was changed")
        assert client.get("/trail").status_code == 303  # signed out
        assert enter(client, "anna") == 303
        assert client.get("/trail").status_code == 403
        assert [user["role"] for user in shell.answer("web-user", "list")["users"]] == ["look"]
        assert shell.call("web-user", "remove", "anna").exit_code == 0
        assert client.get("/trail").status_code == 303
    assert "there is no user 'anna'" in shell.call("web-user", "remove", "anna").err
    secret.write_text("short", "utf-8")
    assert "10 to 1000 characters" in shell.call(*add).err
    assert "cannot read a password" in shell.call(*add[:-1], tmp_path / "none").err
    with Session(guarded_page.engine) as session:
        ways = session.execute(select(TrailEntry.what, TrailEntry.way)).all()
    assert ways == [("put user", "command"), ("put user", "command"), ("remove user", "command")]


def test_a_program_has_the_role_of_its_key(guarded_page: WebPage, shell: Shell) -> None:
    shell.set(DATABASE_URL=guarded_page.engine.url.render_as_string(hide_password=False))
    keys = {
        role: shell.answer("web-key", "add", role, "--role", role, "--days", 1)["key"]
        for role in ("look", "operate")
    }
    for key, status in ((keys["operate"], 200), (keys["look"], 403), ("cwk_none", 401)):
        with guarded_page.client(Authorization=f"Bearer {key}") as client:
            assert client.get("/trail").status_code == status
    with guarded_page.client(Authorization=f"Bearer {keys['operate']}") as client:
        assert client.post("/operations/release", data={"everything": "1"}).status_code == 303
        with guarded_page.engine.begin() as connection:
            connection.execute(update(ApiKey).values(expires_at=utc_now()))
        assert client.get("/trail").status_code == 401
    assert "there is a key 'look' already" in shell.call("web-key", "add", "look").err
    said = shell.call("web-key", "list").out
    assert "look" in said
    assert "cwk_" not in said
    shell.call("web-key", "remove", "look")
    assert [key["name"] for key in shell.answer("web-key", "list")["keys"]] == ["operate"]


@pytest.mark.parametrize("trusted", ["127.0.0.0/8", "10.0.0.0/8"])
def test_a_proxy_is_believed_only_where_it_is_trusted(
    trusted: str, sqlite_url: str, tmp_path: Path
) -> None:
    more = {"web_trusted_proxies": trusted, "web_proxy_role": "look"}
    with page_served(sqlite_url, tmp_path, SignIn.PROXY, **more) as page:
        page.add_user("anna", "operate")
        with page.client() as client:

            def asks(**headers: str) -> int:
                names = {name.replace("_", "-"): value for name, value in headers.items()}
                return client.get("/trail", headers=names).status_code

            believed = trusted.startswith("127")
            assert asks(X_Forwarded_User="anna") == (200 if believed else 403)
            assert asks(X_Forwarded_User="somebody else") == 403
            assert asks() == 403
            twice = [("X-Forwarded-User", "anna"), ("X-Forwarded-User", "bob")]
            assert client.get("/trail", headers=twice).status_code == 403
            https = client.get("/sign-in", headers={"X-Forwarded-Proto": "https"})
            assert https.status_code == 303


def test_by_https_the_cookie_is_for_this_host_and_for_https_alone(
    sqlite_url: str, tmp_path: Path
) -> None:
    with (
        page_served(sqlite_url, tmp_path, SignIn.USERS, web_trusted_proxies="127.0.0.1/32") as page,
        page.client() as client,
    ):
        plain = client.get("/sign-in").headers["set-cookie"]
        assert plain.startswith("colourway_visit=")
        assert "HttpOnly" in plain
        assert "SameSite=lax" in plain
        by_proxy = client.get("/sign-in", headers={"X-Forwarded-Proto": "https"})
        assert by_proxy.headers["set-cookie"].startswith("__Host-colourway_visit=")
        assert "Secure" in by_proxy.headers["set-cookie"]
