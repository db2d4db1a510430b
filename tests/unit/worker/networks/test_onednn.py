"""oneDNN is on before TensorFlow is imported, whoever imports it first; a user's choice stays."""

import os
import subprocess
import sys

import pytest

WATCH = """
import os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            print(os.environ.get("TF_ENABLE_ONEDNN_OPTS"), flush=True)
            os._exit(0)

sys.meta_path.insert(0, Watch())
import {module}
"""


def seen_by_tensorflow(module: str, given: str | None) -> str:
    """Import a module, and tell how the variable is set when that first asks for TensorFlow."""
    environment = {k: v for k, v in os.environ.items() if k != "TF_ENABLE_ONEDNN_OPTS"}
    if given is not None:
        environment["TF_ENABLE_ONEDNN_OPTS"] = given
    run = subprocess.run(
        [sys.executable, "-c", WATCH.format(module=module)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


@pytest.mark.parametrize(
    "module", ["worker.networks.layers", "worker.networks.mobilenet", "worker.training.loop"]
)
def test_it_is_switched_on(module: str) -> None:
    assert seen_by_tensorflow(module, None) == "1"


@pytest.mark.parametrize("given", ["0", "1"])
def test_what_the_user_has_set_stays(given: str) -> None:
    assert seen_by_tensorflow("worker.networks.layers", given) == given
