"""Which framework Keras runs on, told without importing Keras.

Where graphs are kept, nothing of Keras is needed, and importing it brings all of its framework.
"""

import json
import os
from pathlib import Path
from typing import Any, cast


def backend() -> str:
    """Name of the framework, as Keras chooses it: ``tensorflow``, ``jax``, ``torch``, ..."""
    chosen = os.environ.get("KERAS_BACKEND")
    if chosen:
        return chosen
    try:
        content = json.loads((_keras_home() / "keras.json").expanduser().read_text("utf-8"))
    except (OSError, ValueError):
        return "tensorflow"
    return str(cast("dict[str, Any]", content).get("backend", "tensorflow"))


def _keras_home() -> Path:
    if "KERAS_HOME" in os.environ:
        return Path(os.environ["KERAS_HOME"])
    home = Path("~").expanduser()
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"  # noqa: S108 - Keras' rule
