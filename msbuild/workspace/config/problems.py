"""Collects what is wrong with a config, to tell it all at once in the order of the places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.errors import ConfigError, ConfigErrors, did_you_mean
from msbuild.model import Location

if TYPE_CHECKING:
    from collections.abc import Collection

SHOWN = 100
# Names compared in all while looking for what was meant: keeps thousands of mistakes quick.
_COMPARISONS = 20_000
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Meant:
    """A name that does not exist, and those that do.

    Attributes:
        prefix: what stands before the suggestion, the directory of a path for instance.
    """

    name: str
    known: Collection[str]
    prefix: str = ""

    def hint(self) -> str | None:
        """What may have been meant."""
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
        """Note a problem; the same one at the same place counts once.

        Args:
            at: the offending key or value.
            message: what is wrong.
            hint: what to do.
            meant: a name nobody knows; comes before the hint where one like it exists.
        """
        self._found.setdefault((at, message), _Problem(message, hint, at, meant))

    def include(self, error: ConfigError) -> None:
        """Note an error that others raised."""
        self._foreign.extend(error.problems if isinstance(error, ConfigErrors) else (error,))

    def raise_any(self) -> None:
        """Raise what was found.

        Raises:
            ConfigErrors: there are problems.
        """
        found = sorted(self._found.values(), key=lambda problem: problem.at)
        if not found and not self._foreign:
            return
        errors = sorted([*self._foreign, *_errors(found[:SHOWN])], key=_place)
        if len(found) > SHOWN:
            errors.append(ConfigError(f"{len(found) - SHOWN:,} more problems are not shown"))
        raise ConfigErrors(errors)


def shown(text: str) -> str:
    """A text from the config for a message: in back-ticks, on one line, not too long."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    if not text.isprintable():
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return f"`{text}`"


def listed(names: Collection[str]) -> str:
    """Some names in a row, each in back-ticks."""
    return ", ".join(shown(name) for name in sorted(names)[:20])


def _place(error: ConfigError) -> Location:
    """Where an error stands in the order of all: those without a place come first."""
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
    """A value that cannot be taken; whoever knows its place makes a problem of it.

    Args:
        message: what is wrong.
        hint: what to do.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
