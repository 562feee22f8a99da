# ruff: noqa: E501 - lines of projects stay as they are
"""Damaged and hostile CMake files: inputs or a clear error, and quickly."""

from __future__ import annotations

import contextlib
import random

import pytest
from msbuild_cpp.commands import HANDLERS

from msbuild.plugin.api import ConfigError
from msbuild.plugin.testing import TextSources
from tests.effort import little_work
from tests.plugins.cpp.edits import EDITS
from tests.plugins.cpp.landscape import LANDSCAPE
from tests.plugins.cpp.shop import app, inputs_of

HOSTILE = {
    "nested if": "if(A)\n" * 20_000,
    "nested if, closed": "if(A)\n" * 5_000 + "endif()\n" * 5_000,
    "nested parentheses": f"if({'(' * 20_000}A{')' * 20_000})\nendif()",
    "negations": f"if({'NOT ' * 20_000}A)\nendif()",
    "alternatives": f"if(A {'OR A ' * 20_000})\nendif()",
    "comments that never end": "#[[ \n" * 20_000,
    "arguments that never end": "set(a [==[\n" * 20_000,
    "quotes": 'set(a "' * 20_001,
    "calls that never end": "set(a $(" * 20_000,
    "a variable in itself": f"set(a {'${' * 20_000}b{'}' * 20_000})",
    "many variables": f"set(a {'${b}' * 20_000})",
    "a value that doubles": "set(a aaaaaaaaaa)\n" + 'set(a "${a}${a}")\n' * 60,
    "a list that doubles": "set(a 1 2 3)\n" + "set(a ${a} ${a})\n" * 60,
    "a function that calls itself": "function(f)\nf()\nf()\nendfunction()\nf()\n",
    "macros that call each other": "macro(f)\ng()\ng()\nendmacro()\nmacro(g)\nf()\nf()\nendmacro()\nf()\n",
    "recursion in deep blocks": f"function(f)\n{'if(A)' * 30}\nf()\n{'endif()' * 30}\nendfunction()\nf()\n",
    "a list that includes itself": "include(CMakeLists.txt)\n" * 3,
    "a directory that adds itself": "add_subdirectory(.)\nadd_subdirectory(../app)\n" * 100,
    "loops in loops": "foreach(i RANGE 1000)\n" * 4 + "set(a ${i})\n" + "endforeach()\n" * 4,
    "a loop that never ends": "while(TRUE)\nset(a ${a} b)\nendwhile()\n" * 1_000,
    "sets within sets": 'string(REGEX MATCH "[[a]--b&&c]" r "x")\nfile(GLOB s "[[a]&&b--c].c")',
    "an expression that explodes": 'string(REGEX MATCH "(a+)+$" r "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")',
    "an expression that grows": f'string(REGEX MATCH "{".*" * 20}x" r "{"a" * 5_000}")',
    "a condition that explodes": 'set(a aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!)\nif(a MATCHES "(a|aa)+$")\nendif()',
    "a filter that explodes": f'set(l {"a" * 40}!)\nlist(FILTER l INCLUDE REGEX "(a*)*$")',
    "a pattern of many parts": f"file(GLOB a {'*a' * 30}b)",
    "a path of many unknown parts": f"execute_process(COMMAND x OUTPUT_VARIABLE u)\nadd_executable(b {'a${u}' * 100}z.c)",
    "many variables in functions": "".join(f"set(v{i} 1)\n" for i in range(3000))
    + "function(f)\nendfunction()\n"
    + "f()\n" * 5_000,
    "text that runs text": 'set(c "cmake_language(EVAL CODE [[${c}]])")\ncmake_language(EVAL CODE "${c}")\n'
    * 50,
    "a file that writes itself": 'file(WRITE ${CMAKE_BINARY_DIR}/x.cmake "include(${CMAKE_BINARY_DIR}/x.cmake)")\n'
    "include(${CMAKE_BINARY_DIR}/x.cmake)\n",
    "aliases in a cycle": "add_library(a ALIAS b)\nadd_library(b ALIAS a)\ntarget_link_libraries(app a)",
    "commands without arguments": "".join(
        f"{name}()\n{name}(x)\n{name}(x y)\n"
        for name in (
            *("set", "list", "file", "string", "foreach", "add_library", "target_sources", "if"),
            *(
                "install",
                "configure_file",
                "execute_process",
                "include",
                "find_package",
                "function",
            ),
            *("add_custom_command", "add_custom_target", "set_property", "get_property", "project"),
            *("set_target_properties", "cmake_parse_arguments", "cmake_path", "math", "macro"),
            *(
                "get_filename_component",
                "try_compile",
                "ExternalProject_Add",
                "FetchContent_Declare",
            ),
            *("FetchContent_MakeAvailable", "aux_source_directory", "cmake_language", "while"),
            *(
                "add_executable",
                "target_precompile_headers",
                "find_path",
                "option",
                "unset",
                "subdirs",
            ),
            *("target_link_libraries", "target_include_directories", "check_include_file", "endif"),
            *("cmake_dependent_option", "separate_arguments", "return", "add_subdirectory", "else"),
        )
    ),
    "nothing": "\0\1\2\3\4\5\6",
}


