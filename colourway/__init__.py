"""Colourway: the garment of a picture and its colours.

>>> from colourway import Analyzer
>>> analyzer = Analyzer.load()  # doctest: +SKIP
>>> analyzer.analyze("dress.jpg", category="dress").colours  # doctest: +SKIP
#1b2a4f  dark navy  navy   80 %
#e8e4da  off-white  white  20 %

What ``__all__`` names is public; docs/api.md explains it. Importing this package loads nothing
else: each name is fetched when it is first asked for, and the networks by ``Analyzer.load()``.

The package is also the front door: the command line, embedded mode, the report and the demo. It
alone may know both producer and worker; it imports either only when it is needed, so that a
producer's commands start without what a worker needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.contracts.results import Pattern, Region, Shade
    from shared.contracts.stages import Code, Stage
    from shared.errors import (
        ColourwayError,
        NoPersonError,
        SettingsError,
        StageError,
        WeightsError,
    )
    from shared.settings import Settings, get_settings
    from worker.analysis.analysis import Analysis
    from worker.analysis.analyzer import Analyzer
    from worker.analysis.colours import Colours

__version__: str

__all__ = [
    "Analysis",
    "Analyzer",
    "Code",
    "Colours",
    "ColourwayError",
    "NoPersonError",
    "Pattern",
    "Region",
    "Settings",
    "SettingsError",
    "Shade",
    "Stage",
    "StageError",
    "WeightsError",
    "__version__",
    "get_settings",
]

_HOMES: Final = {
    "Analysis": "worker.analysis.analysis",
    "Analyzer": "worker.analysis.analyzer",
    "Colours": "worker.analysis.colours",
    **dict.fromkeys(("Pattern", "Region", "Shade"), "shared.contracts.results"),
    **dict.fromkeys(("Code", "Stage"), "shared.contracts.stages"),
    **dict.fromkeys(
        ("ColourwayError", "NoPersonError", "SettingsError", "StageError", "WeightsError"),
        "shared.errors",
    ),
    **dict.fromkeys(("Settings", "get_settings"), "shared.settings"),
}
"""Where each public name lives."""


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - only for those who ask

        found: object = version("colourway")
    elif name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
