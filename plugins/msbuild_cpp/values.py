"""What a value of CMake's means: paths of the source tree, or what only CMake knows."""

from __future__ import annotations

import posixpath
import re

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
