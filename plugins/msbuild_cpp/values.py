"""CMake's variables and their values, as far as they are known without running CMake.

Paths in values are absolute as in CMake, below two placeholder directories for the source tree and
the build tree. Where a condition is unknown, a variable has several *choices*, and so does every
value that uses it.
"""

from __future__ import annotations

import itertools
import posixpath
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths

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
UNKNOWN = re.compile(f"([{COMPUTED}{UNSET}]+)")

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

_INSTALLED = re.compile(r"\$<INSTALL_INTERFACE:[^>]*>")
_SEPARATOR = re.compile(r"[\s;,:<>$\"]+")

_MOST_PARTS = 9
_TRUE = {"1", "ON", "YES", "TRUE", "Y"}
_FALSE = {"0", "OFF", "NO", "FALSE", "N", "IGNORE", "NOTFOUND", ""}
_LONGEST = 500
# A repeated group with a repetition or an alternative in it: matching may take exponential time.
_SLOW = re.compile(r"[*+?|][^()]*(?:\)[^()]*)*\)[*+]")
# The longest text by the number of repetitions, because each may be tried at every position.
_SHORT_ENOUGH = (20_000, 10_000, 200, 60, 25)


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
        """Merge the variables at the ends of branches, of which only one runs."""
        first, *others = ends
        self.values = dict(first)
        for name in dict.fromkeys(name for end in ends for name in end):
            for end in others:
                if end.get(name) is not self.values.get(name):
                    variable = end.get(name) or self.cache.get(name) or Variable((UNSET,))
                    self.assign(name, variable.choices, uncertain=True, owners=variable.owners)

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
            match = _VARIABLE.search(text)
            if match is None:
                text = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), text)
                done.append(text.translate(_SHOWN))
                continue
            values = (COMPUTED,) if match[1] else self.choices(match[2])
            if len(waiting) + len(done) + len(values) > MOST_CHOICES:
                values = (COMPUTED,)
            waiting.extend(
                f"{text[: match.start()]}{value.translate(_HIDDEN)}{text[match.end() :]}"
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
            [argument.text] if argument.kind in ("bracket", "paren") else self.texts(argument.text)
            for argument in arguments
        ]
        count = 1
        for choices in texts:
            count *= len(choices)
        if count > MOST_CHOICES:
            return [";".join([*self.expand_all(arguments), COMPUTED])]
        kept = [argument for argument in arguments if argument.kind != "plain"]
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


def is_known(value: str) -> bool:
    """Whether a value is known in full."""
    return COMPUTED not in value and UNSET not in value and "$<" not in value


def is_blank(value: str) -> bool:
    """Whether nothing is known about a value."""
    return not value.strip(COMPUTED + UNSET)


def plain(value: str) -> str:
    """A value without the marks of listed paths."""
    return value.replace(FOUND, "")


def path_of(value: str, directory: str) -> str | None:
    """The path in the source tree that a value names; ``None`` if it is elsewhere or unknown.

    Args:
        value: an expanded argument.
        directory: the base of relative paths.
    """
    value = plain(value)
    if not value or not is_known(value) or "\n" in value:
        return None
    if value == SOURCE_ROOT or value.startswith(f"{SOURCE_ROOT}/"):
        path = paths.normalize(value.removeprefix(SOURCE_ROOT).lstrip("/") or ".")
    elif value.startswith("/"):
        return None
    else:
        path = paths.join(directory, value)
    return None if paths.is_outside(path) else path


def generated(value: str, directory: str) -> list[str]:
    """The paths, as in CMake, at which a file that a value names may be generated."""
    value = plain(value)
    if value.startswith(f"{BUILD_ROOT}/"):
        return [posixpath.normpath(value)]
    path = path_of(value, directory)
    return [] if path is None else [posixpath.join(BUILD_ROOT, path), absolute(path)]


def partial_path(value: str, directory: str) -> str | None:
    """The path from the source root that a partly known value names."""
    value = plain(value)
    if value.startswith(f"{SOURCE_ROOT}/"):
        value = value.removeprefix(f"{SOURCE_ROOT}/")
    elif value.startswith("/"):
        return None
    elif value.startswith((COMPUTED, UNSET)):
        # the unknown part may be empty
        value = f"{COMPUTED}{value.lstrip(COMPUTED + UNSET).lstrip('/')}"
    else:
        value = posixpath.join(directory, value)
    # `a/../` cannot be removed from a path if `a` is unknown
    head, *rest = UNKNOWN.split(value, maxsplit=1)
    known, slash, part = head.rpartition("/")
    if known and ".." in known:
        known = posixpath.normpath(known)
        if known.startswith(".."):
            return None
    value = "".join([known if known != "." else "", slash if known != "." else "", part, *rest])
    return value if ".." in value else posixpath.normpath(value)


def pattern_of(value: str, directory: str) -> re.Pattern[str] | None:
    """An expression for the paths in the source tree that a partly known value may name."""
    path = partial_path(value, directory)
    if path is None:
        return None
    return re.compile(_loosely(path) + r"\Z")


def _loosely(value: str) -> str:
    """An expression for all that a value may be: of very many parts, the first and the last."""
    parts = UNKNOWN.split(value)
    if len(parts) > _MOST_PARTS:
        parts = [parts[0], COMPUTED, parts[-1]]
    return "".join(".*" if UNKNOWN.match(part) else re.escape(part) for part in parts)


def may_be(value: str, text: str) -> bool:
    """Whether a partly known value may be ``text``."""
    return UNKNOWN.search(value) is not None and re.fullmatch(_loosely(value), text) is not None


def absolute(path: str) -> str:
    """The absolute path, as in CMake, of a path in the source tree."""
    return f"{SOURCE_ROOT}/{path}".rstrip("/")


def without_conditions(value: str) -> list[str]:
    """The values in a generator expression, regardless of its conditions."""
    if "$<" not in value and ">" not in value:
        return [value]
    inner = _INSTALLED.sub("", value).replace("::", "\2")
    return [part.replace("\2", "::") for part in _SEPARATOR.split(inner) if part]


def is_false(value: str) -> bool:
    """Whether CMake treats the value of a variable as false; an unset one is."""
    return value == UNSET or constant(value) is False


def constant(text: str) -> bool | None:
    """The truth of a constant such as ``ON``; ``None`` if the text is not a constant."""
    upper = text.upper()
    if upper in _TRUE:
        return True
    return False if upper in _FALSE or upper.endswith("-NOTFOUND") else None


@lru_cache(maxsize=1024)
def expression(text: str) -> re.Pattern[str] | None:
    """A CMake regular expression compiled for Python; ``None`` if it is invalid or may be slow."""
    if len(text) > _LONGEST or _SLOW.search(text):
        return None
    try:
        # CMake has no counted repetitions: braces are literal
        return compile_quietly(re.sub(r"(?<!\\)([{}])", r"\\\1", text))
    except (re.error, OverflowError, RecursionError):
        return None


def is_quick(text: str, searched: str) -> bool:
    """Whether matching an expression is known to be quick.

    Args:
        text: the expression.
        searched: the text to search.
    """
    repeated = min(len(re.findall(r"[*+?]", text)), len(_SHORT_ENOUGH) - 1)
    return len(searched) <= _SHORT_ENOUGH[repeated]


def compile_quietly(text: str) -> re.Pattern[str]:
    """Compile a regular expression without warnings."""
    with warnings.catch_warnings():
        # Python warns about nested sets, which neither CMake nor this Python version supports
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(text)
