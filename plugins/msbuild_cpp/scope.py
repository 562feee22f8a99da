"""CMake's variables: scopes, expansion, and values that are unknown without running CMake.

Paths in values are absolute as in CMake, below two placeholder directories for the source tree and
the build tree. Where a condition is unknown, a variable has several *choices*, and so does every
value that uses it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from msbuild_cpp.syntax import Argument

SOURCE_ROOT = "/@source"
BUILD_ROOT = "/@binary"
# Marks in a value: a part that some command computes, a variable that no command here sets, and the
# start of a path that was found by listing files instead of being named.
COMPUTED = "\0"
UNSET = "\1"
FOUND = "\3"

MOST_CHOICES = 16
_MOST_VARIABLES = 500
_COPYING = 4
_LONG, _LONG_ITEM = 100_000, 4_000
_VARIABLE = re.compile(r"(?<!\\)\$(ENV|CACHE)?\{([^${}]*)\}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
# Values are not expanded again: a `$` or a backslash in them is literal.
_HIDDEN = str.maketrans("$\\", "\5\6")
_SHOWN = str.maketrans("\5\6", "$\\")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Variable:
    """The possible values of a variable.

    Attributes:
        choices: the possible values.
        owners: the directories that set it for other directories.
    """

    choices: tuple[str, ...]
    owners: frozenset[str] = frozenset()


class Scope:
    """The variables of a directory or function; reads fall back to the cache.

    Args:
        cache: the variables that all scopes share.
        needs: the set to which the owners of variables that are read are added.
        parent: the scope that ``PARENT_SCOPE`` refers to.
    """

    def __init__(
        self, cache: dict[str, Variable], needs: set[str], parent: Scope | None = None
    ) -> None:
        self.cache = cache
        self.needs = needs
        self.parent = parent
        # the number of characters produced, to stop values that double again and again
        self.work: list[int] = parent.work if parent else [0]
        self.values: dict[str, Variable] = self.copied(parent.values) if parent else {}

    def copied(self, values: dict[str, Variable]) -> dict[str, Variable]:
        """A copy of variables; counts as work."""
        self.work[0] += _COPYING * len(values)
        return dict(values)

    def inner(self, needs: set[str] | None = None) -> Scope:
        """The scope of a function, or of a directory that is added."""
        return Scope(self.cache, self.needs if needs is None else needs, self)

    def choices(self, name: str) -> tuple[str, ...]:
        """The possible values of a variable."""
        variable = self.values.get(name) or self.cache.get(name)
        if variable is None:
            return (UNSET,)
        self.needs |= variable.owners
        return variable.choices

    def get(self, name: str) -> str | None:
        """The only value of a variable; ``None`` if it is not set."""
        choices = self.choices(name)
        if choices == (UNSET,):
            return None
        return choices[0] if len(choices) == 1 else COMPUTED

    def assign(
        self,
        name: str,
        choices: Sequence[str],
        *,
        uncertain: bool = False,
        owners: frozenset[str] = frozenset(),
    ) -> None:
        """Set a variable; if that is uncertain, its old value remains possible."""
        old = self.values.get(name) or self.cache.get(name)
        self.values[name] = _assigned(old, choices, owners, uncertain=uncertain)

    def join(self, ends: Sequence[dict[str, Variable]]) -> None:
        """Continue after branches of which one ran, each given by the variables at its end."""
        first, *others = ends
        self.values = dict(first)
        for name in dict.fromkeys(name for end in ends for name in end):
            for end in others:
                if end.get(name) is not self.values.get(name):
                    found = end.get(name) or self.cache.get(name) or Variable((UNSET,))
                    self.assign(name, found.choices, uncertain=True, owners=found.owners)

    def assign_cache(
        self, name: str, choices: Sequence[str], *, uncertain: bool, owners: frozenset[str]
    ) -> None:
        """Set a variable for all scopes."""
        self.cache[name] = _assigned(self.cache.get(name), choices, owners, uncertain=uncertain)

    def texts(self, text: str) -> list[str]:
        """A text with variables expanded, innermost first: one result for each choice."""
        waiting, done = [text], list[str]()
        if text.count("{") > _MOST_VARIABLES:
            return [COMPUTED]
        while waiting:
            text = waiting.pop()
            self.work[0] += len(text)
            found = _VARIABLE.search(text)
            if found is None:
                text = _ESCAPE.sub(lambda each: _ESCAPED.get(each[1], each[1]), text)
                done.append(text.translate(_SHOWN))
                continue
            values = (COMPUTED,) if found[1] else self.choices(found[2])
            if len(waiting) + len(done) + len(values) > MOST_CHOICES:
                values = (COMPUTED,)
            waiting.extend(
                f"{text[: found.start()]}{value.translate(_HIDDEN)}{text[found.end() :]}"
                for value in reversed(values)
            )
        self.work[0] += sum(map(len, done))
        return list(dict.fromkeys(done))

    def substitute(self, text: str) -> str:
        """A text with variables expanded; ``COMPUTED`` if there are several choices."""
        texts = self.texts(text)
        return texts[0] if len(texts) == 1 else COMPUTED

    def expand(self, argument: Argument) -> list[str]:
        """The values of an argument: any number if it is unquoted."""
        if argument.kind in ("bracket", "paren"):
            return [argument.text]
        texts = self.texts(argument.text)
        if argument.kind == "quoted":
            return texts
        return [value for text in texts for value in text.split(";") if value]

    def expand_all(self, arguments: Iterable[Argument]) -> list[str]:
        """The values of several arguments in order, with all choices."""
        return [value for argument in arguments for value in self.expand(argument)]

    def lists(self, arguments: Sequence[Argument]) -> list[str]:
        """The possible lists that arguments form, as values of a variable."""
        texts = [
            [each.text] if each.kind in ("bracket", "paren") else self.texts(each.text)
            for each in arguments
        ]
        count = 1
        for each in texts:
            count *= len(each)
        if count > MOST_CHOICES:
            return [";".join([*self.expand_all(arguments), COMPUTED])]
        kept = [each for each in arguments if each.kind != "plain"]
        combined = (
            ";".join(text for text in choice if text or kept)
            for choice in itertools.product(*texts)
        )
        return list(dict.fromkeys(combined))


def _assigned(
    old: Variable | None, choices: Sequence[str], owners: frozenset[str], *, uncertain: bool
) -> Variable:
    if not uncertain:
        return Variable(_bounded(tuple(choices)), owners)
    before = old or Variable((UNSET,))
    # a list that only grew contains its old value: one choice is enough
    grown = all(
        any(new.startswith(f"{kept};") for kept in before.choices if kept != UNSET)
        for new in choices
    )
    merged = tuple(dict.fromkeys((*(() if grown else before.choices), *choices)))
    if len(merged) > MOST_CHOICES:
        merged = (";".join((*merged, COMPUTED)),)
    return Variable(_bounded(merged), before.owners | owners)


def _bounded(choices: tuple[str, ...]) -> tuple[str, ...]:
    """Choices of limited length: each item once, and items too long for a name unknown."""
    if sum(map(len, choices)) <= _LONG:
        return choices
    items = dict.fromkeys(item for text in choices for item in text.split(";"))
    short = [item if len(item) <= _LONG_ITEM else COMPUTED for item in items]
    return (";".join([*short, *([COMPUTED] if len(choices) > 1 else [])]),)
