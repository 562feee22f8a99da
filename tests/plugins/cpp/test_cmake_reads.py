# ruff: noqa: E501 - lines of projects stay as they are
"""Files that CMake and its commands read."""

from __future__ import annotations

import pytest

from tests.plugins.cpp.shop import EXE, GEN, HERE, project

# The commands, the other files, and those of them that are inputs.
KINDS: dict[str, tuple[str, dict[str, str], str]] = {
    "shell command line": (
        GEN % f"sh -c \"od < {HERE}/d.bin > d; cat ../blob/e.txt; ls '{HERE}/dir'\" VERBATIM"
        f" WORKING_DIRECTORY {HERE}",
        {"app/d.bin": "", "blob/e.txt": "", "blob/f.txt": "", "app/dir/x": "", "app/never.bin": ""},
        "app/d.bin blob/e.txt app/dir/x",
    ),
    "execute_process with a shell command line": (
        (
            "execute_process(COMMAND bash -c [[cat ver.txt | tr a b; sort <in.lst]]\n"
            f"  WORKING_DIRECTORY {HERE} OUTPUT_VARIABLE V)\n{EXE}"
        ),
        {"app/ver.txt": "", "app/in.lst": "", "app/never.txt": ""},
        "app/ver.txt app/in.lst",
    ),
    "execute_process at the root of the tree": (
        f"execute_process(COMMAND cat VERSION OUTPUT_VARIABLE V)\n{EXE}",
        {"VERSION": "", "NEVER": ""},
        "VERSION",
    ),
    "execute_process of a directory": (
        f"execute_process(COMMAND ls {HERE}/plugins OUTPUT_VARIABLE V)\n{EXE}",
        {"app/plugins/a": "", "app/other/b": ""},
        "app/plugins/a",
    ),
    "sources listed in a file, one per line": (
        'file(STRINGS srcs.txt SRCS REGEX "cc$")\nadd_executable(app ${SRCS})',
        {
            "app/srcs.txt": "m.cc\nmore/b.cc\n# c.cc no\n",
            "app/m.cc": "",
            "app/more/b.cc": "",
            "app/d.cc": "",
        },
        "app/srcs.txt app/m.cc app/more/b.cc",
    ),
    "sources listed in a file, split and filtered": (
        (
            'file(READ srcs.txt T)\nstring(REGEX REPLACE "[\\r\\n]+" ";" S "${T}")\n'
            'list(FILTER S EXCLUDE REGEX "^$")\nlist(TRANSFORM S PREPEND ${PROJECT_SOURCE_DIR}/../s/)\n'
            "add_executable(app main.cpp ${S})"
        ),
        {"app/srcs.txt": "q.cc\n", "s/q.cc": '#include "q.h"', "s/q.h": "", "s/r.cc": ""},
        "app/srcs.txt s/q.cc s/q.h",
    ),
    "sources listed in a file, in JSON": (
        'file(READ srcs.json T)\nstring(JSON S GET "${T}" sources 0)\nadd_executable(app main.cpp ${S})',
        {"app/srcs.json": '{"sources": ["../s/q.cc"]}', "s/q.cc": "", "s/r.cc": ""},
        "app/srcs.json s/q.cc",
    ),
    "every source of a directory": (
        "aux_source_directory(../s S)\nadd_executable(app main.cpp ${S})",
        {"s/q.cc": "", "s/deep/r.cc": "", "s/x.txt": ""},
        "s/q.cc",
    ),
    "partly known sources": (
        (
            "execute_process(COMMAND uname OUTPUT_VARIABLE os)\n"
            "add_executable(app main.cpp ../s/port_${os}.cc)"
        ),
        {"s/port_linux.cc": "", "s/port_bsd.cc": "", "s/other.cc": ""},
        "s/port_linux.cc s/port_bsd.cc",
    ),
    "included commands": (
        f"include(../common/all.cmake)\n{EXE}",
        {
            "common/all.cmake": "include(${CMAKE_CURRENT_LIST_DIR}/more.cmake)",
            "common/more.cmake": "",
        },
        "common/all.cmake common/more.cmake",
    ),
    "commands that project() reads": (
        f"{EXE}",
        {
            "app/CMakeLists.txt": "set(CMAKE_PROJECT_INCLUDE ${CMAKE_CURRENT_SOURCE_DIR}/i.cmake)\n"
            "set(CMAKE_PROJECT_one_INCLUDE_BEFORE ../common/b.cmake)\n"
            f"set(CMAKE_TOOLCHAIN_FILE ../common/t.cmake)\nproject(one)\n{EXE}",
            "app/i.cmake": "include_directories(inc)",
            "common/b.cmake": "",
            "common/t.cmake": "",
            "common/n.cmake": "",
            "app/main.cpp": "#include <x.h>",
            "app/inc/x.h": "",
        },
        "app/i.cmake common/b.cmake common/t.cmake app/inc/x.h",
    ),
    "commands that are configured first": (
        (
            "configure_file(c.cmake.in ${CMAKE_BINARY_DIR}/c.cmake)\ninclude(${CMAKE_BINARY_DIR}/c.cmake)\n"
            'file(WRITE ${CMAKE_BINARY_DIR}/w.cmake "target_sources(app PRIVATE w.cc)")\n'
            f"{EXE}include(${{CMAKE_BINARY_DIR}}/w.cmake)"
        ),
        {
            "app/c.cmake.in": "include_directories(@PROJECT_SOURCE_DIR@/inc)",
            "app/main.cpp": "#include <x.h>",
            "app/inc/x.h": "",
            "app/w.cc": "",
        },
        "app/c.cmake.in app/inc/x.h app/w.cc",
    ),
    "a package outside of the project, on the path": (
        (
            f"list(APPEND CMAKE_PREFIX_PATH ${{CMAKE_SOURCE_DIR}}/../pre)\nfind_package(Foo CONFIG)\n{EXE}"
            "target_link_libraries(app Foo::Foo)"
        ),
        {
            "pre/lib/cmake/Foo/FooConfig.cmake": "include(${CMAKE_CURRENT_LIST_DIR}/T.cmake)\n",
            "pre/lib/cmake/Foo/T.cmake": "add_library(Foo::Foo STATIC IMPORTED)\n"
            "get_filename_component(P ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)\n"
            "set_target_properties(Foo::Foo PROPERTIES IMPORTED_LOCATION ${P}/lib/libfoo.a\n"
            "  INTERFACE_INCLUDE_DIRECTORIES ${P}/include)",
            "pre/lib/libfoo.a": "",
            "pre/include/foo.h": "",
            "pre/include/bar.h": "",
            "app/main.cpp": "#include <foo.h>",
        },
        "pre/lib/cmake/Foo/FooConfig.cmake pre/lib/cmake/Foo/T.cmake pre/lib/libfoo.a pre/include/foo.h",
    ),
    "a package outside of the project, by its directory": (
        f"set(Foo_DIR ${{CMAKE_SOURCE_DIR}}/../pre/x)\nfind_package(Foo)\n{EXE}",
        {
            "pre/x/foo-config.cmake": "include_directories(${CMAKE_CURRENT_LIST_DIR}/i)",
            "pre/x/i/a.h": "",
            "app/main.cpp": "#include <a.h>",
            "pre/y/foo-config.cmake": "",
        },
        "pre/x/foo-config.cmake pre/x/i/a.h",
    ),
    "a header and a library below a prefix": (
        (
            "set(CMAKE_PREFIX_PATH ${CMAKE_SOURCE_DIR}/../pre)\nfind_path(I foo.h)\nfind_library(L foo)\n"
            f"{EXE}target_include_directories(app PRIVATE ${{I}})\ntarget_link_libraries(app ${{L}})"
        ),
        {"pre/include/foo.h": "", "pre/lib/libfoo.a": "", "app/main.cpp": "#include <foo.h>"},
        "pre/include/foo.h pre/lib/libfoo.a",
    ),
    "fetched content that is in the tree": (
        (
            "set(FETCHCONTENT_SOURCE_DIR_EXT ${CMAKE_SOURCE_DIR}/../ext)\ninclude(FetchContent)\n"
            "FetchContent_Declare(ext GIT_REPOSITORY https://example.org/x)\n"
            f"FetchContent_MakeAvailable(ext)\n{EXE}target_link_libraries(app e)"
        ),
        {
            "ext/CMakeLists.txt": "add_library(e e.cc)",
            "ext/e.cc": '#include "e.h"',
            "ext/e.h": "",
            "ext/f": "",
        },
        "ext/CMakeLists.txt ext/e.cc ext/e.h",
    ),
    "fetched content added by add_subdirectory": (
        (
            "FetchContent_Declare(Ext SOURCE_DIR ${CMAKE_SOURCE_DIR}/../ext)\n"
            "FetchContent_GetProperties(Ext)\nif(NOT ext_POPULATED)\n  FetchContent_Populate(Ext)\n"
            f"  add_subdirectory(${{ext_SOURCE_DIR}} ext)\nendif()\n{EXE}target_link_libraries(app e)"
        ),
        {"ext/CMakeLists.txt": "add_library(e e.cc)", "ext/e.cc": ""},
        "ext/CMakeLists.txt ext/e.cc",
    ),
    "fetched content that is an archive": (
        f"FetchContent_Declare(ext URL {HERE}/../third/x.tar.gz)\nFetchContent_MakeAvailable(ext)\n{EXE}",
        {"third/x.tar.gz": "", "third/y.tar.gz": ""},
        "third/x.tar.gz",
    ),
    "an external project": (
        (
            "ExternalProject_Add(ext SOURCE_DIR ${CMAKE_SOURCE_DIR}/../ext CMAKE_ARGS -C${CMAKE_SOURCE_DIR}/i.cmake\n"
            f'  INSTALL_COMMAND "")\n{EXE}add_dependencies(app ext)'
        ),
        {
            "ext/CMakeLists.txt": "add_subdirectory(../beyond b)\nadd_library(ext e.cc)",
            "ext/e.cc": '#include "../deep/d.h"',
            "deep/d.h": "",
            "deep/n.h": "",
            "beyond/CMakeLists.txt": "",
            "app/i.cmake": "",
        },
        "ext/CMakeLists.txt ext/e.cc deep/d.h beyond/CMakeLists.txt app/i.cmake",
    ),
    "another build system": (
        GEN % f"make -C {HERE}/../tool out.h",
        {
            "tool/Makefile": "out.h: ../data/x.txt\n\tcp $< $@\n",
            "tool/y": "",
            "data/x.txt": "",
            "data/z": "",
        },
        "tool/Makefile tool/y data/x.txt",
    ),
    "another build system in its working directory": (
        GEN % "make out.h WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/../tool",
        {"tool/Makefile": "", "tool/y": ""},
        "tool/Makefile tool/y",
    ),
    "sources of a probe": (
        f"try_compile(OK ${{CMAKE_BINARY_DIR}} SOURCES {HERE}/probe.c)\n{EXE}",
        {"app/probe.c": '#include "p.h"', "app/p.h": "", "app/q.h": ""},
        "app/probe.c app/p.h",
    ),
    "headers of a probe": (
        (
            "set(CMAKE_REQUIRED_INCLUDES ${CMAKE_CURRENT_SOURCE_DIR}/inc)\n"
            'check_cxx_source_compiles("#include <a.h>\nint main() {}" HAS_A)\n'
            f"check_include_file(b.h HAS_B)\ncheck_symbol_exists(f c.h HAS_C)\n{EXE}"
        ),
        dict.fromkeys(("app/inc/a.h", "app/inc/b.h", "app/inc/c.h", "app/inc/d.h"), ""),
        "app/inc/a.h app/inc/b.h app/inc/c.h",
    ),
    "a file set": (
        (
            f"{EXE}target_sources(app PRIVATE FILE_SET HEADERS BASE_DIRS inc FILES inc/p.h\n"
            "  PUBLIC FILE_SET CXX_MODULES FILES m.cppm)"
        ),
        {
            "app/inc/p.h": "",
            "app/m.cppm": 'module;\n#include "m.h"\n',
            "app/m.h": "",
            "app/n.h": "",
        },
        "app/inc/p.h app/m.cppm app/m.h",
    ),
    "an overridden command": (
        (
            "macro(add_executable name)\n  _add_executable(${name} ${ARGN})\nendmacro()\n"
            "add_executable(app main.cpp more.cc)"
        ),
        {"app/more.cc": "", "app/other.cc": ""},
        "app/more.cc",
    ),
    "a command by its name": (
        (
            "set(do target_sources)\nadd_executable(app main.cpp)\ncmake_language(CALL ${do} app PRIVATE a.cc)\n"
            'cmake_language(EVAL CODE "target_sources(app PRIVATE b.cc)")\nsubdirs(sub)'
        ),
        {
            "app/a.cc": "",
            "app/b.cc": "",
            "app/sub/CMakeLists.txt": "target_sources(app PRIVATE c.cc)",
            "app/sub/c.cc": "",
        },
        "app/a.cc app/b.cc app/sub/CMakeLists.txt app/sub/c.cc",
    ),
    "the number of files": (
        "file(GLOB F ../schema/*.json)\nlist(LENGTH F n)\nadd_compile_definitions(N=${n})\n" + EXE,
        {"schema/a.json": "", "schema/b.json": "", "schema/c.txt": ""},
        "schema/a.json schema/b.json",
    ),
    "the names of files": (
        'file(GLOB F ../schema/*.json)\nfile(WRITE ${CMAKE_BINARY_DIR}/l.h "${F}")\n' + EXE,
        {"schema/a.json": "", "schema/b.json": "", "schema/c.txt": ""},
        "schema/a.json schema/b.json",
    ),
    "files that are counted one by one": (
        'file(GLOB F ../schema/*.json)\nforeach(f ${F})\n  math(EXPR n "${n} + 1")\nendforeach()\n'
        + EXE,
        {"schema/a.json": "", "schema/b.json": "", "schema/c.txt": ""},
        "schema/a.json schema/b.json",
    ),
    "a generator of the tree that opens files in its working directory": (
        "add_executable(gen gen.cpp)\n" + GEN % f"gen gen.h WORKING_DIRECTORY {HERE}/..",
        {
            "app/gen.cpp": 'int main() { fopen("data/words.txt", "r"); opendir("schema"); }',
            "data/words.txt": "",
            "data/n.txt": "",
            "schema/a.json": "",
        },
        "app/gen.cpp data/words.txt schema/a.json",
    ),
    "a generator of the tree with a directory as an argument": (
        f'add_executable(gen gen.cpp)\ntarget_compile_definitions(gen PRIVATE DATA="{HERE}/../data")\n'
        + GEN % "gen gen.h",
        {"app/gen.cpp": "", "data/words.txt": "", "other/x": ""},
        "app/gen.cpp data/words.txt",
    ),
    "a list of files as an argument": (
        GEN % f"pack {HERE}/files.lst",
        {"app/files.lst": "img/a.bin\n../b.bin\n", "app/img/a.bin": "", "b.bin": "", "c.bin": ""},
        "app/files.lst app/img/a.bin b.bin",
    ),
    "an unknown command": (
        f"protobuf_generate_cpp(S H a.proto)\n{EXE}target_sources(app PRIVATE ${{S}})",
        {"app/a.proto": 'import "b.proto";\n', "app/b.proto": "", "app/c.proto": ""},
        "app/a.proto app/b.proto",
    ),
    "generator expressions": (
        (
            "add_executable(app $<$<BOOL:ON>:main.cpp> $<IF:$<CONFIG:Debug>,d.cc,r.cc>)\n"
            f"target_include_directories(app PRIVATE $<BUILD_INTERFACE:{HERE}/../inc>)"
        ),
        {"app/main.cpp": "#include <x.h>", "app/d.cc": "", "app/r.cc": "", "inc/x.h": ""},
        "app/d.cc app/r.cc inc/x.h",
    ),
    "header next to the file of a function": (
        "include(../cmake/m.cmake)\nmake_app(app)",
        {
            "cmake/m.cmake": (
                "function(make_app n)\nadd_executable(${n} main.cpp)\ntarget_compile_options(${n} "
                "PRIVATE -include ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/f.h)\nendfunction()"
            ),
            "cmake/f.h": "",
            "cmake/g.h": "",
        },
        "cmake/m.cmake cmake/f.h",
    ),
    "module of Python on PYTHONPATH": (
        GEN % f"${{CMAKE_COMMAND}} -E env PYTHONPATH={HERE}/../py python3 -m g.main gen.h",
        {
            "py/g/__init__.py": "",
            "py/g/main.py": "import pathlib\npathlib.Path(__file__).parents[2] / 'data' / 'w.txt'\n",
            "data/w.txt": "",
            "other/x.txt": "",
        },
        "py/g/__init__.py py/g/main.py data/w.txt",
    ),
    "files that a makefile includes from another directory": (
        GEN % f"make -C {HERE}/../mk",
        {
            "mk/Makefile": "include ../inc/c.mk\nall:\n\tcat $(W)\n",
            "inc/c.mk": "W = ../words/w.txt\n",
            "words/w.txt": "",
            "words/unused.txt": "",
        },
        "mk/Makefile inc/c.mk words/w.txt",
    ),
    "program of the tree that opens files next to its argument": (
        f"add_library(k STATIC k.cpp)\nadd_executable(tool t.cpp)\ntarget_link_libraries(tool k)\n{GEN}"
        % f"tool --in={HERE}/../d/a.txt",
        {
            "app/t.cpp": "",
            "app/k.cpp": 'open(dir + "/inner.txt")',
            "d/a.txt": "",
            "d/inner.txt": "",
            "d/other.txt": "",
        },
        "app/t.cpp app/k.cpp d/a.txt d/inner.txt",
    ),
    "schemas that import each other": (
        GEN % f"idlc {HERE}/../idl/a.idl",
        {
            "idl/a.idl": 'import "b.idl";',
            "idl/b.idl": 'import "sub/c.idl";',
            "idl/sub/c.idl": "",
            "idl/z.idl": "",
        },
        "idl/a.idl idl/b.idl idl/sub/c.idl",
    ),
    "script that runs the compiler": (
        f"set(CMAKE_CXX_COMPILER_LAUNCHER sh {HERE}/../l.sh)\n{EXE}",
        {"l.sh": "cat $(dirname $0)/flags.txt", "flags.txt": "", "other.txt": ""},
        "l.sh flags.txt",
    ),
    "script that runs the compiler of a target": (
        f'{EXE}set_target_properties(app PROPERTIES CXX_COMPILER_LAUNCHER "sh;{HERE}/../l.sh")',
        {"l.sh": "cat $(dirname $0)/flags.txt", "flags.txt": "", "other.txt": ""},
        "l.sh flags.txt",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_cmake_and_its_commands_read_are_inputs(kind: str) -> None:
    commands, files, wanted = KINDS[kind]
    inputs = project(commands, files)
    expected = set(wanted.split())
    assert {*inputs.files} - {"app/CMakeLists.txt", "app/main.cpp"} == expected


def test_the_version_of_an_installed_package_is_not_a_file() -> None:
    found = project(
        EXE + "execute_process(COMMAND git describe OUTPUT_VARIABLE version)\n"
        'include(CMakePackageConfigHelpers)\nwrite_basic_package_version_file("v.cmake" VERSION ${version}.${version} '
        "COMPATIBILITY SameMajorVersion)\n",
        {"app/docs/other.txt": ""},
    )
    assert "app/docs/other.txt" not in found.files


@pytest.mark.parametrize(
    "properties", ["VERSION ${version}.${version}", "OUTPUT_NAME app-${version}.${version}"]
)
def test_an_output_name_is_not_a_file(properties: str) -> None:
    found = project(
        EXE + "execute_process(COMMAND git describe OUTPUT_VARIABLE version)\n"
        f"set_target_properties(app PROPERTIES {properties})\n",
        {"app/docs/other.txt": "", "app/app-1.2": ""},
    )
    assert not {"app/docs/other.txt", "app/app-1.2"} & found.files.keys()
