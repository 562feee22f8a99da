"""Decides which files a Linux build takes, from their names and their ``//go:build`` lines.

An answer is ``True``, ``False``, or ``None`` where it hangs on what is not known when planning:
which of several architectures, the Go release beyond the one that ``go.mod`` asks for, flags that
set tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

Verdict = bool | None

# The lists of go/internal/syslist; names once taken are never given up there.
_SYSTEMS = frozenset(
    {
        *("aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js"),
        *("linux", "nacl", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos"),
    }
)
_ARCHITECTURES = frozenset(
    {
        *("386", "amd64", "amd64p32", "arm", "arm64", "arm64be", "armbe", "loong64", "mips"),
        *("mips64", "mips64le", "mips64p32", "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le"),
        *("riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm"),
    }
)
# What there are images of Linux for: a file that none of these takes is never compiled.
IMAGES = ("386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x")
# amd64.v3 and the like depend on the architecture, goexperiment.x on the toolchain
_OPEN_FAMILIES = _ARCHITECTURES | {"goexperiment", "boringcrypto"}
_RELEASE = re.compile(r"go1\.(\d{1,9})")
_TOKEN = re.compile(r"\|\||&&|[!()]|[^\s!()|&]+|\S")


@dataclass(frozen=True, slots=True)
class Tags:
    """What build constraints are judged by.

    Attributes:
        chosen: tags that are set for sure.
        cgo: whether C is compiled; ``None`` where that cannot be known.
        release: the 1.x of the oldest Go release that may compile this.
        closed: whether every tag that is set is known.
        architectures: those that may be built for.
        architecture: the one of them that is judged for; empty for no matter which.
    """

    chosen: frozenset[str] = frozenset()
    cgo: Verdict = False
    release: int = 0
    closed: bool = True
    architectures: tuple[str, ...] = IMAGES
    architecture: str = ""

    def judge(self, tag: str) -> Verdict:
        """Whether a tag is set."""
        verdict: Verdict = None
        if tag in self.chosen:
            verdict = True
        elif tag == "cgo":
            verdict = self.cgo
        elif tag in _SYSTEMS or tag in {"unix", "wasm"}:
            # images are for Linux, and WebAssembly is not
            verdict = tag in {"linux", "unix"}
        elif release := _RELEASE.fullmatch(tag):
            verdict = True if int(release[1]) <= self.release else None
        elif self.architecture and tag.partition(".")[0] in _ARCHITECTURES - {self.architecture}:
            verdict = False
        elif tag == self.architecture:
            verdict = True
        elif self.closed and tag.partition(".")[0] not in _OPEN_FAMILIES:
            verdict = tag == "gc"
        return verdict

    def takes(self, name: str, constraint: str | None) -> Verdict:
        """Whether a build takes a file.

        Args:
            name: its name, without directory.
            constraint: what its ``//go:build`` line says; empty where that cannot be known.
        """
        verdict = self._takes(name, constraint)
        if verdict is not None or self.architecture:
            return verdict
        # each for itself: what neither takes is not taken, though nothing is said of a third one
        each = {replace(self, architecture=a).takes(name, constraint) for a in self.architectures}
        return each.pop() if len(each) == 1 else None

    def _takes(self, name: str, constraint: str | None) -> Verdict:
        by_name = self._takes_name(name)
        if by_name is False or constraint is None:
            return by_name
        return _both(by_name, evaluate(constraint, self))

    def _takes_name(self, name: str) -> Verdict:
        parts = name.partition(".")[0].split("_")[1:]
        if name.startswith(("_", ".")):
            return False
        if parts[-1:] == ["test"]:
            parts.pop()
        match parts:
            case [*_, system, machine] if system in _SYSTEMS and machine in _ARCHITECTURES:
                return _both(self.judge(system), self.judge(machine))
            case [*_, last] if last in _SYSTEMS | _ARCHITECTURES:
                return self.judge(last)
        return True


def evaluate(constraint: str, tags: Tags) -> Verdict:
    """What a build constraint comes to; ``None`` also for one that is no valid expression."""
    try:
        return _Parser(constraint, tags).parse()
    except (IndexError, ValueError, RecursionError):
        return None


def _both(one: Verdict, other: Verdict) -> Verdict:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _not(one: Verdict) -> Verdict:
    return None if one is None else not one


class _Parser:
    """``||`` binds less than ``&&``, and ``&&`` less than ``!``."""

    def __init__(self, text: str, tags: Tags) -> None:
        self._tokens = _TOKEN.findall(text)
        self._tags = tags

    def parse(self) -> Verdict:
        verdict = self._either()
        if self._tokens:
            raise ValueError(self._tokens[0])
        return verdict

    def _either(self) -> Verdict:
        verdict = self._all()
        while self._tokens[:1] == ["||"]:
            self._tokens.pop(0)
            verdict = _not(_both(_not(verdict), _not(self._all())))
        return verdict

    def _all(self) -> Verdict:
        verdict = self._one()
        while self._tokens[:1] == ["&&"]:
            self._tokens.pop(0)
            verdict = _both(verdict, self._one())
        return verdict

    def _one(self) -> Verdict:
        match self._tokens.pop(0):
            case "!":
                return _not(self._one())
            case "(":
                verdict = self._either()
                if self._tokens.pop(0) != ")":
                    raise ValueError("(")
                return verdict
            case ")" | "||" | "&&" | "|" | "&" as sign:
                raise ValueError(sign)
            case tag:
                return self._tags.judge(tag)
