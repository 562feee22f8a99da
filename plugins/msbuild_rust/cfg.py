"""What ``#[cfg(…)]`` comes to in a program for Linux, as far as that is known without compiling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whether something holds; ``None`` where only the compiler knows.
Verdict = bool | None

_TOKEN = re.compile(r'"[^"]*"|\w+|[(),=]|\S')
_LINUX: Mapping[str, str] = {"target_os": "linux", "target_family": "unix"}


@dataclass(frozen=True, slots=True)
class Cfg:
    """What is known of how a program is compiled.

    Attributes:
        linux: whether it is for Linux.
        open: whether more may be set than cargo and the compiler do, so that nothing is unset.
    """

    linux: bool = True
    open: bool = False

    def judge(self, predicate: str) -> Verdict:
        """What the predicate of a ``cfg`` attribute comes to, the text between its parentheses."""
        tokens = _TOKEN.findall(predicate)
        try:
            verdict = self._parse(tokens)
        except IndexError:
            return None
        return None if tokens else verdict

    def _parse(self, tokens: list[str]) -> Verdict:
        name = tokens.pop(0)
        if tokens[:1] == ["("]:
            tokens.pop(0)
            parts: list[Verdict] = []
            while tokens[0] != ")":
                parts.append(self._parse(tokens))
                if tokens[0] == ",":
                    tokens.pop(0)
            tokens.pop(0)
            return _combined(name, parts)
        if tokens[:1] == ["="]:
            value = tokens[1].strip('"')
            del tokens[:2]
            return value == _LINUX[name] if self.linux and name in _LINUX else None
        if self.linux and name in ("unix", "windows"):
            return name == "unix"
        return False if name == "test" and not self.open else None


def _combined(name: str, parts: list[Verdict]) -> Verdict:
    match name:
        case "all":
            return False if False in parts else (None if None in parts else True)
        case "any":
            return True if True in parts else (None if None in parts else False)
        case "not" if len(parts) == 1 and parts[0] is not None:
            return not parts[0]
    return None
