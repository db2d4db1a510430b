"""The frame: signing in, the check of every form, headers, and health."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx2
from sqlalchemy import text

from tests.support.browser import OpenTab
from tests.support.web_page import PASSWORD, WebPage, serious_findings, sign_in


def token_of(client: httpx2.Client) -> str:
    """Open a page and return the token of its forms."""
    said = client.get("/sign-in").text
    return re.findall(r'name="csrf_token" value="([0-9a-f]{64})"', said)[0]


def test_a_user_signs_in_and_out(guarded_page: WebPage, open_tab: OpenTab) -> None:
    guarded_page.add_user("anna", "review")
    tab = open_tab()
    tab.goto(f"{guarded_page.url}/sign-in")
    assert serious_findings(tab) == []
    before = tab.context.cookies()[0]["value"]
    sign_in(tab, guarded_page, "anna")
    assert tab.context.cookies()[0]["value"] != before


def test_a_form_without_its_token_is_refused(guarded_page: WebPage) -> None:
    guarded_page.add_user("anna", "review")
    form = {"name": "anna", "password": PASSWORD}
    with guarded_page.client() as client:
        token = token_of(client)
        assert client.post("/sign-in", data=form).status_code == 403
        wrong = form | {"csrf_token": token[::-1]}
        assert client.post("/sign-in", data=wrong).status_code == 403
        right = form | {"csrf_token": token}
        elsewhere = {"Origin": "https://evil.example"}
        assert client.post("/sign-in", data=right, headers=elsewhere).status_code == 403
        assert client.post("/sign-in", data=right).status_code == 303


def test_every_answer_forbids_inline_scripts(page: WebPage) -> None:
    with page.client() as client:
        for path in ("/healthz", "/readyz", "/sign-in", "/nothing", "/static/app.css"):
            policy = client.get(path).headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "script-src 'self'" in policy


def test_without_signing_in_only_this_machine_is_answered(page: WebPage) -> None:
    with page.client() as client:
        assert client.get("/readyz").status_code == 200
        assert client.get("/readyz", headers={"Host": "evil.example"}).status_code == 403


def test_many_at_once_wait_for_their_turn_and_not_for_each_other(page: WebPage) -> None:
    # More than the pool has connections, and more than there are threads.
    def ask(_: int) -> list[int]:
        with page.client() as client:
            return [client.get("/operations/now").status_code for _ in range(3)]

    with ThreadPoolExecutor(60) as pool:
        answers = [status for statuses in pool.map(ask, range(60)) for status in statuses]
    assert answers == [200] * 180


def test_a_fault_says_its_number_and_nothing_else(page: WebPage) -> None:
    with page.engine.begin() as connection:
        connection.execute(text("DROP TABLE host_pauses"))
    with page.client() as client:
        answer = client.get("/operations")
    assert answer.status_code in (500, 503)
    assert "host_pauses" not in answer.text


def test_dark_and_light_follow_the_system_until_somebody_chooses(
    page: WebPage, open_tab: OpenTab
) -> None:
    tab = open_tab(color_scheme="dark", viewport={"width": 2560, "height": 1300})
    tab.goto(f"{page.url}/operations")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    dark = tab.evaluate(paper)
    assert serious_findings(tab) == []
    tab.get_by_role("button", name="Theme: system").click()
    light = tab.evaluate(paper)
    assert (dark, light) == ("rgb(19, 19, 18)", "rgb(250, 250, 248)")
    tab.reload()
    assert tab.evaluate(paper) == light
    tab.get_by_role("button", name="Theme: light").click()
    assert tab.evaluate(paper) == dark
