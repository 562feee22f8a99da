"""The formats of strings in a config: names, paths, images, ports and so on."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.workspace.config.problems import shown

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a text does not match its format."""

    message: str
    hint: str | None


def _unchanged(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Format:
    """The format of a string.

    Attributes:
        title: the name of such a string in messages.
        pattern: a regular expression with the same meaning in Python and JSON Schema.
        hint: how to write a valid one.
        longest: the maximum number of characters.
        special: returns a more specific complaint, even for strings that match the pattern.
        normal: converts a text to its normal form.
        numbers: minimum and maximum for unquoted numbers, where those are accepted.
    """

    title: str
    pattern: str
    hint: str | None = None
    longest: int = 4096
    special: Callable[[str], Complaint | None] | None = None
    normal: Callable[[str], str] = _unchanged
    numbers: tuple[int, int] | None = None

    def complaint(self, text: str) -> Complaint | None:
        """Why the text does not match, or ``None``."""
        if self.special and (complaint := self.special(text)):
            return complaint
        if len(text) > self.longest:
            return Complaint(f"{shown(text)} is longer than {self.longest:,} characters", None)
        match = re.search(self.pattern, text)
        # `$` also matches before a trailing line break, and JSON Schema has no `\Z`
        if match is None or match.end() != len(text):
            return Complaint(f"{shown(text)} is not a valid {self.title}", self.hint)
        return None


# ---------------------------------------------------------------------------------------- paths


def _relative(text: str) -> Complaint | None:
    if text.startswith("/"):
        return Complaint(f"{shown(text)} is an absolute path", "write a relative path")
    return _no_parent(text)


def _no_parent(text: str) -> Complaint | None:
    if ".." in text.split("/"):
        return Complaint(f"`..` is not allowed in {shown(text)}", "write the path without it")
    return None


def _normal_path(text: str) -> str:
    normal = posixpath.normpath(text)
    return normal[1:] if normal.startswith("//") else normal


def _check_double_stars(text: str) -> Complaint | None:
    if any("**" in part and part != "**" for part in text.split("/")):
        return Complaint(f"`**` in {shown(text)} must be a whole path component", "write `a/**/b`")
    return _relative(text)


LONGEST_PATH = 512
_NO_PARENT = r"(?!(.*/)?\.\.(/|$))"
_PATH_REST = r"[^\x00-\x1f\x7f-\x9f\\]+$"
_BACKSLASH = "use `/` as the separator, and no control characters"
PATH = Format(
    "path", rf"^(?!/){_NO_PARENT}{_PATH_REST}", _BACKSLASH, LONGEST_PATH, _relative, _normal_path
)
DESTINATION = Format(
    "path", rf"^{_NO_PARENT}{_PATH_REST}", _BACKSLASH, LONGEST_PATH, _no_parent, _normal_path
)
ABSOLUTE = Format(
    "absolute path",
    rf"^/{_NO_PARENT}[^\x00-\x1f\x7f-\x9f\\]*$",
    "it must start with `/`",
    LONGEST_PATH,
    _no_parent,
    _normal_path,
)
GLOB = Format(
    "glob",
    rf"^(?!/){_NO_PARENT}{_PATH_REST}",
    _BACKSLASH,
    LONGEST_PATH,
    _check_double_stars,
    _normal_path,
)
INPUT = Format(
    "path or glob",
    GLOB.pattern,
    _BACKSLASH,
    LONGEST_PATH,
    _check_double_stars,
    _normal_path,
)

# ---------------------------------------------------------------------------------------- names

_RESERVED = frozenset({"context", "scratch"})


def _not_reserved(text: str) -> Complaint | None:
    if text in _RESERVED:
        return Complaint(f"the name `{text}` is reserved", "it has a meaning in Dockerfiles")
    return None


# Valid both as a Dockerfile stage, which starts with a letter, and in an image name.
NAME = Format(
    "name",
    r"^(?!(context|scratch)$)[a-z][a-z0-9]*([._-][a-z0-9]+)*$",
    "use lower-case letters and digits, starting with a letter, with single `.`, `_` or `-` "
    "between them, at most 63 characters",
    63,
    _not_reserved,
)
COMPONENT = Format(
    "image name",
    r"^[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*$",
    "use lower-case letters and digits, with `.`, `_` or `-` between them, at most 63 characters",
    63,
)
MODULE = Format(
    "Python module name",
    r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
    "write it as in an `import` statement",
)
PLUGIN = Format("plugin name", r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", "`msbuild plugins` lists them")
VARIABLE = Format(
    "environment variable name",
    r"^[A-Za-z_][A-Za-z0-9_]*$",
    "use letters, digits and `_`, not starting with a digit",
)
_OWN_VARIABLES = frozenset({"CACHE", "OUT"})
_OWN_LABELS = "org.msbuild."


def _not_our_variable(text: str) -> Complaint | None:
    if text in _OWN_VARIABLES:
        return Complaint(f"`{text}` is set by msbuild", "choose another name")
    return None


def _not_our_label(text: str) -> Complaint | None:
    if text.startswith(_OWN_LABELS):
        return Complaint(
            f"{shown(text)} is set by msbuild", f"the prefix `{_OWN_LABELS}` is reserved"
        )
    return None


BUILDER_VARIABLE = Format(
    VARIABLE.title,
    rf"^(?!(CACHE|OUT)$){VARIABLE.pattern[1:]}",
    VARIABLE.hint,
    special=_not_our_variable,
)
LABEL = Format(
    "label name",
    r"^(?!org\.msbuild\.)[A-Za-z0-9][A-Za-z0-9._/-]*$",
    "for example `org.example.team`",
    special=_not_our_label,
)
PACKAGE = Format(
    "package name",
    r"^[a-z0-9][a-z0-9+.:~=_-]*$",
    "use the name from the image's package manager, for example `ca-certificates`",
)

# --------------------------------------------------------------------------------------- images

_COMPONENTS = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
_HOST = r"[A-Za-z0-9]+(?:[.-]+[A-Za-z0-9]+)*(?::[0-9]+)?"
_TAG = r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"


def _no_scheme(text: str) -> Complaint | None:
    if "://" in text:
        return Complaint(f"{shown(text)} is a URL", f"remove `{text.partition('://')[0]}://`")
    return None


def _no_scratch(text: str) -> Complaint | None:
    if text == "scratch":
        return Complaint("`scratch` has no toolchain", "a builder needs an image with a shell")
    return _no_scheme(text)


REGISTRY = Format(
    "image repository",
    rf"^{_HOST}(/{_COMPONENTS})?$",
    "use lower case, for example `registry.example.com/team`",
    special=_no_scheme,
)
IMAGE = Format(
    "image reference",
    rf"^(?:{_HOST}/)?{_COMPONENTS}{_TAG}$",
    "use lower case, for example `debian:trixie-slim` or `registry.example.com/base@sha256:…`",
    special=_no_scheme,
)
BUILDER_IMAGE = Format(
    IMAGE.title, rf"^(?!scratch$){IMAGE.pattern[1:]}", IMAGE.hint, special=_no_scratch
)

# ---------------------------------------------------------------------------- how a container runs

_LARGEST_PORT = 65_535
LARGEST_ID = 2_147_483_647
_NOT_ROOT = r"(?!(root|0+)(:|$))"
UNPRIVILEGED = "use a name other than `root`, or an id greater than 0"


def _real_port(text: str) -> Complaint | None:
    number = text.partition("/")[0]
    if number.isascii() and number.isdigit() and not 1 <= int(number[:9]) <= _LARGEST_PORT:
        return Complaint(
            f"{shown(text)} is not a valid port", f"ports range from 1 to {_LARGEST_PORT}"
        )
    return None


def _not_root(text: str) -> Complaint | None:
    """A complaint about root."""
    user = text.partition(":")[0]
    if user == "root" or (user.isascii() and user.isdigit() and int(user[:20]) == 0):
        return Complaint(f"containers must not run as {shown(text)}", UNPRIVILEGED)
    ids = [part for part in text.split(":") if part.isascii() and part.isdigit()]
    if any(int(each[:20]) > LARGEST_ID for each in ids):
        return Complaint(f"{shown(text)} is not a valid user", f"ids are at most {LARGEST_ID}")
    return None


PORT = Format(
    "port",
    r"^[0-9]{1,5}(/(tcp|udp|sctp))?$",
    "use 1 to 65535, for example `8080` or `9090/udp`",
    special=_real_port,
    numbers=(1, _LARGEST_PORT),
)
USER = Format(
    "user",
    rf"^{_NOT_ROOT}([a-z_][a-z0-9_-]{{0,31}}|[0-9]+(:[0-9]+)?)$",
    "use a user id, `uid:gid`, or a lower-case name",
    special=_not_root,
    numbers=(1, LARGEST_ID),
)
USER_NAME = Format(
    "user name",
    rf"^{_NOT_ROOT}[a-z_][a-z0-9_-]{{0,31}}$",
    "use lower-case letters, digits, `_` and `-`, at most 32 characters",
    special=_not_root,
)
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LEAST_SECONDS, _MOST_SECONDS = 0.001, 86_400


def seconds(duration: str) -> float:
    """A duration in seconds."""
    return sum(float(number) * _SECONDS[unit] for number, unit in _SPAN.findall(duration))


def _in_range(text: str) -> Complaint | None:
    found = seconds(text[:100])
    if found and not _LEAST_SECONDS <= found <= _MOST_SECONDS:
        return Complaint(f"{shown(text)} is out of range", "use `1ms` to `24h`, or `0s`")
    return None


DURATION = Format(
    "duration",
    r"^([0-9]{1,9}(\.[0-9]{1,9})?(ms|s|m|h))+$",
    "for example `500ms`, `30s` or `1m30s`",
    100,
    _in_range,
)


# ----------------------------------------------------------------------------------- other strings

LINE = Format(
    "single-line string",
    r"^[^\x00-\x1f\x7f-\x9f]*$",
    "remove control characters and line breaks",
    65_536,
)
FILLED_LINE = Format(
    "single-line string",
    r"^[^\x00-\x1f\x7f-\x9f]+$",
    "it must not be empty or contain control characters",
)
SCRIPT = Format("string", r"^[^\x00]*$", "remove the character U+0000", 1_000_000)
FILLED_SCRIPT = Format("script", r"^(?=[\s\S]*\S)[^\x00]*$", "it must not be empty", 1_000_000)
