"""Limits on the size of the code and on its imports: lower them as it shrinks."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

from tests.duplicated_code import duplicates

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGES = ("msbuild", "msbuild_cpp", "msbuild_go", "msbuild_rust")
MOST_FILES = 219
MOST_LINES = 400
# Names of Python itself, and one of a file that will be removed.
KNOWN = {"_actions", "_exit", "_fields", "_replace"}
PRIVATE = re.compile(r"_[^_]\w*")
# Shorter pieces of code may occur twice.
LEAST_DUPLICATE = 6


def modules() -> list[Path]:
    return [
        file for directory in ("msbuild", "plugins") for file in (ROOT / directory).rglob("*.py")
    ]


def cycle(imports: dict[str, set[str]]) -> list[str]:
    """The members of one import cycle; empty if there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def imports_between_children(graph: grimp.ImportGraph, package: str) -> dict[str, set[str]]:
    """Which subpackages and modules of a package import which others."""
    children = graph.find_children(package)
    child_of = {
        module: child for child in children for module in (child, *graph.find_descendants(child))
    }
    imports: dict[str, set[str]] = {child: set() for child in children}
    for module, child in child_of.items():
        imported = graph.find_modules_directly_imported_by(module)
        imports[child] |= {child_of[name] for name in imported if name in child_of} - {child}
    return imports


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The imports that run, on top of a module or inside a function."""
    return grimp.build_graph(*PACKAGES, cache_dir=None, exclude_type_checking_imports=True)


def test_no_file_is_longer_than_the_limit() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in modules()
    }
    assert not {name: lines for name, lines in lengths.items() if lines > MOST_LINES}


def test_the_number_of_files_is_within_the_limit() -> None:
    assert len(modules()) <= MOST_FILES


def test_no_modules_import_each_other_in_a_cycle(graph: grimp.ImportGraph) -> None:
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert not cycle(imports)


def test_no_packages_import_each_other_in_a_cycle(graph: grimp.ImportGraph) -> None:
    for package in graph.modules:
        assert not cycle(imports_between_children(graph, package))


def test_a_cycle_is_found() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_no_logic_is_duplicated() -> None:
    assert duplicates(modules(), LEAST_DUPLICATE) == []


ORIGINAL = """
def first(values: list[int]) -> int:
    '''One docstring.'''
    total = 0
    for value in values:
        if value > 3:
            # a reason
            total += value
        total = abs(total)
    return total + 1
"""
COPY = """
class Sum:
    def second(self, numbers, start):
        import math
        print(start)
        result = 0
        for number in numbers:
            if number > 3:
                result += number
            result = abs(result)
        return result + 1
"""


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("number", "each"), True),
        (("> 3", "> 4"), False),
        (("result += number", "number += result"), False),
        (("            result = abs(result)\n", ""), False),
    ],
    ids=["other names", "another constant", "variables swapped", "another statement"],
)
def test_duplicates_with_other_names_are_found(
    change: tuple[str, str], found: bool, tmp_path: Path
) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text(ORIGINAL)
    other.write_text(COPY.replace(*change))
    assert duplicates([one, other], LEAST_DUPLICATE) == ([f"{one}:4 {other}:6"] if found else [])


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The modules that a test imports, each with a name imported from it, if any."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def private_names(tree: ast.Module) -> Iterator[str]:
    """The private names of others that a test imports, reads or replaces."""
    yield from (name for _, name in imported(tree) if PRIVATE.fullmatch(name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
                yield from (node.attr,) if PRIVATE.fullmatch(node.attr) else ()
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".setattr"):
            strings = [each for each in node.args[:2] if isinstance(each, ast.Constant)]
            names = [str(each.value).rpartition(".")[2] for each in strings]
            yield from (name for name in names if PRIVATE.fullmatch(name))


@cache
def parsed_tests() -> list[tuple[str, ast.Module]]:
    files = sorted((ROOT / "tests").rglob("*.py"))
    return [(str(file.relative_to(ROOT)), ast.parse(file.read_text())) for file in files]


def test_tests_use_only_public_names() -> None:
    found = {file: set(private_names(tree)) - KNOWN for file, tree in parsed_tests()}
    assert not {file: names for file, names in found.items() if names}


def test_no_test_module_imports_another() -> None:
    modules = {
        file: [
            module
            for module, name in imported(tree)
            if module.startswith("tests") and re.search(r"(^|\.)test_", f"{module}.{name}")
        ]
        for file, tree in parsed_tests()
    }
    assert not {file: names for file, names in modules.items() if names}


@pytest.mark.parametrize(
    "code",
    [
        "from msbuild.graph.stage_graph import _beginning",
        "from msbuild.graph import stage_graph\nstage_graph._beginning",
        "import msbuild.graph.stage_graph\nmsbuild.graph.stage_graph._beginning()",
        "def test(monkeypatch): monkeypatch.setattr('msbuild.graph.stage_graph._beginning', 1)",
        "def test(monkeypatch): monkeypatch.setattr(stage_graph, '_beginning', 1)",
    ],
)
def test_a_private_name_is_found(code: str) -> None:
    assert set(private_names(ast.parse(code))) == {"_beginning"}


def test_dunder_names_and_own_attributes_are_not_private_names_of_others() -> None:
    code = "from msbuild import __version__\nclass A:\n def f(self): return self._x, f.__name__"
    assert list(private_names(ast.parse(code))) == []
