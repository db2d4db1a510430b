"""How far the pictures are: a bar on terminals, a line every ten seconds elsewhere."""

from contextlib import AbstractContextManager

from rich.console import Console
from rich.text import Text

from colourway.pictures.batch import AnalysedPicture
from colourway.pictures.given import Given
from colourway.pictures.words import printable, reason
from shared.cli.progress import ProgressBar
from shared.contracts.stages import Code


class PictureProgress:
    """Counts outcomes and tells of failures, on standard error.

    With ``quiet`` failures alone are told. ``failures`` counts pictures without colours.
    """

    def __init__(self, console: Console, given: Given, quiet: bool) -> None:
        self._console = console
        self._given = given
        self._bar = ProgressBar(console, quiet)
        self.done = self.failures = self._nobody = 0

    def shown(self) -> AbstractContextManager[None]:
        """Show the bar while the ``with`` block lasts, and tell of folders that cannot be used."""
        for complaint in self._given.complaints:
            self._say(complaint)
        what = "Looking at the picture" if self._given.single else "Looking at the pictures"
        return self._bar.doing(what, len(self._given.pictures))

    def step(self, outcome: AnalysedPicture) -> None:
        """One more is done; where it failed, say why."""
        self.done += 1
        self._bar.step()
        if outcome.error is not None:
            self.failures += 1
            self._nobody += outcome.error.code is Code.NO_PERSON
            self._say(reason(outcome.shown, outcome.error))

    def summary(self) -> str:
        """How many pictures there were and what became of them, in one line."""
        failed = self.failures - self._nobody
        parts = [f"{self.done - self.failures:,} with colours"]
        parts += [f"{self._nobody:,} without a person or product"] if self._nobody else []
        parts += [f"{failed:,} failed"] if failed else []
        others = self._given.others
        passed = f"; {_count(others, 'other file')} passed over" if others else ""
        return f"{_count(self.done, 'picture')}: {', '.join(parts)}{passed}"

    def _say(self, text: str) -> None:
        self._print(f"colourway: {printable(text)}")

    def _print(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
