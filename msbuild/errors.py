"""The errors a user can meet, and the exit code of each.

    MsbuildError            something a user can act on; never shown as a traceback
    ├── ConfigError         the config, the lock file or a plugin is wrong      exit 2
    ├── UsageError          the command line asks for what is not there         exit 2
    ├── EnvironmentFault    the world is in the way (engine gone, disk full)    exit 3
    │   └── TransientFault  the same, but another try may succeed               exit 3
    │       └── GarbledAnswer   what answers does not answer as a registry      exit 3
    └── BuildFailure        a step of a stage ended with an error               exit 1

A mistake of msbuild itself ends with exit code 70, Ctrl-C with 130.

Messages are lower case, quote names in back-ticks, and carry what to do in ``hint``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msbuild.model import Location

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_ENVIRONMENT = 3
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130


class MsbuildError(Exception):
    """A mistake or a fault told in the user's words.

    Args:
        message: what is wrong, lower case, names in back-ticks.
        hint: what to do about it, or nothing where nobody can know.
        at: the place in the config that it is about.
    """

    exit_code = EXIT_FAILED

    def __init__(
        self, message: str, *, hint: str | None = None, at: Location | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.at = at

    def render(self) -> str:
        """The error as it is shown: place, message, and the hint on a line of its own."""
        place = f"{self.at}: " if self.at else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class ConfigError(MsbuildError):
    """The config is wrong. Several of them are raised together as ``ConfigErrors``."""

    exit_code = EXIT_USAGE


class ConfigErrors(ConfigError):
    """Every problem of a config at once, in the order of their places."""

    def __init__(self, problems: Sequence[ConfigError]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)

    def render(self) -> str:
        """All problems, one after another."""
        return "\n".join(problem.render() for problem in self.problems)


class UsageError(MsbuildError):
    """The command line names something that does not exist or does not go together."""

    exit_code = EXIT_USAGE


class EnvironmentFault(MsbuildError):
    """The world is in the way: no engine, no disk, no registry."""

    exit_code = EXIT_ENVIRONMENT


class TransientFault(EnvironmentFault):
    """A fault of the world that another try may not meet again.

    Args:
        message: what is wrong.
        hint: what to do about it.
        after: seconds that the other side asks to wait for.
        unreachable: nobody answered at all; another try will hardly change that.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        after: float | None = None,
        unreachable: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.after = after
        self.unreachable = unreachable


class GarbledAnswer(TransientFault):
    """Somebody answers, and not as a registry does: worth another try, and then an error."""


class BuildFailure(MsbuildError):
    """A step of a stage failed.

    Args:
        message: the executor's word on it (``exit code: 1``).
        stage: the name of the stage whose step failed.
        step: the step as the user knows it (``RUN go build …``).
        tail: the last lines the step printed.
        hint: what to do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        stage: str,
        step: str = "",
        tail: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.stage = stage
        self.step = step
        self.tail = tuple(tail)
