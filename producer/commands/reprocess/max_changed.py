"""The bound on how many products may change their colour family at once, and its options."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.settings import Settings

MaxChangedOption = Annotated[
    str | None,
    typer.Option(
        metavar="PERCENT",
        help="Refuse if more of the products would change their colour family, such as 5%.",
        show_default="COLOURWAY_MAX_CHANGED_PERCENT",
    ),
]
ForceFlag = Annotated[
    bool, typer.Option("--force", help="Do it however many products change their family.")
]


def max_changed_percent(text: str | None, settings: "Settings") -> float:
    """Read ``5%`` or ``5``; without it, the setting counts.

    Raises :class:`~shared.errors.SettingsError` for anything else.
    """
    from shared.errors import SettingsError  # noqa: PLC0415

    if text is None:
        return settings.max_changed_percent
    try:
        percent = float(text.strip().removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise SettingsError(f"--max-changed {text!r}: write a percentage from 0 to 100, such as 5%")
    return percent
