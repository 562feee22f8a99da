"""The flags of a builder for the go command and C compilers, and the paths that they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import paths
from msbuild_go.constraints import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from msbuild_go.constraints import Tags

# Flags that determine the modules.
MODULE_FLAGS = ("modfile", "overlay")
# Flags without a value in the next word.
_SWITCHES = frozenset(
    {
        *("a", "asan", "buildvcs", "cover", "i", "json", "linkshared", "modcacherw", "msan", "n"),
        *("race", "trimpath", "v", "work", "x"),
    }
)
# Flags whose value is a list of flags for a tool, perhaps after a package pattern and `=`.
_FOR_TOOLS = ("asmflags", "gccgoflags", "gcflags", "ldflags")


@dataclass(frozen=True, slots=True)
class GoFlags:
    """Flags of ``go build``.

    Attributes:
        words: the words for the command line, without those of ``GOFLAGS``.
        pairs: name without dashes and value of every flag, those of ``GOFLAGS`` first.
    """

    words: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    def __contains__(self, name: str) -> bool:
        """Whether a flag is given."""
        return any(flag == name for flag, _ in self.pairs)

    def value(self, name: str, default: str = "") -> str:
        """The value of a flag; as in go, the last one wins."""
        return next((value for flag, value in reversed(self.pairs) if flag == name), default)

    def tool_words(self, *names: str) -> Iterator[str]:
        """The words that flags pass to tools."""
        for name, value in self.pairs:
            if name in names:
                # the value may start with a package pattern
                words = value if value.startswith("-") else value.partition("=")[2]
                yield from words_of(words)

    @property
    def link_words(self) -> tuple[str, ...]:
        """The words for compilers and the linker, any of which may name files."""
        return tuple(self.tool_words(*_FOR_TOOLS))


def read_flags(environment: str, words: Iterable[str]) -> GoFlags:
    """The flags of a builder.

    Args:
        environment: the value of ``GOFLAGS``.
        words: its option ``flags``.
    """
    words = tuple(words)
    return GoFlags(words, (*_pairs(words_of(environment)), *_pairs(words)))


def split_flag(flag: str) -> tuple[str, str]:
    """A flag without its dashes, and its value."""
    name, _, value = flag.lstrip("-").partition("=")
    return name, value


def _pairs(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    waiting = ""
    for word in words:
        if waiting:
            yield waiting, word
            waiting = ""
        elif word.startswith("-"):
            name, value = split_flag(word)
            if "=" in word or name in _SWITCHES:
                yield name, value
            else:
                waiting = name
    if waiting:
        yield waiting, ""


_LINE = re.compile(r"^[ \t]*(?:/[/*])?[ \t]*#cgo[ \t]+([^:\n]*):(.*)$", re.MULTILINE)
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+""")
_QUOTING = re.compile(r"""\\(.)|["']""")
_SOURCE_DIRECTORY = "${SRCDIR}"
_VERBS = {"CFLAGS", "CPPFLAGS", "CXXFLAGS", "FFLAGS", "LDFLAGS"}

# Flags with a path: a directory of headers, a directory of libraries, anything.
_HEADERS = ("-I", "-iquote", "-isystem", "-idirafter", "-F", "-iframework")
_LIBRARIES = ("-L",)
_PLAIN = ("-include", "-imacros", "-T", "-B", "-l", "-isysroot", "--sysroot", "-Xlinker", "-u")
_JOINED = (*_HEADERS, *_LIBRARIES, "-include", "-imacros", "-T", "-B", "-l", "@")
_SEPARATORS = re.compile(r"[,=:]")


@dataclass(frozen=True, slots=True)
class Named:
    """The paths in flags, as written; two leading slashes mean the source root.

    Attributes:
        headers: directories searched for headers.
        libraries: directories searched for libraries.
        link: names of libraries, without ``lib`` and suffix; file names after a ``:``.
        others: words that may name any file.
    """

    headers: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def cgo_words(preamble: str, tags: Tags) -> Iterator[str]:
    """The words of ``#cgo`` lines whose conditions may be true."""
    for head, rest in _LINE.findall(preamble):
        *conditions, verb = head.split() or [""]
        if verb in _VERBS and _may_hold(conditions, tags):
            yield from words_of(rest)


def words_of(text: str) -> Iterator[str]:
    """The words of a line, without quotes and backslashes."""
    for word in _WORD.finditer(text):
        yield _QUOTING.sub(lambda quoting: quoting[1] or "", word[0])


def named_by(words: Iterable[str], directory: str) -> Named:
    """The paths in flags.

    Args:
        words: the flags.
        directory: the value of ``${SRCDIR}``.
    """
    named: dict[str, dict[str, None]] = {"headers": {}, "libraries": {}, "link": {}, "others": {}}
    rooted = f"//{directory}"
    waiting = ""
    for raw in words:
        # two leading slashes: the source root, not the root of the file system
        word = raw.replace(_SOURCE_DIRECTORY, rooted)
        flag, value = (waiting, word) if waiting else _split(word)
        waiting = ""
        if flag in _HEADERS:
            kind = "headers"
        elif flag in _LIBRARIES:
            kind = "libraries"
        else:
            kind = "link" if flag == "-l" else "others"
        if not value:
            waiting = flag
            continue
        named[kind][value] = None
        if kind == "others":
            named[kind].update(dict.fromkeys(filter(None, _SEPARATORS.split(value))))
            # `-Wl,-L,dir` and the like
            for piece in _SEPARATORS.split(value):
                if piece.startswith(("-L", "-T", "@")):
                    named["others"][piece.lstrip("-@LT")] = None
    return Named(*(tuple(named[kind]) for kind in ("headers", "libraries", "link", "others")))


def resolve(name: str, *bases: str) -> Iterator[str]:
    """The paths of the tree that a name may mean, relative to several directories."""
    name = name.strip("\"'<>")
    if name.startswith("//"):
        bases, name = ("",), name.lstrip("/") or "."
    if not name or name.startswith("/") or "\0" in name:
        return
    for base in bases:
        path = paths.join(base, name)
        if not paths.is_outside(path):
            yield path


def _split(word: str) -> tuple[str, str]:
    """A flag and its value; empty if the value is the next word."""
    if word in _HEADERS or word in _LIBRARIES or word in _PLAIN:
        return word, ""
    longest = sorted((flag for flag in _JOINED if word.startswith(flag)), key=len, reverse=True)
    if longest:
        return longest[0], word.removeprefix(longest[0])
    return "", word


def _may_hold(conditions: list[str], tags: Tags) -> bool:
    """Whether one of the conditions may be true; a comma means "and"."""
    if not conditions:
        return True
    expressions = [condition.replace(",", " && ") for condition in conditions]
    if any(operator in "".join(conditions) for operator in "&|()"):
        expressions = [" ".join(conditions)]
    return any(evaluate(expression, tags) is not False for expression in expressions)
