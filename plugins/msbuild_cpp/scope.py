"""CMake's variables: scopes, expansion, and values that only CMake could know.

Paths in values are absolute as in CMake, below two made-up directories for the source tree and the
build tree. Where a condition is for CMake to know, a variable has several *choices*: whatever is
made of it is made of each.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from msbuild_cpp.syntax import Argument

SOURCE = "/@source"
BINARY = "/@binary"
# In a value: a part that some command computed, a variable that nothing here sets, and the start
# of a path that was found by looking instead of being named.
COMPUTED = "\0"
UNSET = "\1"
FOUND = "\3"

MOST_CHOICES = 16
_MOST_VARIABLES = 500
_COPYING = 4
_LONG, _LONG_ITEM = 100_000, 4_000
_VARIABLE = re.compile(r"(?<!\\)\$(ENV|CACHE)?\{([^${}]*)\}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
# A value is taken as it is: what looks like a variable or an escape in it is none.
_HIDDEN = str.maketrans("$\\", "\5\6")
_SHOWN = str.maketrans("\5\6", "$\\")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Variable:
    """What a variable may hold.

    Attributes:
        choices: the values it may have.
        owners: the directories that set it for others.
    """

    choices: tuple[str, ...]
    owners: frozenset[str] = frozenset()


class Scope:
    """Variables of a directory or function; writes stay inside, reads look through to the cache.

    Args:
        cache: the variables that all scopes share.
        needs: where the directories are noted that set what is read.
        parent: the scope that ``PARENT_SCOPE`` means.
    """

    def __init__(
        self, cache: dict[str, Variable], needs: set[str], parent: Scope | None = None
    ) -> None:
        self.cache = cache
        self.needs = needs
        self.parent = parent
        # how many characters were made: what doubles again and again must end
        self.made: list[int] = parent.made if parent else [0]
        self.values: dict[str, Variable] = self.copied(parent.values) if parent else {}

    def copied(self, values: dict[str, Variable]) -> dict[str, Variable]:
        """A copy of variables, which counts as work."""
        self.made[0] += _COPYING * len(values)
        return dict(values)

    def inner(self, needs: set[str] | None = None) -> Scope:
        """The scope of a function, or of a directory that is added."""
        return Scope(self.cache, self.needs if needs is None else needs, self)

    def choices(self, name: str) -> tuple[str, ...]:
        """The values that a variable may have."""
        variable = self.values.get(name) or self.cache.get(name)
        if variable is None:
            return (UNSET,)
        self.needs |= variable.owners
        return variable.choices

    def get(self, name: str) -> str | None:
        """A variable's only value; ``None`` where nothing here sets it."""
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
        """Set a variable; where that is uncertain, it may also keep what it had."""
        old = self.values.get(name) or self.cache.get(name)
        self.values[name] = _assigned(old, choices, owners, uncertain=uncertain)

    def join(self, ends: Sequence[dict[str, Variable]]) -> None:
        """Go on behind branches of which one was taken, each with the variables at its end."""
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
        """A text with variables replaced, innermost first: once for each choice."""
        waiting, done = [text], list[str]()
        if text.count("{") > _MOST_VARIABLES:
            return [COMPUTED]
        while waiting:
            text = waiting.pop()
            self.made[0] += len(text)
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
        self.made[0] += sum(map(len, done))
        return list(dict.fromkeys(done))

    def substitute(self, text: str) -> str:
        """A text with variables replaced, where there is but one choice."""
        texts = self.texts(text)
        return texts[0] if len(texts) == 1 else COMPUTED

    def expand(self, argument: Argument) -> list[str]:
        """What an argument comes to: any number of values if it is unquoted."""
        if argument.kind in ("bracket", "paren"):
            return [argument.text]
        texts = self.texts(argument.text)
        if argument.kind == "quoted":
            return texts
        return [value for text in texts for value in text.split(";") if value]

    def expand_all(self, arguments: Iterable[Argument]) -> list[str]:
        """Several arguments, one after another, with all choices among them."""
        return [value for argument in arguments for value in self.expand(argument)]

    def lists(self, arguments: Sequence[Argument]) -> list[str]:
        """The lists that arguments may come to, as the values of a variable."""
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
    # a list that only grew holds what it held: one choice is enough
    grown = all(
        any(new.startswith(f"{kept};") for kept in before.choices if kept != UNSET)
        for new in choices
    )
    merged = tuple(dict.fromkeys((*(() if grown else before.choices), *choices)))
    if len(merged) > MOST_CHOICES:
        merged = (";".join((*merged, COMPUTED)),)
    return Variable(_bounded(merged), before.owners | owners)


def _bounded(choices: tuple[str, ...]) -> tuple[str, ...]:
    """Choices that are not too long: each item once, and nothing that is no name."""
    if sum(map(len, choices)) <= _LONG:
        return choices
    items = dict.fromkeys(item for text in choices for item in text.split(";"))
    short = [item if len(item) <= _LONG_ITEM else COMPUTED for item in items]
    return (";".join([*short, *([COMPUTED] if len(choices) > 1 else [])]),)
