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

import errno
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


class UnavailableError(MsbuildError):
    """The world is in the way: no engine, no disk, no registry."""

    exit_code = EXIT_ENVIRONMENT


class TransientError(UnavailableError):
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


class MalformedAnswer(TransientError):
    """Somebody answers, and not as a registry does: worth another try, and then an error."""


def error_of(error: OSError, place: str = "") -> UnavailableError:
    """What the system refused, as an error for a user.

    The one way from an ``OSError`` that nobody foresaw to what is told of it: such a thing is the
    machine's, never a mistake of msbuild.

    Args:
        error: what the system said.
        place: what it was about, where it does not say so itself.
    """
    words = (error.strerror or str(error) or type(error).__name__).lower()
    named = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else place
    if not named and error.errno == errno.ENOENT and _is_nowhere():
        return UnavailableError("the working directory is gone", hint="`cd` to one that is there")
    about = f"`{named}`: {words}" if named else words
    return UnavailableError(about, hint=_REFUSALS.get(error.errno or 0))


def _is_nowhere() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - no more is wanted than that it fails
    except OSError:
        return True
    return False


_SPACE = "free some space: `msbuild prune` removes what was not used for long"
_RIGHTS = "whose is it? `MSBUILD_STORE` names another place for caches and images"
_REFUSALS = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "files may not get so large here: see `ulimit -f`",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.EIO: "the disk reports an error: see the system's log",
    errno.EMFILE: "raise the limit of open files (`ulimit -n`), or try fewer `--jobs`",
    errno.ENFILE: "the system has too many open files: try fewer `--jobs`",
}


class Missing(NamedTuple):
    """A file or directory that a step asked for, that is there, and that the step cannot see.

    A named tuple, because every command imports this module, and dataclasses take milliseconds.

    Attributes:
        path: relative to the source root.
        reason: ``unlisted``, ``ignored``, ``outside`` (a link that leaves the source root),
            ``dangling`` (one that leads nowhere) or ``version-control``.
        detail: the rule that ignores it, or where the link leads; may be empty.
    """

    path: str
    reason: str
    detail: str = ""

    @property
    def inputs(self) -> str:
        """What to list in `inputs:`; empty where that does not help."""
        return self.path if self.reason == "unlisted" else ""

    @property
    def hint(self) -> str:
        """What to do where listing it does not help."""
        return _HINTS.get(self.reason, "")

    def told(self, owner: str) -> str:
        """Why it cannot be seen, as the end of a sentence about it.

        Args:
            owner: the service or stage whose inputs it is not among.
        """
        by = f" by `{self.detail}`" if self.detail else ""
        return {
            "unlisted": f"is in the source tree, but not among the inputs of `{owner}`",
            "ignored": f"is there, but ignored{by}: git does not have it",
            "outside": f"is a symbolic link that leaves the source root, to `{self.detail}`",
            "dangling": "is a symbolic link that leads nowhere",
            "version-control": "is there, but belongs to version control and is no source",
        }[self.reason]


_HINTS = {
    "ignored": "commit it, or let a stage make it (`stages:` and `depends_on:`)",
    "outside": "sources stay below the source root: put a copy there",
    "dangling": "point the link at a file of the source tree",
    "version-control": "give the build what it needs in a file, or by `env:` of the builder",
}


class BuildError(MsbuildError):
    """A step of a stage failed.

    Args:
        message: the executor's word on it (``exit code: 1``).
        stage: the name of the stage whose step failed.
        step: the step as the user knows it (``RUN go build …``).
        tail: the last lines the step printed.
        hint: what to do about it.
        missing: what the step asked for and cannot see, though it is there.
    """

    def __init__(  # noqa: PLR0913 - a failure has as many sides
        self,
        message: str,
        *,
        stage: str,
        step: str = "",
        tail: Sequence[str] = (),
        hint: str | None = None,
        missing: Sequence[Missing] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.stage = stage
        self.step = step
        self.tail = tuple(tail)
        self.missing = tuple(missing)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A question with the closest known name, or nothing where none is close."""
    import difflib  # noqa: PLC0415 - only for whoever made a mistake

    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean `{close[0]}`?" if close else None
