"""The texts that the files of a CMake project may have, first the one at the beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOP = "cmake_minimum_required(VERSION 3.25)\nproject(shop LANGUAGES CXX)\n"
_VIEWER = (
    "file(GLOB parts src/*.cpp)\nadd_executable(viewer ${parts})\n"
    "target_link_libraries(viewer PRIVATE money common)\n"
)
CPP: Mapping[str, tuple[str, ...]] = {
    "cpp/CMakeLists.txt": (
        (
            f"{_TOP}add_subdirectory(libs)\nadd_subdirectory(services/viewer)\n"
            "add_subdirectory(services/report)\n"
        ),
        (
            f"{_TOP}include(cmake/extra.cmake)\nadd_subdirectory(libs)\n"
            "file(GLOB all services/*)\nforeach(one IN LISTS all)\n"
            "add_subdirectory(${one})\nendforeach()\n"
        ),
        (
            f"{_TOP}set(CMAKE_CXX_STANDARD 20)\ninclude_directories(include)\n"
            "add_subdirectory(libs)\n"
            "add_subdirectory(services/viewer)\nadd_subdirectory(services/report)\n"
        ),
    ),
    "cpp/cmake/extra.cmake": ("add_definitions(-DEXTRA)\n", "include_directories(include)\n"),
    "cpp/include/money/money.hpp": ("", "int shadow;\n"),
    "cpp/include/size.hpp": ("", "int size;\n"),
    "cpp/libs/CMakeLists.txt": (
        "add_subdirectory(money)\nadd_subdirectory(common)\n",
        (
            "if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/extra)\nadd_subdirectory(extra)\nendif()\n"
            "add_subdirectory(money)\nadd_subdirectory(common)\n"
        ),
    ),
    "cpp/libs/extra/CMakeLists.txt": ("", "add_library(extra extra.cpp)\n"),
    "cpp/libs/extra/extra.cpp": ("", "int extra;\n"),
    "cpp/libs/money/CMakeLists.txt": (
        (
            "add_library(money src/money.cpp)\n"
            "target_include_directories(money PUBLIC include PRIVATE src)\n"
        ),
        (
            "file(GLOB_RECURSE all src/*.cpp)\nadd_library(money ${all})\n"
            "target_include_directories(money PUBLIC include)\n"
            "target_link_libraries(money PUBLIC common)\n"
        ),
        (
            "add_library(money src/money.cpp)\ntarget_include_directories(money PUBLIC include)\n"
            "add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/made.hpp COMMAND python3"
            " ${CMAKE_CURRENT_SOURCE_DIR}/make.py DEPENDS make.py)\n"
            "target_sources(money PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/made.hpp)\n"
        ),
    ),
    "cpp/libs/money/make.py": (
        "import helper\nopen('table.csv').read()\n",
        "import os\nfor each in os.listdir('tables'): print(each)\n",
        "print(1)\n",
    ),
    "cpp/libs/money/helper.py": ("X = 1\n", ""),
    "cpp/libs/money/table.csv": ("1\n", "2\n"),
    "cpp/libs/money/tables/one": ("1\n", "2\n"),
    "cpp/libs/money/tables/two": ("", "2\n"),
    "cpp/libs/money/include/money/money.hpp": (
        "#pragma once\n#include <money/coin.hpp>\n",
        "#pragma once\n",
        '#include "coin.hpp"\n#include <size.hpp>\n',
    ),
    "cpp/libs/money/include/money/coin.hpp": ("#pragma once\n", "#define COIN 1\n"),
    "cpp/libs/money/include/size.hpp": ("", "int size;\n"),
    "cpp/libs/money/src/money.cpp": (
        "#include <money/money.hpp>\n",
        '#include "money/money.hpp"\n#include "detail.hpp"\n',
        '#if __has_include("detail.hpp")\n#include "detail.hpp"\n#endif\n',
        '#define WHAT "detail.hpp"\n#include WHAT\n',
    ),
    "cpp/libs/money/src/more.cpp": ("", "int more;\n"),
    "cpp/libs/money/src/deep/more.cpp": ("", '#include "../detail.hpp"\n'),
    "cpp/libs/money/src/detail.hpp": ("int detail;\n", "int other;\n"),
    "cpp/libs/money/src/money/money.hpp": ("", "int nearer;\n"),
    "cpp/libs/common/CMakeLists.txt": (
        "add_library(common INTERFACE)\ntarget_include_directories(common INTERFACE include)\n",
        "add_library(common common.cpp)\ntarget_include_directories(common PUBLIC include)\n",
    ),
    "cpp/libs/common/common.cpp": ("int common;\n", "#include <common.hpp>\n"),
    "cpp/libs/common/include/common.hpp": ("int common;\n", "#include <money/coin.hpp>\n"),
    "cpp/services/viewer/CMakeLists.txt": (
        _VIEWER,
        (
            f"{_VIEWER}configure_file(version.hpp.in version.hpp)\n"
            "target_include_directories(viewer PRIVATE ${CMAKE_CURRENT_BINARY_DIR})\n"
        ),
        _VIEWER.replace("money common", "money"),
        _VIEWER.replace("money common", "common"),
        f"{_VIEWER}find_package(Threads)\ntarget_link_libraries(viewer PRIVATE Threads::Threads)\n",
    ),
    "cpp/services/viewer/version.hpp.in": ("#define V 1\n", "#define V @PROJECT_NAME@\n"),
    "cpp/services/viewer/src/main.cpp": (
        '#include <money/money.hpp>\n#include "view.hpp"\nint main() {}\n',
        "#include <version.hpp>\nint main() {}\n",
        '#include <common.hpp>\n#include "view.hpp"\nint main() {}\n',
        '#include "size.hpp"\nint main() {}\n',
    ),
    "cpp/services/viewer/src/more.cpp": ("", "#include <common.hpp>\n", '#include "view.hpp"\n'),
    "cpp/services/viewer/src/view.hpp": ("int view;\n", "#include <money/coin.hpp>\n"),
    "cpp/services/viewer/pages/one": ("one\n", "two\n"),
    "cpp/services/viewer/pages/two": ("", "two\n"),
    "cpp/services/report/CMakeLists.txt": (
        "add_executable(report main.cpp)\ntarget_link_libraries(report PRIVATE money)\n",
        "add_executable(report main.cpp part.cpp)\n",
        "add_executable(report main.cpp)\ntarget_link_libraries(report PRIVATE common)\n",
    ),
    "cpp/services/report/main.cpp": (
        "#include <money/money.hpp>\nint main() {}\n",
        "#include <common.hpp>\nint main() {}\n",
        "int main() {}\n",
    ),
    "cpp/services/report/part.cpp": ("", "int part;\n"),
}
