"""Finds duplicate pieces of functions, ignoring names of variables and comments."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Allowed differences between copies: types, and whether a name is read or set.
_IGNORED = {"annotation", "ctx", "returns", "type_comment", "type_params"}


def duplicates(files: Iterable[Path], lines: int) -> list[str]:
    """The places where each duplicate starts, as ``a.py:5 b.py:7``.

    Signatures, docstrings, imports and the fields of classes are not logic, so they don't count.

    Args:
        files: the modules.
        lines: the minimum length of a duplicate: consecutive statements with as many lines.
    """
    places: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for file in files:
        for block in _blocks(ast.parse(file.read_text())):
            shapes = [_shape(statement) for statement in block]
            for start, end in _long_enough(block, lines):
                places[tuple(shapes[start:end])].append(f"{file}:{block[start].lineno}")
    return sorted({" ".join(same) for same in places.values() if len(same) > 1})


def _blocks(module: ast.Module) -> Iterator[list[ast.stmt]]:
    """The blocks of all functions and of the compound statements in them."""
    functions = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))
    inner = {id(node): node for function in functions for node in ast.walk(function)}
    for node in inner.values():
        for _, value in ast.iter_fields(node):
            if isinstance(value, list):
                yield [each for each in value if isinstance(each, ast.stmt) and _is_logic(each)]


def _is_logic(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    return not isinstance(statement, ast.Import | ast.ImportFrom)


def _long_enough(block: list[ast.stmt], lines: int) -> Iterator[tuple[int, int]]:
    """Start and end of consecutive statements with enough lines, though not many more.

    Longer duplicates are found by their parts, and copies may have other line breaks.
    """
    for start in range(len(block)):
        length = 0
        for end, statement in enumerate(block[start:], start + 1):
            length += (statement.end_lineno or 0) - statement.lineno + 1
            if length >= lines:
                yield start, end
            if length >= 2 * lines:
                break


def _shape(statement: ast.stmt) -> str:
    """A text that is the same for copies: their variables are numbered as they appear."""
    numbers: dict[str, int] = {}

    def show(part: object) -> str:
        if isinstance(part, ast.Name | ast.arg):
            name = part.id if isinstance(part, ast.Name) else part.arg
            return str(numbers.setdefault(name, len(numbers)))
        if isinstance(part, list):
            return f"[{' '.join(map(show, part))}]"
        if not isinstance(part, ast.AST):
            return repr(part)
        fields = (show(value) for name, value in ast.iter_fields(part) if name not in _IGNORED)
        return f"{type(part).__name__}({' '.join(fields)})"

    return show(statement)
