"""The errors that users can see, and their exit codes.

    MsbuildError                something the user can act on; never shown as a traceback
    ├── ConfigError             the config, the lock file or a plugin is invalid         exit 2
    │   └── ConfigErrors        several of those                                         exit 2
    ├── UsageError              the command line is invalid                              exit 2
    ├── UnavailableError        an environment error: no engine, no registry, disk full  exit 3
    │   └── TransientError      the same, but a retry may succeed                        exit 3
    │       └── MalformedResponse  a response that no registry would send            exit 3
    └── BuildError              a step of a stage failed                                 exit 1

Internal errors exit with code 70, Ctrl-C with 130.

Messages are lower case and quote names in back-ticks; ``hint`` says what to do.
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
    """An error that is shown to the user.

    Args:
        message: the problem: lower case, names in back-ticks.
        hint: what to do about it, if known.
        at: the location in the config.
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
        """The text that is shown: location and message, then the hint on its own line."""
        place = f"{self.at}: " if self.at else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class ConfigError(MsbuildError):
    """The config is invalid. Several problems are raised together as ``ConfigErrors``."""

    exit_code = EXIT_USAGE


class ConfigErrors(ConfigError):
    """All problems of a config, in order of location."""

    def __init__(self, problems: Sequence[ConfigError]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)

    def render(self) -> str:
        """All problems, one after another."""
        return "\n".join(problem.render() for problem in self.problems)


class PluginError(ConfigError):
    """A language plugin fails or returns something invalid: a bug of the plugin."""


class UsageError(MsbuildError):
    """The command line names something that does not exist, or conflicting options."""

    exit_code = EXIT_USAGE


class UnavailableError(MsbuildError):
    """An environment error: the machine, the engine, the network or the registry is unavailable."""

    exit_code = EXIT_ENVIRONMENT


class TransientError(UnavailableError):
    """An environment error that may not occur again on a retry.

    Args:
        message: what is wrong.
        hint: what to do about it.
        after: the number of seconds to wait, as requested by the server.
        unreachable: there was no response, so a retry will probably not help.
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


class MalformedResponse(TransientError):
    """A response that no registry would send: retried, then reported as an error."""


def environment_error(error: OSError, place: str = "") -> UnavailableError:
    """The environment error for an unexpected ``OSError``: never an internal error.

    Args:
        error: the system's error.
        place: the path it is about, if the error does not name one.
    """
    words = (error.strerror or str(error) or type(error).__name__).lower()
    named = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else place
    if not named and error.errno == errno.ENOENT and _working_directory_is_gone():
        return UnavailableError(
            "the working directory no longer exists", hint="`cd` to an existing one"
        )
    about = f"`{named}`: {words}" if named else words
    return UnavailableError(about, hint=_REFUSALS.get(error.errno or 0))


def _working_directory_is_gone() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - only whether it fails matters
    except OSError:
        return True
    return False


_SPACE = "free some space: `msbuild prune` removes what has not been used for a long time"
_RIGHTS = "check owner and permissions; `MSBUILD_STORE` moves the store of caches and images"
_REFUSALS = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: "raise the limit for file sizes: see `ulimit -f`",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.EIO: "the disk reports an error: see the system log",
    errno.EMFILE: "raise the limit of open files (`ulimit -n`), or use fewer `--jobs`",
    errno.ENFILE: "the system has too many open files: use fewer `--jobs`",
}


class Missing(NamedTuple):
    """An existing file or directory that a step looked for but cannot see.

    A named tuple, as every command imports this module and dataclasses are slow to import.

    Attributes:
        path: relative to the source root.
        reason: ``unlisted``, ``ignored``, ``outside`` (a link that leaves the source root),
            ``dangling`` (a link without a target) or ``version-control``.
        detail: the rule that ignores it, or the target of the link; may be empty.
    """

    path: str
    reason: str
    detail: str = ""

    @property
    def inputs(self) -> str:
        """The path to add to `inputs:`; empty if that does not help."""
        return self.path if self.reason == "unlisted" else ""

    @property
    def hint(self) -> str:
        """What to do if adding it to `inputs:` does not help."""
        return _HINTS.get(self.reason, "")

    def explanation(self, owner: str) -> str:
        """Why the step cannot see it, as the end of a sentence about it.

        Args:
            owner: the service or stage that does not list it as an input.
        """
        by = f" by `{self.detail}`" if self.detail else ""
        return {
            "unlisted": f"is in the source tree, but not an input of `{owner}`",
            "ignored": f"exists, but is ignored{by}: git does not have it",
            "outside": f"is a symbolic link that leaves the source root, to `{self.detail}`",
            "dangling": "is a symbolic link without a target",
            "version-control": "exists, but belongs to version control and is not a source",
        }[self.reason]


_HINTS = {
    "ignored": "commit it, or let a stage create it (`stages:` and `depends_on:`)",
    "outside": "sources must be below the source root: copy it there",
    "dangling": "change the link to point to a file of the source tree",
    "version-control": "pass what the build needs in a file, or with `env:` of the builder",
}


class BuildError(MsbuildError):
    """A step of a stage failed.

    Args:
        message: the reason from the executor (``exit code: 1``).
        stage: the name of the stage whose step failed.
        step: the name of the step as shown to users (``RUN go build …``).
        tail: the last lines that the step printed.
        hint: what to do about it.
        missing: existing files that the step looked for but cannot see.
    """

    def __init__(  # noqa: PLR0913 - all parts of a failure
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
    """A question with the closest known name, or ``None`` if none is close."""
    import difflib  # noqa: PLC0415 - only needed for errors

    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean `{close[0]}`?" if close else None
