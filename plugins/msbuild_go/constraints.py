"""Decides which files a Linux build includes, from their names and ``//go:build`` lines.

The result is ``True``, ``False``, or ``None`` if it depends on what is unknown when planning: the
architecture, a Go release newer than the one in ``go.mod``, flags that set tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

Verdict = bool | None

# The lists of go/internal/syslist, from which no name is ever removed.
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
# Architectures of Linux images: a file that none of them includes is never compiled.
IMAGES = ("386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x")
# amd64.v3 and the like depend on the architecture, goexperiment.x on the toolchain
_OPEN_FAMILIES = _ARCHITECTURES | {"goexperiment", "boringcrypto"}
_RELEASE = re.compile(r"go1\.(\d{1,9})")
_TOKEN = re.compile(r"\|\||&&|[!()]|[^\s!()|&]+|\S")


@dataclass(frozen=True, slots=True)
class Tags:
    """The build tags that constraints are evaluated with.

    Attributes:
        chosen: tags that are certainly set.
        cgo: whether cgo is enabled; ``None`` if unknown.
        release: the 1.x of the oldest Go release that may compile this.
        closed: whether every tag that is set is known.
        architectures: the possible target architectures.
        architecture: the one of them to evaluate for; empty for any.
    """

    chosen: frozenset[str] = frozenset()
    cgo: Verdict = False
    release: int = 0
    closed: bool = True
    architectures: tuple[str, ...] = IMAGES
    architecture: str = ""

    def is_set(self, tag: str) -> Verdict:
        """Whether a tag is set."""
        verdict: Verdict = None
        if tag in self.chosen:
            verdict = True
        elif tag == "cgo":
            verdict = self.cgo
        elif tag in _SYSTEMS or tag in {"unix", "wasm"}:
            # images are for Linux, so not for WebAssembly
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

    def includes(self, name: str, constraint: str | None) -> Verdict:
        """Whether a build includes a file.

        Args:
            name: its name, without directory.
            constraint: its ``//go:build`` expression; ``None`` for none, empty if unknown.
        """
        verdict = self._includes(name, constraint)
        if verdict is not None or self.architecture:
            return verdict
        # if all architectures agree, the result is known although the architecture is not
        single = (replace(self, architecture=architecture) for architecture in self.architectures)
        verdicts = {tags.includes(name, constraint) for tags in single}
        return verdicts.pop() if len(verdicts) == 1 else None

    def _includes(self, name: str, constraint: str | None) -> Verdict:
        by_name = self._includes_name(name)
        if by_name is False or constraint is None:
            return by_name
        return _both(by_name, evaluate(constraint, self))

    def _includes_name(self, name: str) -> Verdict:
        parts = name.partition(".")[0].split("_")[1:]
        if name.startswith(("_", ".")):
            return False
        if parts[-1:] == ["test"]:
            parts.pop()
        match parts:
            case [*_, system, machine] if system in _SYSTEMS and machine in _ARCHITECTURES:
                return _both(self.is_set(system), self.is_set(machine))
            case [*_, last] if last in _SYSTEMS | _ARCHITECTURES:
                return self.is_set(last)
        return True


def evaluate(constraint: str, tags: Tags) -> Verdict:
    """The value of a build constraint; ``None`` also for an invalid expression."""
    try:
        return _Parser(constraint, tags).parse()
    except (IndexError, ValueError, RecursionError):
        return None


def _both(left: Verdict, right: Verdict) -> Verdict:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


class _Parser:
    """A recursive-descent parser: ``!`` binds tighter than ``&&``, and ``&&`` than ``||``."""

    def __init__(self, text: str, tags: Tags) -> None:
        self._tokens = _TOKEN.findall(text)
        self._tags = tags

    def parse(self) -> Verdict:
        verdict = self._or_expression()
        if self._tokens:
            raise ValueError(self._tokens[0])
        return verdict

    def _or_expression(self) -> Verdict:
        verdict = self._and_expression()
        while self._tokens[:1] == ["||"]:
            self._tokens.pop(0)
            verdict = _not(_both(_not(verdict), _not(self._and_expression())))
        return verdict

    def _and_expression(self) -> Verdict:
        verdict = self._operand()
        while self._tokens[:1] == ["&&"]:
            self._tokens.pop(0)
            verdict = _both(verdict, self._operand())
        return verdict

    def _operand(self) -> Verdict:
        match self._tokens.pop(0):
            case "!":
                return _not(self._operand())
            case "(":
                verdict = self._or_expression()
                if self._tokens.pop(0) != ")":
                    raise ValueError("(")
                return verdict
            case ")" | "||" | "&&" | "|" | "&" as symbol:
                raise ValueError(symbol)
            case tag:
                return self._tags.is_set(tag)
