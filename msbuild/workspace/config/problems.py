"""The values given in a config, with their locations, and the problems found in them.

Problems are collected to report them all at once, in order of location.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msbuild.errors import ConfigError, ConfigErrors, did_you_mean
from msbuild.model import Location

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from msbuild.plugin.api import Language
    from msbuild.workspace.config.discover import SourcePaths
    from msbuild.workspace.config.reader import Reader
    from msbuild.workspace.config.schema import Record

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
    """A string from the config for use in a message: in back-ticks, on one line, shortened."""
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


@dataclass(frozen=True, slots=True)
class Given:
    """A value of a config.

    Attributes:
        value: a string, number or boolean; a tuple of ``Given`` for a list; a dictionary of them
            for a mapping; a node for a plugin option. ``None`` if it was invalid, which has been
            reported.
        at: the location of the value.
        key: the location of its key.
        record: the kind of record, if it is one.
    """

    value: Any
    at: Location
    key: Location
    record: Record | None = None

    def __contains__(self, name: str) -> bool:
        """Whether a key is present, valid or not."""
        return name in self.value

    def __getitem__(self, name: str) -> Given:
        """The value of a key that is present."""
        given: Given = self.value[name]
        return given

    def get(self, name: str) -> Given | None:
        """The value of a key, or ``None`` if it is absent or invalid."""
        given: Given | None = self.value.get(name)
        return None if given is None or given.value is None else given

    def is_wrong(self, name: str) -> bool:
        """Whether a key is present with an invalid value, which has been reported."""
        return name in self.value and self.value[name].value is None

    def __iter__(self) -> Iterator[Given]:
        """The valid items of a list."""
        return (item for item in self.value if item.value is not None)

    def items(self) -> Iterator[tuple[str, Given]]:
        """The valid entries of a mapping."""
        return ((name, each) for name, each in self.value.items() if each.value is not None)

    def plain(self, name: str) -> Any:
        """The value of a key without locations, or the key's default."""
        given = self.get(name)
        if given is not None:
            return given.stripped()
        key = self.record.key(name) if self.record else None
        return key.default if key else None

    def stripped(self) -> Any:
        """The value without locations."""
        if isinstance(self.value, tuple):
            return tuple(item.stripped() for item in self)
        if isinstance(self.value, dict):
            return {name: each.stripped() for name, each in self.items()}
        return self.value

    def over(self, below: Given | None) -> Given:
        """This value merged over another: mappings merge key by key, other values replace."""
        if below is None or not (isinstance(self.value, dict) and isinstance(below.value, dict)):
            return self
        merged = below.value | {
            name: each.over(below.value.get(name)) for name, each in self.value.items()
        }
        return Given(merged, self.at, self.key, self.record)

    def without(self, *names: str) -> Given:
        """A mapping without some keys."""
        rest = {name: each for name, each in self.value.items() if name not in names}
        return Given(rest, self.at, self.key, self.record)


@dataclass(frozen=True, slots=True)
class Scope:
    """The whole config while its builders, stages and services are created.

    Attributes:
        languages: every language by name; ``None`` if they could not be loaded.
        paths: the source tree; ``None`` if the source root is invalid.
    """

    config: Given
    languages: Mapping[str, Language] | None
    paths: SourcePaths | None
    reader: Reader
    problems: Problems

    def table(self, key: str) -> Mapping[str, Given]:
        """The valid entries of a mapping by name."""
        given = self.config.get(key)
        return dict(given.items()) if given else {}

    def names(self, key: str) -> Collection[str]:
        """The names in a mapping, including those of invalid entries."""
        given = self.config.get(key)
        return given.value.keys() if given else ()

    def plugin(self, builder: str) -> str | None:
        """The name of a builder's plugin; ``None`` if it is invalid."""
        given = self.table("builders").get(builder)
        if given is None or given.is_wrong("plugin"):
            return None
        plugin: str | None = given.plain("plugin")
        return plugin or builder

    def language(self, builder: str) -> Language | None:
        """The language of a builder, if both are known."""
        plugin = self.plugin(builder)
        return self.languages.get(plugin) if self.languages and plugin else None
