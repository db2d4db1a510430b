"""Option groups: fields of a dataclass as options of a command."""

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from shared.cli.option_groups import option_groups


@dataclass(frozen=True)
class Size:
    width: Annotated[int, typer.Option(min=1, help="How wide.")] = 2
    tags: Annotated[list[str] | None, typer.Option("--tag")] = None


@option_groups
def draw(
    name: Annotated[str, typer.Argument()],
    *,
    size: Size,
    loud: Annotated[bool, typer.Option("--loud")] = False,
) -> None:
    """Draw something."""
    typer.echo(f"{name} {size} {loud}")


app = typer.Typer()
app.command()(draw)


def called(*words: str) -> str:
    return CliRunner().invoke(app, words).output


def test_a_group_comes_filled_in() -> None:
    assert called("x", "--width", "5", "--tag", "a", "--tag", "b", "--loud") == (
        "x Size(width=5, tags=['a', 'b']) True\n"
    )


def test_a_group_has_defaults() -> None:
    assert called("x") == "x Size(width=2, tags=None) False\n"


def test_a_group_is_checked_and_documented_like_other_options() -> None:
    assert "Invalid value for '--width'" in called("x", "--width", "0")
    assert "How wide." in called("--help")
    assert "--size" not in called("--help")
