"""The closures of C++ services."""

from __future__ import annotations

import dataclasses

import pytest

from msbuild.model import Dependency
from msbuild.plugin.testing import TextSources
from tests.plugins.cpp.edits import EDITS
from tests.plugins.cpp.shop import (
    FILES,
    MONEY,
    ROOT,
    SEARCH,
    app,
    files_of,
    inputs_of,
    one,
    search,
    shop,
)

EXE = "add_executable(app main.cpp)\n"


def test_a_closure_has_targets_headers_and_files_read_by_cmake() -> None:
    inputs = inputs_of(search(), shop())
    assert inputs.files == {
        "cpp/CMakeLists.txt": "the top of the project",
        f"{MONEY}/CMakeLists.txt": "defines target money",
        f"{MONEY}/include/money/money.hpp": f"included by {SEARCH}/src/main.cpp:1",
        f"{MONEY}/src/detail.hpp": f"included by {MONEY}/src/money.cpp:2",
        f"{MONEY}/src/money.cpp": "source of target money",
        f"{SEARCH}/CMakeLists.txt": "defines target search",
        f"{SEARCH}/src/index.hpp": f"included by {SEARCH}/src/main.cpp:2",
        f"{SEARCH}/src/main.cpp": "source of target search",
    }
    assert inputs.widened == {}
    assert inputs.facts == {}


def test_another_service_does_not_change_a_closure() -> None:
    changed = shop(
        {
            "cpp/services/other/CMakeLists.txt": "add_executable(other main.cpp) # changed",
            "cpp/services/new/CMakeLists.txt": "add_executable(new main.cpp)",
        }
    )
    assert inputs_of(search(), changed) == inputs_of(search(), shop())


def test_headers_are_followed_transitively() -> None:
    files = {
        "main.cpp": '#include "a.h"',
        "a.h": "  #  include <lib/b.h>",
        "include/lib/b.h": '#include "c.h"',
        "include/lib/c.h": '#if __has_include("d.h")\n#include "../../deep/d.h"',
        "include/lib/d.h": "",
        "deep/d.h": '#include "main.cpp"',
        "c.h": "",
    }
    wanted = {"a.h", "include/lib/b.h", "include/lib/c.h", "include/lib/d.h", "deep/d.h"}
    assert files_of(f"{EXE}target_include_directories(app PRIVATE include)", files) == wanted


def test_a_quoted_header_next_to_its_includer_hides_others() -> None:
    files = {"src/m.cpp": '#include "u.h"\n#include <u.h>', "src/u.h": "", "i/u.h": "", "j/u.h": ""}
    commands = "add_executable(app src/m.cpp)\ninclude_directories(i)"
    assert files_of(commands, files) == {"src/m.cpp", "src/u.h", "i/u.h"}


def test_include_directories_in_flags_are_searched() -> None:
    files = {"main.cpp": "#include <a.h>\n#include <b.h>\n#include <c.h>\n#include <d.h>"}
    files |= {"1/a.h": "", "2/b.h": "", "3/c.h": "", "4/d.h": ""}
    commands = f"""
set(CMAKE_CXX_FLAGS "${{CMAKE_CXX_FLAGS}} -I${{PROJECT_SOURCE_DIR}}/1")
add_compile_options(-isystem ${{CMAKE_CURRENT_SOURCE_DIR}}/2)
{EXE}
target_compile_options(app PRIVATE "SHELL:-iquote ${{CMAKE_SOURCE_DIR}}/3")
set_target_properties(app PROPERTIES INCLUDE_DIRECTORIES "${{CMAKE_SOURCE_DIR}}/4")
"""
    assert files_of(commands, files) == {"1/a.h", "2/b.h", "3/c.h", "4/d.h"}


