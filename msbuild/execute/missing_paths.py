"""Finds the missing files that the output of a failed step names. Pure."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Phrases that are only used for a missing file or directory.
_SURE = re.compile(
    r"no such file|\bENOENT\b|FileNotFound|\bos error 2\b|no matching files|is not an existing"
    r"|(?:source file|requested file|file|directory|template)s?:? (?:was )?not found"
    r"|cannot find (?:the )?(?:source )?file|can't cd to|no rule to make (?:target|it)",
    re.IGNORECASE,
)
# Phrases that are used for other things, too: only names that look like paths count.
_LIKELY = re.compile(
    r"(?:can(?:'|no)t|could(?: not|n't)|failed to|unable to) (?:be )?"
    r"(?:opened|open|read|found|find|loaded|load|access|stat|locate)"
    r"|does(?: not|n't) exist|not found|no such|\bmissing\b|cannot be (?:read|opened|found)",
    re.IGNORECASE,
)
_PACKAGE = re.compile(
    r"no required module provides package ([^\s;:,\"]+)"
    r"|package ([^\s;:,\"]+) is not in (?:std|GOROOT)"
    r"|cannot find (?:package|module providing package) \"?([^\s;:,\"]+)"
)
_HEADER = re.compile(r"fatal error: '?([^':]+)'?(?:: No such file| file not found)")
_PLACE = re.compile(r"(?:^|[\s(])([\w.+@/-]*[\w+@-]\.\w+):\d+")
_QUOTED = re.compile(
    r"'([^']+)'|\"([^\"]+)\"|`([^`']+)[`']|\u2018([^\u2019]+)\u2019|\u201c([^\u201d]+)\u201d|<([^>]+)>"
)
_BARE = re.compile(
    r"(\S+): (?:no such file|not found|file not found|no matching files)"
    r"|(?:(?:no such file or directory|not found)(?: \(os error 2\))?:|can't cd to) (\S+)",
    re.IGNORECASE,
)
# Other quoted words next to such phrases, for example in Rust's messages.
_NOT_A_PATH = re.compile(rf"::|\(\)|^(?:Err|Ok|main)$|{_SURE.pattern}", re.IGNORECASE)
_TRIMMED = "`'\"\u2018\u2019\u201c\u201d()[]{}<>,;:!?"
_LONGEST = 1024
# A message and the file it is about may be a few lines apart, as with CMake and cargo.
_LINES_APART = 3
_MACRO = re.compile(r"originates in the .*?macro `([^`]+)`")
_OF_RUST_ITSELF = re.compile(r"\$crate::\w+|\w+")


@dataclass(frozen=True, slots=True)
class MissingPath:
    """Something that a step did not find.

    Attributes:
        name: a path as printed, or a package.
        near: directories of the files that the message is about: the path may be relative to one.
        package: whether it is the import path of a package.
        anywhere: whether it is searched for in directories that the output does not name, as
            headers are.
    """

    name: str
    near: tuple[str, ...] = ()
    package: bool = False
    anywhere: bool = False


def missing_paths(lines: Sequence[str]) -> Iterator[MissingPath]:
    """The paths that the lines report as missing, last lines first; may contain duplicates."""
    for number in reversed(range(len(lines))):
        line = lines[number][:_LONGEST]
        if package := _PACKAGE.search(line):
            yield MissingPath(next(filter(None, package.groups())), package=True)
        elif (sure := bool(_SURE.search(line))) or _LIKELY.search(line):
            around = lines[max(0, number - _LINES_APART) : number + _LINES_APART + 1]
            near = tuple(dict.fromkeys(d for each in (line, *around) for d in _directories(each)))
            if header := _HEADER.search(line):
                yield MissingPath(header[1].strip(), near, anywhere=True)
                continue
            names = list(_names(line, sure=sure))
            if not any(_is_path(name) for name in names):
                names += [n for each in around for n in _names(each, sure=False)]
            for name in dict.fromkeys(names):
                yield MissingPath(name, near, anywhere="/" in name)


def misses_unnamed_file(lines: Sequence[str]) -> bool:
    """Whether something is (or may be) missing and no line names it.

    True if a message names no path, if CMake stops, and if a third-party macro fails with a
    message of its own.
    """
    text = "\n".join(line[:_LONGEST] for line in lines)
    if "error[E" not in text and any(
        not _OF_RUST_ITSELF.fullmatch(found[1]) or "derive macro" in found[0]
        for found in _MACRO.finditer(text)
    ):
        return True
    return bool(_SURE.search(text) or "CMake Error" in text) and not any(missing_paths(lines))


def _directories(line: str) -> Iterator[str]:
    for found in _PLACE.finditer(line):
        yield posixpath.dirname(found[1])


def _names(line: str, *, sure: bool) -> Iterator[str]:
    """The words of a line that may be paths.

    Args:
        line: the line.
        sure: whether the line is about a file, so that any quoted word may be one.
    """
    for found in _QUOTED.finditer(line):
        word = next(filter(None, found.groups())).strip()
        if _is_path(word) or (sure and not _NOT_A_PATH.search(word)):
            yield word
    for found in _BARE.finditer(line):
        yield next(filter(None, found.groups())).strip(_TRIMMED)
    for text in line.split():
        word = text.strip(_TRIMMED).rstrip(".").strip(_TRIMMED)
        # skip the location of the message
        if _is_path(word) and not _PLACE.match(word):
            yield word


def _is_path(word: str) -> bool:
    return "/" in word.strip("/") or "." in word.strip(".") or (word[:1] == "." and len(word) > 1)
