"""``cfg`` expressions: judged as far as that is possible when planning, and as shell conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild.plugin.api import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whether something is true; ``None`` if that depends on the compiler.
Verdict = bool | None

_TOKEN = re.compile(r'"[^"]*"|\w+|[(),=]|\S')
_LINUX: Mapping[str, str] = {"target_os": "linux", "target_family": "unix"}


@dataclass(frozen=True, slots=True)
class Cfg:
    """The known ``cfg`` values of a program.

    Attributes:
        linux: whether its target is Linux.
        open: whether flags may set more values than cargo and the compiler do, so that no value is
            known to be unset.
    """

    linux: bool = True
    open: bool = False

    def judge(self, predicate: str) -> Verdict:
        """The value of a ``cfg`` predicate, the text between the parentheses of ``cfg(…)``."""
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


_CARGO_TOKEN = re.compile(r'\s*("[^"]*"|[\w.-]+|[(),=])')
_JOINS = {"all": (" && ", "true"), "any": (" || ", "false")}
# The `cfg` values of the target, one per line, as `rustc` prints them.
LIST_CFG = 'cfg=$(rustc --print cfg --target "$target")'


def shell_condition(expression: str) -> str:
    """The shell condition for ``cfg(expression)``, given ``$cfg`` from ``LIST_CFG``.

    Raises:
        ValueError: cargo doesn't accept the expression.
    """
    tokens = _tokens(expression)
    condition = _condition(tokens)
    if tokens:
        raise ValueError(expression)
    return condition


def _tokens(expression: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    expression = expression.strip()
    while position < len(expression):
        match = _CARGO_TOKEN.match(expression, position)
        if not match:
            raise ValueError(expression)
        tokens.append(match[1])
        position = match.end()
    return tokens


def _condition(tokens: list[str]) -> str:
    name = _operand(tokens)
    if tokens[:1] == ["("] and name in ("all", "any", "not"):
        tokens.pop(0)
        parts: list[str] = []
        while tokens[:1] != [")"]:
            parts.append(_condition(tokens))
            if tokens[:1] == [","]:
                tokens.pop(0)
        tokens.pop(0)
        if name == "not":
            (part,) = parts
            return f"! {part}"
        between, empty = _JOINS[name]
        return f"{{ {between.join(parts) or empty}; }}"
    if name in ("true", "false"):
        return name
    line = name
    if tokens[:1] == ["="]:
        tokens.pop(0)
        line = f"{name}={_operand(tokens)}"
    return f"""printf '%s\\n' "$cfg" | grep -qxF -e {quote(line)}"""


def _operand(tokens: list[str]) -> str:
    if not tokens or tokens[0] in ("(", ")", ",", "="):
        raise ValueError("an operand is missing")
    return tokens.pop(0)
