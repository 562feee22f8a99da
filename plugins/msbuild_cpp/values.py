"""Values of CMake: paths, patterns and truth, as far as they are known without running CMake."""

from __future__ import annotations

import posixpath
import re
import warnings
from functools import lru_cache

from msbuild.plugin.api import paths
from msbuild_cpp.scope import BUILD_ROOT, COMPUTED, FOUND, SOURCE_ROOT, UNSET

_INSTALLED = re.compile(r"\$<INSTALL_INTERFACE:[^>]*>")
_SEPARATOR = re.compile(r"[\s;,:<>$\"]+")
UNKNOWN = re.compile(f"([{COMPUTED}{UNSET}]+)")

_MOST_PARTS = 9
_TRUE = {"1", "ON", "YES", "TRUE", "Y"}
_FALSE = {"0", "OFF", "NO", "FALSE", "N", "IGNORE", "NOTFOUND", ""}
_LONGEST = 500
# A repeated group with a repetition or an alternative in it: matching may take exponential time.
_SLOW = re.compile(r"[*+?|][^()]*(?:\)[^()]*)*\)[*+]")
# The longest text by the number of repetitions, because each may be tried at every position.
_SHORT_ENOUGH = (20_000, 10_000, 200, 60, 25)


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
        directory: what relative paths are relative to.
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
    """An expression for all that a value may be; of very many parts only the first and last."""
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
    """The values in a generator expression, whatever its conditions are."""
    if "$<" not in value and ">" not in value:
        return [value]
    inner = _INSTALLED.sub("", value).replace("::", "\2")
    return [part.replace("\2", "::") for part in _SEPARATOR.split(inner) if part]


def is_false(value: str) -> bool:
    """Whether CMake takes the value of a variable as false; an unset one is."""
    return value == UNSET or constant(value) is False


def constant(text: str) -> bool | None:
    """The truth of a constant such as ``ON``; ``None`` if the text is not a constant."""
    upper = text.upper()
    if upper in _TRUE:
        return True
    return False if upper in _FALSE or upper.endswith("-NOTFOUND") else None


@lru_cache(maxsize=1024)
def expression(text: str) -> re.Pattern[str] | None:
    """A CMake regular expression for Python; ``None`` if it is invalid, or may be slow."""
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
