"""`cfg` expressions of cargo's config as conditions of the shell."""

from __future__ import annotations

import re

from msbuild.plugin.api import quote

_TOKEN = re.compile(r'\s*("[^"]*"|[\w.-]+|[(),=])')
_JOINS = {"all": (" && ", "true"), "any": (" || ", "false")}
# Prints the cfg of the target, a line each, as `rustc` does.
LIST_CFG = 'cfg=$(rustc --print cfg --target "$target")'


def shell_condition(expression: str) -> str:
    """A condition that is true where ``cfg(expression)`` is, given ``$cfg`` by ``LIST_CFG``.

    Raises:
        ValueError: it is no expression of a kind that cargo takes.
    """
    tokens = _tokens(expression)
    condition = _parse(tokens)
    if tokens:
        raise ValueError(expression)
    return condition


def _tokens(expression: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    expression = expression.strip()
    while position < len(expression):
        found = _TOKEN.match(expression, position)
        if not found:
            raise ValueError(expression)
        tokens.append(found[1])
        position = found.end()
    return tokens


def _parse(tokens: list[str]) -> str:
    name = _next(tokens)
    if tokens[:1] == ["("] and name in ("all", "any", "not"):
        tokens.pop(0)
        parts: list[str] = []
        while tokens[:1] != [")"]:
            parts.append(_parse(tokens))
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
        line = f"{name}={_next(tokens)}"
    return f"""printf '%s\\n' "$cfg" | grep -qxF -e {quote(line)}"""


def _next(tokens: list[str]) -> str:
    if not tokens or tokens[0] in ("(", ")", ",", "="):
        raise ValueError("an operand is missing")
    return tokens.pop(0)
