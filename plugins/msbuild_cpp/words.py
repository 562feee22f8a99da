"""Words in scripts, commands and lists that may name files, directories or patterns."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from msbuild_cpp.tree import glob

if TYPE_CHECKING:
    from collections.abc import Iterable

    from msbuild_cpp.tree import Tree

# Longer texts are data: matches in them would be accidental.
_LONGEST_TEXT = 200_000
_LONGEST_WORD = 300
_COMMENT = re.compile(r"^[ \t]*(?:#(?!include|import|embed|line).*|//.*|;.*|dnl .*)$", re.MULTILINE)
_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'')
# Parts that are known only at run time: variables, commands, formats.
_UNKNOWN = re.compile(
    r"\$\{[^{}]*\}|\$\([^()]*\)|\$[A-Za-z_][\w:]*|\$[@*#?0-9]|\$<[^<>]*>|#?\{[\w.!:\[\]]*\}|%\(?\w*\)?s|`"
)
_TOKEN = re.compile(r"[^\s\"'(){}<>|&;,=`:]+")
_NAME_CHARACTER = re.compile(r"[^./]")
_WILD = re.compile(r"[*?]|\[[^\]]+\]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Attributes:
        text: the word, with ``*`` for a part that is known only at run time.
        whole: whether it is an entire literal or argument, and so more likely to be a name.
    """

    text: str
    whole: bool


@dataclass(slots=True)
class Named:
    """The files and directories that words name.

    Attributes:
        files: files, including those that match a pattern.
        directories: directories.
        patterns: patterns that match files.
    """

    files: dict[str, None] = field(default_factory=dict)
    directories: dict[str, None] = field(default_factory=dict)
    patterns: dict[str, None] = field(default_factory=dict)

    def add(self, named: Named) -> None:
        """Add what other words name."""
        self.files |= named.files
        self.directories |= named.directories
        self.patterns |= named.patterns


@lru_cache(maxsize=4096)
def words_of(text: str, *, bare: bool = False) -> tuple[Word, ...]:
    """The words of a text.

    Args:
        text: a script, a command, or a list of files.
        bare: whether words without quotes are arguments, as in a shell.
    """
    text = _COMMENT.sub("", text[:_LONGEST_TEXT].replace("\\\n", " "))
    words: dict[Word, None] = {}
    # adjacent pieces are one word: `"$here"/x`, `root + "/x"`
    for double_quoted, single_quoted in _LITERAL.findall(text):
        literal = _plain(double_quoted or single_quoted)
        whole = not re.search(r"\s", literal)
        words.update(dict.fromkeys(_words(literal, whole=whole)))
    words.update(dict.fromkeys(_words(_plain(text.replace('"', "").replace("'", "")), whole=bare)))
    return tuple(words)


def literals(text: str) -> tuple[Word, ...]:
    """The string literals of a C or C++ source that may name files or directories."""
    return tuple(
        Word(word.text, word.whole)
        for literal in re.findall(r'(?<!include )(?<!include)"([^"\\\n]+)"', text[:_LONGEST_TEXT])
        if not re.search(r"\s", literal)
        for word in _words(_plain(literal), whole=True)
        if "*" not in word.text
    )


def _plain(text: str) -> str:
    return _UNKNOWN.sub("*", _UNKNOWN.sub("*", text)).replace("\\", "/")


def _words(text: str, *, whole: bool) -> list[Word]:
    tokens = (token.strip("/") for token in _TOKEN.findall(text) if len(token) < _LONGEST_WORD)
    cut = (re.sub(r"^(?:[^/]*\*[^/.]*/|@|-I|\./)+", "", token) for token in tokens)
    return [Word(word, whole) for word in cut if re.search(r"\w|\.\.|\*", word)]


def named_by(
    words: Iterable[Word], homes: Iterable[str], tree: Tree, *, only_files: bool = False
) -> Named:
    """The files and directories that words name, relative to any of several directories.

    Args:
        words: the words.
        homes: directories that the words may be relative to.
        tree: the source tree.
        only_files: ignore directories and patterns.
    """
    named = Named()
    places = tuple(dict.fromkeys(homes))
    for word in words:
        if not _NAME_CHARACTER.search(word.text) or not _may_be_there(word.text, tree):
            continue
        for home in places:
            path = posixpath.normpath(posixpath.join(home, word.text))
            if path.startswith("..") or path == ".":
                continue
            if tree.has_file(path):
                named.files.setdefault(path)
            elif only_files:
                continue
            elif tree.has_directory(path):
                if word.whole or "/" in word.text:
                    named.directories.setdefault(path)
            elif _WILD.search(path):
                _match(path, word, named, tree)
    return named


def _may_be_there(text: str, tree: Tree) -> bool:
    """Whether the last part of a word is a name in the tree: a quick test that most words fail."""
    name = text.rsplit("/", 1)[-1]
    return name in ("", ".", "..") or bool(_WILD.search(name)) or tree.has_name(name)


def _match(path: str, word: Word, named: Named, tree: Tree) -> None:
    """Add the files that match a pattern, unless it has no fixed part."""
    fixed = posixpath.dirname(_WILD.split(path)[0])
    if not re.search(r"\w", word.text) or not tree.has_directory(fixed or "."):
        return
    recursive = "**" in path
    matches = glob(path.replace("**/", ""), tree, recursive=recursive, directories=False)
    named.files.update(dict.fromkeys(matches))
    if matches:
        named.patterns.setdefault(word.text)
