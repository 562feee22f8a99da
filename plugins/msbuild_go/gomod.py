"""Reads ``go.mod`` and ``go.work`` files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"""`[^`]*`|"[^"]*"|[()]|[^\s()"`]+""")
_RELEASE = re.compile(r"1\.(\d{1,9})(?!\d)")


@dataclass(frozen=True, slots=True)
class Replacement:
    """A ``replace`` directive.

    Attributes:
        module: the module that is replaced.
        version: the only version that is; empty for all of them.
        target: a module path, or a directory with a leading ``./``, ``../`` or ``/``.
    """

    module: str
    version: str
    target: str

    @property
    def is_local(self) -> bool:
        """Whether a directory stands in for the module."""
        return self.target.startswith(("./", "../", "/")) or self.target in {".", ".."}


@dataclass(frozen=True, slots=True)
class ModFile:
    """A ``go.mod`` or ``go.work`` file.

    Attributes:
        directives: every directive as words, the verb first; comments are gone.
        indirect: the modules that it requires for others alone, as a comment says.
    """

    directives: tuple[tuple[str, ...], ...]
    indirect: frozenset[str] = frozenset()

    @property
    def module(self) -> str:
        """The path of the module; empty in ``go.work``."""
        return next(iter(self._first_words("module")), "")

    @property
    def release(self) -> int:
        """The 1.x of the Go release it asks for, 0 if it does not say."""
        found = _RELEASE.match(next(iter(self._first_words("go")), ""))
        return int(found[1]) if found else 0

    @property
    def requires(self) -> tuple[str, ...]:
        """The paths of the modules it requires."""
        return self._first_words("require")

    def versions(self, module: str) -> frozenset[str]:
        """The versions of a module that it requires: one, or none."""
        return frozenset(
            words[2] for words in self.directives if words[:2] == ("require", module) and words[2:]
        )

    @property
    def uses(self) -> tuple[str, ...]:
        """The directories of the modules that a ``go.work`` file ties together."""
        return self._first_words("use")

    @property
    def replacements(self) -> tuple[Replacement, ...]:
        """The modules that others stand in for."""
        return tuple(
            Replacement(words[1], "".join(words[2 : words.index("=>")]), after[0])
            for words in self.directives
            if words[0] == "replace" and "=>" in words
            if (after := words[words.index("=>") + 1 :])
        )

    def _first_words(self, verb: str) -> tuple[str, ...]:
        return tuple(words[1] for words in self.directives if words[0] == verb and words[1:])


@lru_cache(maxsize=4096)
def parse(text: str) -> ModFile:
    """Parse a file. What go would refuse is left out; go itself will say what is wrong."""
    directives: list[tuple[str, ...]] = []
    indirect: set[str] = set()
    block = ""
    for line in text.splitlines():
        code, _, comment = line.partition("//")
        words = [word.strip('`"') for word in _WORD.findall(code)]
        if words == [")"]:
            block = ""
        elif words[1:] == ["("]:
            block = words[0]
        elif words:
            directives.append((block, *words) if block else tuple(words))
            if directives[-1][0] == "require" and comment.strip().startswith("indirect"):
                indirect.update(directives[-1][1:2])
    return ModFile(tuple(directives), frozenset(indirect))
