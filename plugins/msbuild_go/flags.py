"""The flags of the go command that a builder gives, in ``flags`` and in ``GOFLAGS``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild_go.cgo_flags import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Flags that say what the modules are.
MODULE_FLAGS = ("modfile", "overlay")
# Those that take no value from the next word.
_SWITCHES = frozenset(
    {
        *("a", "asan", "buildvcs", "cover", "i", "json", "linkshared", "modcacherw", "msan", "n"),
        *("race", "trimpath", "v", "work", "x"),
    }
)
# Those whose value is flags for a tool, perhaps behind a pattern of packages and `=`.
_FOR_TOOLS = ("asmflags", "gccgoflags", "gcflags", "ldflags")


@dataclass(frozen=True, slots=True)
class GoFlags:
    """Flags of ``go build``.

    Attributes:
        words: as they are put on the command line; those of ``GOFLAGS`` are not among them.
        pairs: every flag, those of ``GOFLAGS`` first: the name without dashes, and the value.
    """

    words: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    def __contains__(self, name: str) -> bool:
        """Whether a flag is given."""
        return any(each == name for each, _ in self.pairs)

    def value(self, name: str, default: str = "") -> str:
        """The value of a flag: go takes the last one."""
        return next((value for each, value in reversed(self.pairs) if each == name), default)

    def tool_words(self, *names: str) -> Iterator[str]:
        """What tools are told, word for word."""
        for name, value in self.pairs:
            if name in names:
                # it may begin with the pattern of the packages that it is for
                behind = value if value.startswith("-") else value.partition("=")[2]
                yield from words_of(behind)

    @property
    def link_words(self) -> tuple[str, ...]:
        """What is told to compilers and the linker: all may name files."""
        return tuple(self.tool_words(*_FOR_TOOLS))


def read_flags(environment: str, words: Iterable[str]) -> GoFlags:
    """The flags of a builder.

    Args:
        environment: the value of ``GOFLAGS``.
        words: what its option ``flags`` lists.
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
