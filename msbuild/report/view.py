"""The part of the live view that moves: the running jobs and a bar. Needs rich.

Every line is cut to the width and their number to the height, whatever the terminal's size is at
the moment; text of tools comes in as plain ``Text`` and is never read as markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from msbuild.report.text import rough

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

    from msbuild.report.eta import Outlook

WIDEST_BAR = 40
NARROWEST_BAR = 6

KEYSTROKE = len("^C")

SPARE_LINES = 2
"""Lines left to what scrolls above."""


@dataclass(frozen=True, slots=True)
class Running:
    """A running job as it is shown."""

    name: str
    seconds: float
    doing: str
    is_service: bool


@dataclass(frozen=True, slots=True)
class View:
    """What is shown at one moment; a renderable for rich."""

    running: Sequence[Running]
    done: int
    total: int
    outlook: Outlook
    stopping: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, as wide and as many as fit."""
        width = options.max_width - 1  # a full line makes some terminals wrap
        room = max(options.size.height - 1 - SPARE_LINES, 1)
        shown = list(self.running)
        if len(shown) > room:
            shown = shown[: room - 1]
        names = min(max((len(job.name) for job in shown), default=0), max(width // 3, 8))
        for job in shown:
            yield _cut(_row(job, names), width)
        if hidden := len(self.running) - len(shown):
            yield _cut(Text(f"… {hidden} more", style="dim"), width)
        width -= KEYSTROKE  # or the terminal's echo of it breaks the line, and the count of lines
        yield _cut(self._bar(width), width)

    def _bar(self, width: int) -> Text:
        told = f"{self.done}/{self.total}"
        if self.stopping:
            told += "  stopping"
        elif self.outlook.remaining is not None:
            left = self.outlook.remaining
            told += f"  about {rough(left)} left" if left >= 1 else "  almost done"
        length = min(WIDEST_BAR, width - len(told) - 2)
        if length < NARROWEST_BAR:
            return Text(told)
        full = int(length * min(max(self.outlook.share, 0), 1))
        return Text.assemble(("━" * full, "green"), ("─" * (length - full), "dim"), "  ", told)


def _row(job: Running, names: int) -> Text:
    name = Text(job.name, style="bold" if job.is_service else "dim")
    name.truncate(names, overflow="ellipsis", pad=True)
    return Text.assemble(name, f"  {rough(job.seconds):>8}  ", (job.doing, "dim"))


def _cut(line: Text, width: int) -> Text:
    line.no_wrap = True
    line.truncate(width, overflow="ellipsis")
    return line