def test_interface_libraries_add_headers_and_sources() -> None:
    commands = f"""
add_library(core INTERFACE)
target_include_directories(core INTERFACE $<BUILD_INTERFACE:${{CMAKE_CURRENT_SOURCE_DIR}}/inc>
  $<INSTALL_INTERFACE:other>)
target_sources(core INTERFACE extra.cpp)
add_library(mid INTERFACE)
target_link_libraries(mid INTERFACE $<$<CONFIG:Release>:core>)
{EXE}target_link_libraries(app mid)
"""
    files = {"main.cpp": "#include <x.h>", "inc/x.h": "", "other/x.h": "", "extra.cpp": ""}
    assert files_of(commands, files) == {"inc/x.h", "extra.cpp"}


def test_objects_of_a_library_add_its_sources() -> None:
    commands = "add_library(o OBJECT o.cpp)\nadd_executable(app main.cpp $<TARGET_OBJECTS:o>)"
    assert files_of(commands, {"o.cpp": ""}) == {"o.cpp"}


def test_private_include_directories_of_a_library_are_not_searched() -> None:
    changed = shop({f"{SEARCH}/src/main.cpp": "#include <unused.hpp>\nint main() {}"})
    assert f"{MONEY}/src/unused.hpp" not in inputs_of(search(), changed).files


def test_a_template_and_its_includes_are_inputs() -> None:
    commands = f"configure_file(config.h.in config.h @ONLY)\n{EXE}"
    files = {"main.cpp": '#include "config.h"', "config.h.in": '#include "real.h"', "real.h": ""}
    assert files_of(commands, files) == {"config.h.in", "real.h"}


def test_a_custom_command_is_needed_for_its_outputs() -> None:
    commands = f"""
add_custom_command(OUTPUT gen.cpp COMMAND gen ${{CMAKE_CURRENT_SOURCE_DIR}}/a.txt > gen.cpp
  DEPENDS gen b.proto)
add_custom_command(OUTPUT never.cpp COMMAND gen DEPENDS never.txt)
add_executable(gen tools/gen.cpp)
{EXE}target_sources(app PRIVATE ${{CMAKE_CURRENT_BINARY_DIR}}/gen.cpp)
"""
    files = dict.fromkeys(("a.txt", "never.txt", "tools/gen.cpp", "c.proto"), "")
    files["b.proto"] = 'syntax = "proto3";\nimport "c.proto";\n'
    assert files_of(commands, files) == {"a.txt", "b.proto", "c.proto", "tools/gen.cpp"}


def test_a_generator_may_read_files_in_its_directory() -> None:
    commands = f"""
add_custom_command(OUTPUT gen.cpp COMMAND python3 ${{CMAKE_SOURCE_DIR}}/tools/gen.py)
{EXE}target_sources(app PRIVATE gen.cpp)
target_include_directories(app PRIVATE inc)
"""
    files = {"tools/gen.py": "open(__file__)", "tools/words.py": "", "inc/a.h": "", "inc/a.md": ""}
    inputs = inputs_of(app(), one(commands, files))
    assert {"app/tools/words.py", "app/inc/a.h"} <= set(inputs.files)
    assert "app/inc/a.md" not in inputs.files
    assert inputs.widened == {
        "app/inc": "files generated by app/CMakeLists.txt:3 may include it",
        "app/tools": "`app/tools/gen.py` is used by app/CMakeLists.txt:3",
    }


