"""What a value of CMake's means: paths of the source tree, or what only CMake knows."""

from __future__ import annotations

import posixpath
import re
import warnings
from functools import lru_cache

from msbuild_cpp.scope import BINARY, COMPUTED, FOUND, SOURCE, UNSET

_INSTALLED = re.compile(r"\$<INSTALL_INTERFACE:[^>]*>")
_SEPARATOR = re.compile(r"[\s;,:<>$\"]+")
UNKNOWN = re.compile(f"([{COMPUTED}{UNSET}]+)")

_MOST_PARTS = 9


def is_known(value: str) -> bool:
    """Whether a value is what CMake would have."""
    return COMPUTED not in value and UNSET not in value and "$<" not in value


def is_blank(value: str) -> bool:
    """Whether nothing at all is known of a value."""
    return not value.strip(COMPUTED + UNSET)


def plain(value: str) -> str:
    """A value without the mark of a path that was found."""
    return value.replace(FOUND, "")


def path_of(value: str, directory: str) -> str | None:
    """The path in the source tree that a value means; ``None`` if it is elsewhere or unknown.

    Args:
        value: an expanded argument.
        directory: what relative paths are relative to.
    """
    value = plain(value)
    if not value or not is_known(value) or "\n" in value:
        return None
    if value == SOURCE or value.startswith(f"{SOURCE}/"):
        path = posixpath.normpath(value.removeprefix(SOURCE).lstrip("/") or ".")
    elif value.startswith("/"):
        return None
    else:
        path = posixpath.normpath(posixpath.join(directory, value))
    if path.startswith("../") or path == "..":
        return None
    return "" if path == "." else path


def generated(value: str, directory: str) -> list[str]:
    """Where in the build tree a file may be that a value names, as CMake would show it."""
    value = plain(value)
    if value.startswith(f"{BINARY}/"):
        return [posixpath.normpath(value)]
    path = path_of(value, directory)
    return [] if path is None else [posixpath.join(BINARY, path), absolute(path)]


def partial_path(value: str, directory: str) -> str | None:
    """The path from the source root that a value means that is known in parts only."""
    value = plain(value)
    if value.startswith(f"{SOURCE}/"):
        value = value.removeprefix(f"{SOURCE}/")
    elif value.startswith("/"):
        return None
    elif value.startswith((COMPUTED, UNSET)):
        # it may stand for nothing, too
        value = f"{COMPUTED}{value.lstrip(COMPUTED + UNSET).lstrip('/')}"
    else:
        value = posixpath.join(directory, value)
    # `a/../` cannot be taken out of a path in which `a` is not known
    head, *rest = UNKNOWN.split(value, maxsplit=1)
    known, slash, part = head.rpartition("/")
    if known and ".." in known:
        known = posixpath.normpath(known)
        if known.startswith(".."):
            return None
    value = "".join([known if known != "." else "", slash if known != "." else "", part, *rest])
    return value if ".." in value else posixpath.normpath(value)


def pattern_of(value: str, directory: str) -> re.Pattern[str] | None:
    """What paths in the source tree match a value that is known in parts only."""
    path = partial_path(value, directory)
    if path is None:
        return None
    return re.compile(_loosely(path) + r"\Z")


def _loosely(value: str) -> str:
    """An expression for all that a value may be; of very many parts only the ends count."""
    parts = UNKNOWN.split(value)
    if len(parts) > _MOST_PARTS:
        parts = [parts[0], COMPUTED, parts[-1]]
    return "".join(".*" if UNKNOWN.match(part) else re.escape(part) for part in parts)


def may_be(value: str, text: str) -> bool:
    """Whether a value that is known in parts only may be ``text``."""
    return UNKNOWN.search(value) is not None and re.fullmatch(_loosely(value), text) is not None


def absolute(path: str) -> str:
    """A path of the source tree as CMake would show it."""
    return f"{SOURCE}/{path}".rstrip("/")


def without_conditions(value: str) -> list[str]:
    """The plain values inside a generator expression, whatever it depends on."""
    if "$<" not in value and ">" not in value:
        return [value]
    inner = _INSTALLED.sub("", value).replace("::", "\2")
    return [part.replace("\2", "::") for part in _SEPARATOR.split(inner) if part]


_TRUE = {"1", "ON", "YES", "TRUE", "Y"}
_FALSE = {"0", "OFF", "NO", "FALSE", "N", "IGNORE", "NOTFOUND", ""}


def is_false(value: str) -> bool:
    """Whether a variable's value is false for CMake, as one is that nothing sets."""
    return value == UNSET or constant(value) is False


def constant(text: str) -> bool | None:
    """The truth of a constant such as ``ON``; ``None`` if the text is not a constant."""
    upper = text.upper()
    if upper in _TRUE:
        return True
    return False if upper in _FALSE or upper.endswith("-NOTFOUND") else None


_LONGEST = 500
# A repeated group with a repetition or a choice in it: matching may take for ever.
_SLOW = re.compile(r"[*+?|][^()]*(?:\)[^()]*)*\)[*+]")
# How long a text may be for so many repetitions: each of them may be tried at every place.
_SHORT_ENOUGH = (20_000, 10_000, 200, 60, 25)


@lru_cache(maxsize=1024)
def expression(text: str) -> re.Pattern[str] | None:
    """A regular expression as Python has it; ``None`` if it cannot be read, or may be slow."""
    if len(text) > _LONGEST or _SLOW.search(text):
        return None
    try:
        # CMake knows no counts: a brace is a brace
        return compile_quietly(re.sub(r"(?<!\\)([{}])", r"\\\1", text))
    except (re.error, OverflowError, RecursionError):
        return None


def is_quick(text: str, searched: str) -> bool:
    """Whether an expression is known to be matched at once.

    Args:
        text: the expression.
        searched: what it is matched with.
    """
    repeated = min(len(re.findall(r"[*+?]", text)), len(_SHORT_ENOUGH) - 1)
    return len(searched) <= _SHORT_ENOUGH[repeated]


def compile_quietly(text: str) -> re.Pattern[str]:
    """Compile a regular expression without warnings."""
    with warnings.catch_warnings():
        # Python warns of sets within sets, which CMake does not know and this Python neither
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(text)
