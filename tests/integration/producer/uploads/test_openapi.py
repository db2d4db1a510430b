"""The web hook's description: valid, and true by schemathesis, which sends what it describes."""

import re
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.programs import BIN, PATIENCE_S
from tests.support.web_hook import TOKEN, Hook, environment_of, serving

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def hook(database_url: str, redis_url: str, tmp_path: Path) -> Generator[Hook]:
    environment = environment_of(database_url, redis_url) | {"COLOURWAY_EVENTS_PER_SECOND": "0"}
    with serving(environment, tmp_path / "serve.log") as made:
        yield made


def test_what_it_says(hook: Hook) -> None:
    status, said = hook.ask("GET", "/openapi.json", headers={})
    assert status == 200
    assert {path: list(methods) for path, methods in said["paths"].items()} == {
        "/events/s3": ["post"],
        "/healthz": ["get"],
        "/readyz": ["get"],
    }
    answers = said["paths"]["/events/s3"]["post"]["responses"]
    assert set(answers) == {"200", "400", "401", "408", "413", "429", "503"}
    assert set(said["components"]["securitySchemes"]) == {
        *("token", "password", "signature", "hub", "b2")
    }


def test_schemathesis_finds_no_server_error(hook: Hook, tmp_path: Path) -> None:
    """Hundreds of valid and invalid requests; every answer is one that is described."""
    command = [
        *(BIN / "schemathesis", "run", f"http://127.0.0.1:{hook.port}/openapi.json"),
        *("--header", f"Authorization: Bearer {TOKEN}"),
        *("--seed", "1", "--max-examples", "100", "--generation-database", "none"),
        # An object without what an event needs fits the description, and is answered 400.
        *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
    ]
    # In a folder of its own: it leaves notes where it runs.
    ended = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ended.returncode == 0, ended.stdout[-6000:]
    (generated,) = re.findall(r"(\d+) generated", ended.stdout)
    assert int(generated) > 150
    assert hook.program.records("Exception in ASGI application\n") == []
    hook.program.check_alive()