@pytest.mark.parametrize(
    ("script", "more"),
    [
        ("import words", "tools/words.py"),
        ("from kit import words", "tools/kit/__init__.py tools/kit/words.py tools/kit/more.py"),
        ("def f():\n  import kit.more", "tools/kit/__init__.py tools/kit/more.py"),
        ("print('including nothing')", ""),
        ("print('#include <a.h>')", "inc/a.h"),
        ("import sys, emit", "tools/emit.py inc/a.h"),
        (
            """import os, sys, words
sys.path.append(os.path.dirname(os.path.abspath(__file__)))
print("usage: {} OUT".format(sys.argv[0]))""",
            "tools/words.py",
        ),
        ("import os, sys\nsys.path.append(os.path.dirname(__file__) + '/kit')", "EVERYTHING"),
        ("print 'of long ago'", "EVERYTHING"),
        ("import importlib", "EVERYTHING"),
        ("import sys; out = sys.argv[1]", ""),
        ("import sys; here = sys.argv[0]", "EVERYTHING"),
        ("import sys; here, out = sys.argv", "EVERYTHING"),
    ],
)
def test_a_python_script_is_an_input_with_its_imports(script: str, more: str) -> None:
    commands = f"""
add_custom_command(OUTPUT gen.cpp COMMAND python3 ${{CMAKE_SOURCE_DIR}}/tools/gen.py)
{EXE}target_sources(app PRIVATE gen.cpp)
target_include_directories(app PRIVATE inc)
"""
    files = {
        "tools/words.py": "",
        "tools/kit/__init__.py": "",
        "tools/kit/words.py": "from . import more",
        "tools/kit/more.py": "",
        "tools/emit.py": "INCLUDE = 'include'",
        "tools/data.txt": "we include this",
        "inc/a.h": "",
    }
    wanted = set(files) if more == "EVERYTHING" else set(more.split())
    found = files_of(commands, {**files, "tools/gen.py": script})
    assert found == {*wanted, "tools/gen.py"}


def test_files_from_depends_on_may_include_any_header() -> None:
    sources = shop(
        {
            f"{SEARCH}/CMakeLists.txt": FILES[f"{SEARCH}/CMakeLists.txt"].replace(
                "src/m", "gen/g.cpp src/m"
            )
        }
    )
    made = Dependency("codegen", ".", f"{SEARCH}/gen", search().at)
    inputs = inputs_of(dataclasses.replace(search(), depends_on=(made,)), sources)
    assert inputs.widened == {
        f"{MONEY}/include": f"`{SEARCH}/gen/g.cpp` comes from `depends_on` and may include it"
    }


def test_an_include_of_a_macro_may_be_any_of_its_definitions() -> None:
    files = {
        "main.cpp": '#ifndef CONFIG\n#define CONFIG "default.h"\n#endif\n#include CONFIG\n',
        "default.h": "",
        "given.h": "",
    }
    commands = f'{EXE}target_compile_definitions(app PRIVATE CONFIG="given.h")'
    assert files_of(commands, files) == {"default.h", "given.h"}


def test_an_unknown_include_widens() -> None:
    files = {
        "src/m.cpp": "\n#include NAME(x)\n",
        "src/a.hpp": '#include "../b.h"',
        "b.h": "",
        "src/a.txt": "",
    }
    inputs = inputs_of(app(), one("add_executable(app src/m.cpp)", files))
    assert {"app/src/a.hpp", "app/b.h"} <= set(inputs.files)
    assert "app/src/a.txt" not in inputs.files
    assert inputs.widened == {
        "app/src": "`app/src/m.cpp` line 2 includes a file whose name is computed"
    }


def test_a_header_outside_include_directories_is_found_by_name() -> None:
    files = {"main.cpp": '#include "odd/x.h"\n#include <y.h>', "third/odd/x.h": "", "z/y.h": ""}
    assert files_of(EXE, files) == {"third/odd/x.h"}


def test_computed_sources_widen_to_the_directory() -> None:
    commands = "execute_process(COMMAND ls OUTPUT_VARIABLE all)\nadd_executable(app ${all})"
    inputs = inputs_of(app(), one(commands, {"x/y.cpp": '#include "../../lib/l.h"'}))
    assert "app/x/y.cpp" in inputs.files
    assert inputs.widened == {"app": "CMake computes some sources of target `app`"}


