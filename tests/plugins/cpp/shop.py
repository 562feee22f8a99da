"""A small CMake project made of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msbuild_cpp import Cpp

from msbuild.plugin.testing import TextSources, build, builder, service

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder, Inputs, Service

LANGUAGE = Cpp()
EXE = "add_executable(app main.cpp)\n"
HERE = "${CMAKE_CURRENT_SOURCE_DIR}"
GEN = f"""add_custom_command(OUTPUT gen.h COMMAND %s)
{EXE}target_sources(app PRIVATE ${{CMAKE_CURRENT_BINARY_DIR}}/gen.h)
"""

FILES = {
    "cpp/CMakeLists.txt": """
cmake_minimum_required(VERSION 3.25)
project(shop LANGUAGES CXX)
file(GLOB parts libs/*/CMakeLists.txt services/*/CMakeLists.txt)
foreach(part IN LISTS parts)
  cmake_path(GET part PARENT_PATH directory)
  add_subdirectory(${directory})
endforeach()
""",
    "cpp/libs/money/CMakeLists.txt": """
add_library(money STATIC src/money.cpp)
add_library(shop::money ALIAS money)
target_include_directories(money PUBLIC include PRIVATE src)
if(BUILD_TESTING)
  add_subdirectory(tests)
endif()
""",
    "cpp/libs/money/include/money/money.hpp": "#pragma once\nint cents();\n",
    "cpp/libs/money/src/money.cpp": '#include "money/money.hpp"\n#include <detail.hpp>\n'
    "int cents() { return detail; }\n",
    "cpp/libs/money/src/detail.hpp": "inline int detail = 42;\n",
    "cpp/libs/money/src/unused.hpp": "",
    "cpp/libs/money/tests/CMakeLists.txt": "add_executable(money_test money_test.cpp)",
    "cpp/libs/money/tests/money_test.cpp": "",
    "cpp/services/search/CMakeLists.txt": """
add_executable(search src/main.cpp)
target_link_libraries(search PRIVATE shop::money)
""",
    "cpp/services/search/src/main.cpp": "#include <money/money.hpp>\n"
    '#include "index.hpp"\nint main() { return cents() - 42 + zero; }\n',
    "cpp/services/search/src/index.hpp": "inline int zero = 0;\n",
    "cpp/services/other/CMakeLists.txt": "add_executable(other main.cpp)\n",
    "cpp/services/other/main.cpp": "int main() {}\n",
}
ROOT = FILES["cpp/CMakeLists.txt"]
MONEY = "cpp/libs/money"
SEARCH = "cpp/services/search"


def shop(changes: dict[str, str] | None = None, *, without: tuple[str, ...] = ()) -> TextSources:
    """The project, with some files added or changed and others removed."""
    files = {**FILES, **(changes or {})}
    return TextSources({path: text for path, text in files.items() if path not in without})


def one(commands: str, files: dict[str, str] | None = None) -> TextSources:
    """A project of one service in one directory; files are relative to it."""
    texts = {"CMakeLists.txt": f"project(one)\n{commands}", "main.cpp": "", **(files or {})}
    return TextSources({f"app/{path}": text for path, text in texts.items()})


def cpp(**options: Any) -> Builder:
    return builder(LANGUAGE, **options)


def search(**options: Any) -> Service:
    return service(LANGUAGE, SEARCH, **options)


def app(**options: Any) -> Service:
    return service(LANGUAGE, "app", **options)


def inputs_of(each: Service, sources: TextSources, **options: Any) -> Inputs:
    return LANGUAGE.inputs(each, cpp(**options), sources)


def files_of(commands: str, files: dict[str, str] | None = None, **options: Any) -> set[str]:
    """The inputs of a project of one directory, relative to it, without those of every project."""
    found = inputs_of(app(), one(commands, files), **options).files
    return {path.removeprefix("app/") for path in found} - {"CMakeLists.txt", "main.cpp"}


def script_of(each: Service, sources: TextSources, **options: Any) -> str:
    """The script that builds a service."""
    built = build(LANGUAGE, each, cpp(**options), sources)
    return str(getattr(built.stages[-1].steps[-1], "script"))  # noqa: B009 - a step is of any kind


def project(commands: str, files: dict[str, str]) -> Inputs:
    """The inputs of a service in ``app``; paths are relative to the source root."""
    texts = {"app/CMakeLists.txt": f"project(one)\n{commands}", "app/main.cpp": "", **files}
    return inputs_of(app(), TextSources(texts))
