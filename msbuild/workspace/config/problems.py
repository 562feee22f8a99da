"""Collects the problems of a config, to report them all at once in order of location."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors, did_you_mean
from msbuild.model import Location

if TYPE_CHECKING:
    from collections.abc import Collection

SHOWN = 100
# Limit of name comparisons for "did you mean", so that thousands of problems stay fast.
_COMPARISONS = 20_000
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Meant:
    """An unknown name, and the known ones.

    Attributes:
        prefix: goes before the suggestion: the directory of a path, for instance.
    """

    name: str
    known: Collection[str]
    prefix: str = ""

    def hint(self) -> str | None:
        """A question with the closest known name, if there is one."""
        question = did_you_mean(self.name, filter(str.isprintable, self.known))
        return question and question.replace("`", f"`{self.prefix}", 1)


@dataclass(frozen=True, slots=True)
class _Problem:
    message: str
    hint: str | None
    at: Location
    meant: Meant | None


class Problems:
    """The problems of one config."""

    def __init__(self) -> None:
        self._found: dict[tuple[Location, str], _Problem] = {}
        self._foreign: list[ConfigError] = []

    def add(
        self, at: Location, message: str, hint: str | None = None, meant: Meant | None = None
    ) -> None:
        """Add a problem; duplicates at the same location count once.

        Args:
            at: the offending key or value.
            message: what is wrong.
            hint: what to do.
            meant: the unknown name; a similar known one is suggested before the hint.
        """
        self._found.setdefault((at, message), _Problem(message, hint, at, meant))

    def include(self, error: ConfigError) -> None:
        """Add an error that was raised elsewhere."""
        self._foreign.extend(error.problems if isinstance(error, ConfigErrors) else (error,))

    def raise_any(self) -> None:
        """Raise the problems, if there are any.

        Raises:
            ConfigErrors: there are problems.
        """
        found = sorted(self._found.values(), key=lambda problem: problem.at)
        if not found and not self._foreign:
            return
        errors = sorted([*self._foreign, *_errors(found[:SHOWN])], key=_place)
        if len(found) > SHOWN:
            errors.append(ConfigError(f"{len(found) - SHOWN:,} more problems not shown"))
        raise ConfigErrors(errors)


def shown(text: str) -> str:
    """A text from the config for use in a message: in back-ticks, on one line, shortened."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    if not text.isprintable():
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return f"`{text}`"


def listed(names: Collection[str]) -> str:
    """Sorted names, each in back-ticks, separated by commas; at most 20."""
    return ", ".join(shown(name) for name in sorted(names)[:20])


def _place(error: ConfigError) -> Location:
    """The sort key of an error: those without a location come first."""
    return error.at or Location("", 0, 0)


def _errors(problems: list[_Problem]) -> list[ConfigError]:
    errors, left = [], _COMPARISONS
    for problem in problems:
        hint = problem.hint
        if problem.meant and (left := left - len(problem.meant.known)) >= 0:
            question = problem.meant.hint()
            hint = " ".join(filter(None, (question, hint))) if question else hint
        errors.append(ConfigError(problem.message, hint=hint, at=problem.at))
    return errors


class Refused(Exception):
    """An invalid value; the caller that knows its location turns this into a problem.

    Args:
        message: what is wrong.
        hint: what to do.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