def test_linker_scripts_precompiled_headers_and_data_are_inputs() -> None:
    commands = f"""{EXE}
target_precompile_headers(app PRIVATE <vector> pch.h)
target_link_options(app PRIVATE -Wl,--version-script=${{CMAKE_CURRENT_SOURCE_DIR}}/app.map)
set_source_files_properties(main.cpp PROPERTIES OBJECT_DEPENDS ${{CMAKE_SOURCE_DIR}}/logo.bin)
target_link_libraries(app PRIVATE ${{CMAKE_CURRENT_SOURCE_DIR}}/vendor/libx.a)
"""
    files = {
        "pch.h": '#include "p.h"',
        "p.h": "",
        "app.map": "",
        "logo.bin": "",
        "vendor/libx.a": "",
    }
    files["main.cpp"] = 'asm(".incbin \\"seal.dat\\"");'
    files["data/seal.dat"] = ""
    assert files_of(commands, files) == {*files, "p.h"} - {"main.cpp"}


def test_scripts_and_find_modules_of_the_tree_are_inputs() -> None:
    commands = f"""
list(APPEND CMAKE_MODULE_PATH ${{CMAKE_CURRENT_SOURCE_DIR}}/cmake)
include(Flags)
include(cmake/more.cmake)
find_package(Odd)
{EXE}"""
    files = {
        "cmake/Flags.cmake": "",
        "cmake/more.cmake": "include(${CMAKE_CURRENT_LIST_DIR}/deep.cmake)",
        "cmake/deep.cmake": "",
        "cmake/FindOdd.cmake": "",
        "cmake/FindEven.cmake": "",
    }
    assert files_of(commands, files) == set(files) - {"cmake/FindEven.cmake"}


def test_a_directory_whose_variables_are_used_is_configured() -> None:
    sources = shop(
        {
            "cpp/libs/base/CMakeLists.txt": "set(BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR}\n"
            "  CACHE INTERNAL x)\n"
            "function(shop_program name)\n  add_executable(${name} ${ARGN})\nendfunction()",
            f"{SEARCH}/CMakeLists.txt": "shop_program(search src/main.cpp ${BASE_DIR}/b.cpp)",
            "cpp/libs/base/b.cpp": "",
        }
    )
    files = inputs_of(search(), sources).files
    assert files["cpp/libs/base/CMakeLists.txt"] == f"defines names used by {SEARCH}"
    assert files["cpp/libs/base/b.cpp"] == "source of target search"


def test_a_directory_that_changes_a_target_is_configured() -> None:
    sources = shop(
        {
            "cpp/libs/plugin/CMakeLists.txt": "target_sources(money PRIVATE plugin.cpp)",
            "cpp/libs/plugin/plugin.cpp": "",
        }
    )
    files = inputs_of(search(), sources).files
    assert {"cpp/libs/plugin/CMakeLists.txt", "cpp/libs/plugin/plugin.cpp"} <= set(files)


def test_a_required_target_adds_its_directory_but_not_its_sources() -> None:
    sources = shop({"cpp/CMakeLists.txt": f"{ROOT}install(TARGETS other)\n"})
    files = inputs_of(search(), sources).files
    assert files["cpp/services/other/CMakeLists.txt"] == "defines target other"
    assert "cpp/services/other/main.cpp" not in files


def test_the_option_inputs_adds_files() -> None:
    sources = shop({"data/a/b.txt": "", "data/c.txt": ""})
    files = inputs_of(search(inputs=["data/a", "./data/c.txt"]), sources).files
    assert files["data/a/b.txt"] == files["data/c.txt"] == "listed in `inputs`"


@pytest.mark.parametrize("name", EDITS)
def test_every_edited_file_is_an_input(name: str) -> None:
    edit = EDITS[name]
    before, after = (
        inputs_of(app(), TextSources({f"app/{path}": text for path, text in files.items()}))
        for files in (edit.before, edit.after)
    )
    assert f"app/{edit.path}" in after.files
    assert (f"app/{edit.path}" in before.files) == (edit.path in edit.before)
