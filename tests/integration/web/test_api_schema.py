"""The API's description: what it has, and true by schemathesis, which sends what it describes."""

import re
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.api_keys import client_of, new_key
from tests.support.catalogue.searched import make_rows
from tests.support.catalogue.shelf import NAVY, RED, add_answered
from tests.support.painted import product_alone
from tests.support.pictures import encode
from tests.support.programs import BIN, PATIENCE_S
from tests.support.web_page import WebPage, page_served
from web.api import analysis
from web.viewer import SignIn

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def described(database_url: str, tmp_path: Path) -> Generator[WebPage]:
    with page_served(database_url, tmp_path / "home", SignIn.USERS) as served:
        add_answered(served.engine, "A-1", NAVY, title="Skirt")
        add_answered(served.engine, "A-2", RED)
        make_rows(served.engine)
        yield served


def test_what_it_says(described: WebPage) -> None:
    with described.client() as client:
        said = client.get("/api/v1/openapi.json").json()
    assert {path: sorted(methods) for path, methods in said["paths"].items()} == {
        "/api/v1/products": ["get"],
        "/api/v1/products/{sku}": ["get"],
        "/api/v1/changes": ["get"],
        "/api/v1/decisions": ["get"],
        "/api/v1/decisions/{product_id}": ["delete", "get", "put"],
        "/api/v1/analyze": ["post"],
    }
    assert set(said["components"]["securitySchemes"]) == {"HTTPBearer"}


def test_schemathesis_finds_no_server_error(described: WebPage, tmp_path: Path) -> None:
    """Hundreds of valid and invalid requests of somebody who may review; none fails here."""
    command = [
        *(BIN / "schemathesis", "run", f"{described.url}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {new_key(described, 'review')}"),
        *("--seed", "1", "--max-examples", "30", "--generation-database", "none"),
        *("--checks", "not_a_server_error,status_code_conformance,response_schema_conformance"),
    ]
    # In a folder of its own: it leaves notes where it runs.
    ended = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ended.returncode == 0, ended.stdout[-6000:]
    (generated,) = re.findall(r"(\d+) generated", ended.stdout)
    assert int(generated) > 200


def test_a_picture_is_analysed_where_that_is_wanted(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, with the networks; a text is none, and few may be sent a minute."""
    monkeypatch.setattr(analysis, "TIMEOUT_S", PATIENCE_S)
    home = tmp_path / "home"
    wanted = {"web_analyze": True, "web_analyses_per_minute": 12.0}
    with (
        page_served(database_url, home, SignIn.USERS, **wanted) as served,
        client_of(served, "review") as client,
    ):
        picture = encode(product_alone().repeat(4, 0).repeat(4, 1), "PNG")
        said = client.post("/api/v1/analyze?category=dress", content=picture, timeout=PATIENCE_S)
        assert said.status_code == 200, said.text
        result = said.json()["result"]
        assert result["subject"] == "packshot"
        assert result["colours"][0]["hex"] == "#007878"
        assert "source" not in result
        refused = client.post("/api/v1/analyze", content=b"no picture", timeout=PATIENCE_S)
        assert refused.status_code == 422
        assert "not_an_image" in refused.json()["detail"]
        assert client.post("/api/v1/analyze", content=b"").status_code in (400, 429)
        assert client.post("/api/v1/analyze", content=bytes(17_000_000)).status_code in (413, 429)


def test_where_it_is_not_wanted_no_picture_is_taken(described: WebPage) -> None:
    with client_of(described, "review") as client:
        said = client.post("/api/v1/analyze", content=b"x")
        assert (said.status_code, "COLOURWAY_WEB_ANALYZE" in said.text) == (404, True)