def ask(files: dict[str, str]) -> None:
    """Find the inputs of a service, which must be cheap."""
    texts = {f"app/{path}": text for path, text in files.items()}
    with little_work(), contextlib.suppress(ConfigError):
        inputs_of(app(), TextSources(texts))


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_lists_are_read_quickly(kind: str) -> None:
    lists = f"project(x)\nadd_executable(app main.cpp)\n{HOSTILE[kind]}"
    ask({"CMakeLists.txt": lists, "main.cpp": "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": ""})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.cpp", "/* x */ " * 5_000 + "x"),
        ("main.cpp", "1" * 200_000),
        ("main.cpp", "#include " + "A" * 100_000),
        ("main.cpp", '.incbin "' + "/" * 100_000),
        ("main.cpp", "#define A B\n#define B A\n#include A\n"),
        ("main.cpp", "#include \\\n" * 20_000),
        ("gen.py", "(" * 100_000),
        ("gen.py", "<" + "*" * 100_000),
        ("gen.py", ".parent" * 20_000),
        ("gen.py", "../" * 50_000),
        ("gen.py", "os.walk " + "*/" * 50_000),
    ],
)
def test_hostile_sources_are_read_quickly(path: str, text: str) -> None:
    lists = (
        "project(x)\nadd_executable(app main.cpp gen.h)\n"
        "add_custom_command(OUTPUT gen.h COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/gen.py)\n"
    )
    ask({"CMakeLists.txt": lists, "main.cpp": "", "gen.py": "", path: text})


def damaged(text: str, chance: random.Random) -> str:
    """A text with parts removed, duplicated, moved or inserted."""
    for _ in range(chance.randint(1, 4)):
        start, end = sorted(chance.randint(0, len(text)) for _ in range(2))
        piece = text[start:end]
        odd = chance.choice(
            ["(", ")", '"', "${", "}", "\\", "[[", "]]", "#", ";", "\0", "$<", "\n", ".."]
        )
        change = chance.randrange(4)
        if change == 0:
            text = text[:start] + text[end:]
        elif change == 1:
            text = text[:start] + piece[:2_000] * 2 + text[end:]
        elif change == 2:
            text = text[:start] + odd * chance.randint(1, 20) + text[start:]
        else:
            text = text[end:] + piece + text[:start]
    return text


@pytest.mark.parametrize("seed", range(300))
def test_damaged_lists_result_in_inputs_or_a_config_error(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - it has to be the same each time
    trees = [LANDSCAPE, *(edit.before for edit in EDITS.values())]
    files = dict(chance.choice(trees))
    lists = [path for path in files if path.endswith(("CMakeLists.txt", ".cmake"))]
    for path in chance.sample(lists, min(2, len(lists))):
        files[path] = damaged(files[path], chance)
    ask(files)


WORDS = [
    "a",
    "app",
    "x.cmake",
    "main.cpp",
    "*.cpp",
    "[z-a]",
    "..",
    "/",
    "-",
    "-I",
    "@main.cpp",
    "1",
    "(",
    ")",
    '"a;b"',
    '""',
    "[[x]]",
    "${v}",
    "${w}",
    "$<1:a>",
    "=",
    "ABSOLUTE",
    "ALIAS",
    "APPEND",
    "ARGS",
    "CACHE",
    "CALL",
    "CODE",
    "COMMAND",
    "COPY",
    "CONFIGURE",
    "DEPENDS",
    "DESTINATION",
    "EVAL",
    "EXCLUDE",
    "FILES",
    "FILE_SET",
    "FILTER",
    "FIND",
    "FORCE",
    "GENERATE",
    "GET",
    "GLOB",
    "GLOB_RECURSE",
    "GLOBAL",
    "IN",
    "INCLUDE",
    "INSERT",
    "INTERFACE",
    "JOIN",
    "LENGTH",
    "LISTS",
    "MATCH",
    "MATCHALL",
    "NAMES",
    "OPTIONAL",
    "OUTPUT",
    "OUTPUT_VARIABLE",
    "PARENT_SCOPE",
    "PARSE_ARGV",
    "PATHS",
    "POP_FRONT",
    "PREPEND",
    "PRIVATE",
    "PROPERTIES",
    "PROPERTY",
    "PUBLIC",
    "RANGE",
    "READ",
    "REGEX",
    "RELATIVE",
    "REPLACE",
    "RESULT_VARIABLE",
    "SET",
    "SHARED",
    "SOURCE",
    "SOURCES",
    "SOURCE_DIR",
    "STRINGS",
    "SUBLIST",
    "TARGET",
    "TARGETS",
    "TRANSFORM",
    "URL",
    "WORKING_DIRECTORY",
    "WRITE",
    "ZIP_LISTS",
]
BLOCKS = (
    "if",
    "elseif",
    "else",
    "endif",
    "foreach",
    "while",
    "function",
    "macro",
    "cmake_language",
)


@pytest.mark.parametrize("seed", range(200))
def test_commands_with_any_arguments_result_in_inputs_or_a_config_error(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - it has to be the same each time
    names = [*sorted(HANDLERS), *BLOCKS]
    lists = "project(x)\nadd_executable(app main.cpp)\nfile(GLOB v *)\nset(w a CACHE STRING x)\n"
    for _ in range(40):
        words = (chance.choice(WORDS) for _ in range(chance.randint(0, 6)))
        lists += f"{chance.choice(names)}({' '.join(words)})\n"
    ask({"CMakeLists.txt": lists, "main.cpp": "", "x.cmake": "", "d/e.py": ""})
