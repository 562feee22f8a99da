# ruff: noqa: E501 - lines of projects stay as they are
"""Files that a build reads although they are not in a list of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.plugin.testing import TextSources
from tests.plugins.cpp.edits import EDITS
from tests.plugins.cpp.shop import app, inputs_of

if TYPE_CHECKING:
    from msbuild.plugin.api import Inputs

EXE = "add_executable(app main.cpp)\n"
GEN = f"""add_custom_command(OUTPUT gen.h COMMAND %s)
{EXE}target_sources(app PRIVATE ${{CMAKE_CURRENT_BINARY_DIR}}/gen.h)
"""
HERE = "${CMAKE_CURRENT_SOURCE_DIR}"


def project(commands: str, files: dict[str, str]) -> Inputs:
    """The inputs of a service in ``app``; paths are relative to the source root."""
    texts = {"app/CMakeLists.txt": f"project(one)\n{commands}", "app/main.cpp": "", **files}
    return inputs_of(app(), TextSources(texts))


# The commands, the other files, and those of them that are inputs.
KINDS: dict[str, tuple[str, dict[str, str], str]] = {
    "linker script": (
        f"{EXE}target_link_options(app PRIVATE LINKER:-T,{HERE}/x.ld)",
        {"app/x.ld": "INCLUDE more.ld", "app/more.ld": "", "app/never.ld": ""},
        "app/x.ld app/more.ld",
    ),
    "version map of a property": (
        f'{EXE}set_target_properties(app PROPERTIES LINK_FLAGS "-Wl,--version-script,{HERE}/a.map")',
        {"app/a.map": "", "app/b.map": ""},
        "app/a.map",
    ),
    "linker script of a variable": (
        f'set(CMAKE_EXE_LINKER_FLAGS "${{CMAKE_EXE_LINKER_FLAGS}} -T {HERE}/x.ld")\n{EXE}',
        {"app/x.ld": ""},
        "app/x.ld",
    ),
    "response file": (
        f"{EXE}target_link_options(app PRIVATE @{HERE}/objects.rsp)",
        {"app/objects.rsp": "pre.o\n", "app/pre.o": ""},
        "app/objects.rsp app/pre.o",
    ),
    "header for every source, of a variable": (
        f'set(CMAKE_CXX_FLAGS "${{CMAKE_CXX_FLAGS}} -include {HERE}/g.h")\n{EXE}',
        {"app/g.h": '#include "sub/n.h"', "app/sub/n.h": "", "app/other.h": ""},
        "app/g.h app/sub/n.h",
    ),
    "header for every source, found on the path": (
        (
            f"{EXE}target_include_directories(app PRIVATE inc)\n"
            "target_compile_options(app PRIVATE -include force.h -imacros mac.h)"
        ),
        {"app/inc/force.h": '#include "f2.h"', "app/inc/f2.h": "", "app/inc/mac.h": ""},
        "app/inc/force.h app/inc/f2.h app/inc/mac.h",
    ),
    "precompiled header found on the path": (
        (
            f"{EXE}target_include_directories(app PRIVATE inc)\n"
            "target_precompile_headers(app PRIVATE <p.h> <vector>)"
        ),
        {"app/inc/p.h": '#include "q.h"', "app/inc/q.h": "", "app/inc/r.h": ""},
        "app/inc/p.h app/inc/q.h",
    ),
    "directories with spaces": (
        (
            f'{EXE}target_include_directories(app PRIVATE "{HERE}/a b")\n'
            f'target_compile_options(app PRIVATE "-I{HERE}/c d")'
        ),
        {"app/main.cpp": "#include <x.h>\n#include <y.h>", "app/a b/x.h": "", "app/c d/y.h": ""},
        "app/a b/x.h app/c d/y.h",
    ),
    "profile": (
        f"{EXE}target_compile_options(app PRIVATE -fprofile-use={HERE}/pgo)",
        {"app/pgo/main.gcda": "", "app/other/x": ""},
        "app/pgo/main.gcda",
    ),
    "libraries found in a directory": (
        (
            f"link_directories({HERE}/vendor)\n{EXE}target_link_directories(app PRIVATE more)\n"
            f"target_link_options(app PRIVATE -L{HERE}/third)\ntarget_link_libraries(app x)"
        ),
        {
            "app/vendor/libx.a": "",
            "app/more/liby.so.1": "",
            "app/third/libz.a": "",
            "app/vendor/R": "",
        },
        "app/vendor/libx.a app/more/liby.so.1 app/third/libz.a",
    ),
    "include by a chain of macros": (
        EXE,
        {
            "app/main.cpp": '#define A B\n#define B "x.tbl"\n#include A\n',
            "app/x.tbl": "",
            "app/y.tbl": "",
        },
        "app/x.tbl",
    ),
    "include by a macro with arguments": (
        EXE,
        {
            "app/main.cpp": "#define H(x) <x.tbl>\n#include H(foo)\n",
            "app/foo.tbl": "",
            "b/b.tbl": "",
        },
        "app/foo.tbl",
    ),
    "include behind a comment, a digraph, two lines": (
        EXE,
        {
            "app/main.cpp": '#include /* why */ "a.h"\n%:include "b.h"\n/* x */ #include "c.h"\n'
            '#inc\\\nlude \\\n "d.h"\n#define E \\\n  "e.h"\n#include E\n',
            **dict.fromkeys(("app/a.h", "app/b.h", "app/c.h", "app/d.h", "app/e.h", "app/f.h"), ""),
        },
        "app/a.h app/b.h app/c.h app/d.h app/e.h",
    ),
    "header units": (
        f"{EXE}target_include_directories(app PRIVATE inc)",
        {"app/main.cpp": 'import <u.h>;\nexport import "v.h";\n', "app/inc/u.h": "", "app/v.h": ""},
        "app/inc/u.h app/v.h",
    ),
    "dependency of a pragma": (
        EXE,
        {"app/main.cpp": '#pragma GCC dependency "grammar.y"\n', "app/grammar.y": ""},
        "app/grammar.y",
    ),
    "incbin behind a macro of another file": (
        EXE,
        {
            "app/main.cpp": '#include "inc.h"\nBLOB(icon, "icon.bin")\nBLOB(raw, data/raw.img)\n',
            "app/inc.h": '#define BLOB(n, f) asm(".incbin \\"" f "\\"")\n',
            "app/icon.bin": "",
            "app/data/raw.img": "",
            "app/data/none.img": "",
        },
        "app/inc.h app/icon.bin app/data/raw.img",
    ),
    "assembly": (
        "add_executable(app main.cpp boot.S nasm.asm)",
        {
            "app/boot.S": '.include "m.inc"\n.incbin "rom.bin"\n#include "b.h"\n',
            "app/m.inc": '.include "deep/n.inc"\n',
            "app/nasm.asm": "%include 'n.mac'\nincbin \"logo.raw\"\n",
            **dict.fromkeys(("app/rom.bin", "app/b.h", "app/deep/n.inc", "app/n.mac"), ""),
            "app/logo.raw": "",
            "app/never.inc": "",
        },
        "app/boot.S app/nasm.asm app/m.inc app/rom.bin app/b.h app/deep/n.inc app/n.mac app/logo.raw",
    ),
    "resources": (
        "add_executable(app main.cpp app.rc icons.qrc)",
        {
            "app/app.rc": 'IDI ICON "res/app.ico"\n#include "v.h"\n',
            "app/icons.qrc": "<RCC><qresource><file>img/a.png</file></qresource></RCC>",
            **dict.fromkeys(("app/res/app.ico", "app/v.h", "app/img/a.png", "app/img/b.png"), ""),
        },
        "app/app.rc app/icons.qrc app/res/app.ico app/v.h app/img/a.png",
    ),
    "embed": (
        f"{EXE}target_compile_options(app PRIVATE --embed-dir={HERE}/blobs)",
        {
            "app/main.cpp": "#if __has_embed(<a.dat>)\n#embed <a.dat> limit(4)\n#endif\n"
            '#embed "b.dat"\n#define C "c.dat"\n#embed C\n',
            **dict.fromkeys(("app/blobs/a.dat", "app/b.dat", "app/c.dat", "app/blobs/d.dat"), ""),
        },
        "app/blobs/a.dat app/b.dat app/c.dat",
    ),
    "object depends on what a rule makes": (
        (
            f"{EXE}set_source_files_properties(main.cpp PROPERTIES OBJECT_DEPENDS\n"
            '  "${CMAKE_CURRENT_BINARY_DIR}/g.h;${CMAKE_CURRENT_SOURCE_DIR}/od.txt")\n'
            "add_custom_command(OUTPUT g.h COMMAND cp g.in g.h DEPENDS g.in)\n"
            "add_custom_command(OUTPUT n.h COMMAND cp n.in n.h DEPENDS n.in)\n"
        ),
        {"app/g.in": "", "app/od.txt": "", "app/n.in": ""},
        "app/g.in app/od.txt",
    ),
    "link depends on what a rule makes": (
        (
            f"{EXE}set_property(TARGET app PROPERTY LINK_DEPENDS ${{CMAKE_CURRENT_BINARY_DIR}}/x.ld)\n"
            "add_custom_command(OUTPUT x.ld COMMAND cp x.in x.ld DEPENDS x.in)\n"
        ),
        {"app/x.in": ""},
        "app/x.in",
    ),
    "words for a shell": (
        GEN % f"sh -c \"od < {HERE}/d.bin > d; cat ../blob/e.txt; ls '{HERE}/dir'\" VERBATIM"
        f" WORKING_DIRECTORY {HERE}",
        {"app/d.bin": "", "blob/e.txt": "", "blob/f.txt": "", "app/dir/x": "", "app/never.bin": ""},
        "app/d.bin blob/e.txt app/dir/x",
    ),
    "execute_process with words for a shell": (
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
    "sources listed in a file, one a line": (
        'file(STRINGS srcs.txt SRCS REGEX "cc$")\nadd_executable(app ${SRCS})',
        {
            "app/srcs.txt": "m.cc\nmore/b.cc\n# c.cc no\n",
            "app/m.cc": "",
            "app/more/b.cc": "",
            "app/d.cc": "",
        },
        "app/srcs.txt app/m.cc app/more/b.cc",
    ),
    "sources listed in a file, taken apart": (
        (
            'file(READ srcs.txt T)\nstring(REGEX REPLACE "[\\r\\n]+" ";" S "${T}")\n'
            'list(FILTER S EXCLUDE REGEX "^$")\nlist(TRANSFORM S PREPEND ${PROJECT_SOURCE_DIR}/../s/)\n'
            "add_executable(app main.cpp ${S})"
        ),
        {"app/srcs.txt": "q.cc\n", "s/q.cc": '#include "q.h"', "s/q.h": "", "s/r.cc": ""},
        "app/srcs.txt s/q.cc s/q.h",
    ),
    "sources listed in a file, in a way that only CMake knows": (
        'file(READ srcs.json T)\nstring(JSON S GET "${T}" sources 0)\nadd_executable(app main.cpp ${S})',
        {"app/srcs.json": '{"sources": ["../s/q.cc"]}', "s/q.cc": "", "s/r.cc": ""},
        "app/srcs.json s/q.cc",
    ),
    "every source of a directory": (
        "aux_source_directory(../s S)\nadd_executable(app main.cpp ${S})",
        {"s/q.cc": "", "s/deep/r.cc": "", "s/x.txt": ""},
        "s/q.cc",
    ),
    "sources of which a part is known": (
        (
            "execute_process(COMMAND uname OUTPUT_VARIABLE os)\n"
            "add_executable(app main.cpp ../s/port_${os}.cc)"
        ),
        {"s/port_linux.cc": "", "s/port_bsd.cc": "", "s/other.cc": ""},
        "s/port_linux.cc s/port_bsd.cc",
    ),
    "common commands": (
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
    "fetched content that the lists add": (
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
    "a project beside": (
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
    "another build system, where it is run": (
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
    "a set of files": (
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
    "a command that a function takes the place of": (
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
    "how many files there are": (
        "file(GLOB F ../schema/*.json)\nlist(LENGTH F n)\nadd_compile_definitions(N=${n})\n" + EXE,
        {"schema/a.json": "", "schema/b.json": "", "schema/c.txt": ""},
        "schema/a.json schema/b.json",
    ),
    "how files are called": (
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
    "a generator of the tree that opens files where it is run": (
        "add_executable(gen gen.cpp)\n" + GEN % f"gen gen.h WORKING_DIRECTORY {HERE}/..",
        {
            "app/gen.cpp": 'int main() { fopen("data/words.txt", "r"); opendir("schema"); }',
            "data/words.txt": "",
            "data/n.txt": "",
            "schema/a.json": "",
        },
        "app/gen.cpp data/words.txt schema/a.json",
    ),
    "a generator of the tree that is told where": (
        f'add_executable(gen gen.cpp)\ntarget_compile_definitions(gen PRIVATE DATA="{HERE}/../data")\n'
        + GEN % "gen gen.h",
        {"app/gen.cpp": "", "data/words.txt": "", "other/x": ""},
        "app/gen.cpp data/words.txt",
    ),
    "a list of files that a command is given": (
        GEN % f"pack {HERE}/files.lst",
        {"app/files.lst": "img/a.bin\n../b.bin\n", "app/img/a.bin": "", "b.bin": "", "c.bin": ""},
        "app/files.lst app/img/a.bin b.bin",
    ),
    "a command that comes from elsewhere": (
        f"protobuf_generate_cpp(S H a.proto)\n{EXE}target_sources(app PRIVATE ${{S}})",
        {"app/a.proto": 'import "b.proto";\n', "app/b.proto": "", "app/c.proto": ""},
        "app/a.proto app/b.proto",
    ),
    "conditions inside of values": (
        (
            "add_executable(app $<$<BOOL:ON>:main.cpp> $<IF:$<CONFIG:Debug>,d.cc,r.cc>)\n"
            f"target_include_directories(app PRIVATE $<BUILD_INTERFACE:{HERE}/../inc>)"
        ),
        {"app/main.cpp": "#include <x.h>", "app/d.cc": "", "app/r.cc": "", "inc/x.h": ""},
        "app/d.cc app/r.cc inc/x.h",
    ),
    "macro with a path that another one puts into quotes": (
        EXE,
        {
            "app/main.cpp": "#define S2(x) #x\n#define S(x) S2(x)\n#define P ../picked/p.h\n#include S(P)\n",
            "picked/p.h": "",
            "picked/q.h": "",
        },
        "picked/p.h",
    ),
    "header beside the file of a function": (
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
    "what a list of make includes elsewhere": (
        GEN % f"make -C {HERE}/../mk",
        {
            "mk/Makefile": "include ../inc/c.mk\nall:\n\tcat $(W)\n",
            "inc/c.mk": "W = ../words/w.txt\n",
            "words/w.txt": "",
            "words/unused.txt": "",
        },
        "mk/Makefile inc/c.mk words/w.txt",
    ),
    "program of the tree, beside what it is given": (
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
    "schemas that import one another": (
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
def test_files_that_a_build_reads_are_inputs(kind: str) -> None:
    commands, files, wanted = KINDS[kind]
    inputs = project(commands, files)
    asked = set(wanted.split()) if "spaces" not in kind else {"app/a b/x.h", "app/c d/y.h"}
    assert {*inputs.files} - {"app/CMakeLists.txt", "app/main.cpp"} == asked


# A script in tools/, its text, and the files that it may list or read.
SCRIPTS: dict[str, tuple[str, str, str]] = {
    "python, a directory beside": (
        "gen.py",
        (
            "import glob, os\nroot = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
            'rows = glob.glob(os.path.join(root, "schema", "*.json"))\n'
        ),
        "schema",
    ),
    "python, with pathlib": (
        "gen.py",
        "from pathlib import Path\nfor f in (Path(__file__).parent / '..' / 'schema').iterdir(): pass\n",
        "schema",
    ),
    "python, a pattern": (
        "gen.py",
        "import glob\nfrom pathlib import Path\nglob.glob(f'{Path(__file__).parents[1]}/schema/*.json')\n",
        "patterns",
    ),
    "python, only running it tells": (
        "gen.py",
        "import os\nhere = os.path.dirname(os.path.dirname(__file__))\nfor x in os.walk(here): pass\n",
        "all",
    ),
    "shell": (
        "gen.sh",
        '#!/bin/sh\nhere=$(cd "$(dirname "$0")" && pwd)\nfor f in "$here"/../schema/*.json; do cat "$f"; done\n',
        "patterns",
    ),
    "shell, a directory": ("gen.sh", 'cd "$(dirname "$0")/.."\nls schema | wc -l\n', "schema"),
    "shell, a helper": ("gen.sh", '. "$(dirname "$0")/../lib/helper.sh"\n', "helper"),
    "shell without a suffix": (
        "gen",
        '#!/bin/sh\nfind "${0%/*}/../schema" -name "*.json"\n',
        "schema",
    ),
    "perl": (
        "gen.pl",
        'use FindBin;\nopendir(my $d, "$FindBin::Bin/../schema"); my @f = readdir $d;\n',
        "schema",
    ),
    "ruby": ("gen.rb", 'Dir.glob(File.join(__dir__, "..", "schema", "*.json"))\n', "schema"),
    "javascript": (
        "gen.js",
        "const fs = require('fs');\nfs.readdirSync(path.join(__dirname, '..', 'schema'));\n",
        "schema",
    ),
    "javascript, a module": ("gen.js", "const x = require('../lib/util');\n", "util"),
    "cmake": ("gen.cmake", "file(GLOB F ${CMAKE_CURRENT_LIST_DIR}/../schema/*.json)\n", "patterns"),
}
TREE = {
    "app/CMakeLists.txt": "",
    "schema/a.json": "",
    "schema/b.json": "",
    "schema/README": "",
    "lib/helper.sh": 'cat "$(dirname "$0")/../schema/a.json"\n',
    "lib/util.js": "require('../schema/b.json')\n",
    "other/x.txt": "",
}
READ = {
    "schema": {"schema/a.json", "schema/b.json", "schema/README"},
    "patterns": {"schema/a.json", "schema/b.json"},
    # a helper may list its own directory, too
    "helper": {"lib/helper.sh", "lib/util.js", "schema/a.json"},
    "util": {"lib/util.js", "lib/helper.sh", "schema/b.json"},
    "all": {*TREE},
}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_directories_that_a_generator_may_list_are_inputs(kind: str) -> None:
    name, text, wanted = SCRIPTS[kind]
    commands = f"""project(top)
add_custom_command(OUTPUT gen.h COMMAND run ${{CMAKE_SOURCE_DIR}}/tools/{name} out.h)
add_custom_target(gen DEPENDS gen.h)
add_subdirectory(app)
"""
    own = "add_executable(app main.cpp)\nadd_dependencies(app gen)"
    files = {**TREE, "CMakeLists.txt": commands, f"tools/{name}": text, "app/main.cpp": ""}
    inputs = inputs_of(app(), TextSources({**files, "app/CMakeLists.txt": own}))
    always = {"CMakeLists.txt", "app/CMakeLists.txt", "app/main.cpp", f"tools/{name}"}
    assert {*inputs.files} - always == READ[wanted] - always
    if wanted in ("schema", "all"):
        assert "schema" in inputs.widened or "." in inputs.widened


@pytest.mark.parametrize("name", EDITS)
def test_every_edited_file_is_an_input(name: str) -> None:
    edit = EDITS[name]
    before, after = (
        inputs_of(app(), TextSources({f"app/{path}": text for path, text in files.items()}))
        for files in (edit.before, edit.after)
    )
    assert f"app/{edit.path}" in after.files
    assert (f"app/{edit.path}" in before.files) == (edit.path in edit.before)


def test_a_changelog_in_the_arguments_of_a_generator_is_not_a_list_of_files() -> None:
    found = project(
        GEN % f"python3 {HERE}/version.py {HERE}/CHANGES ${{CMAKE_CURRENT_BINARY_DIR}}/gen.h",
        {
            "app/version.py": "import sys\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read())\n",
            "app/CHANGES": "Bazel: rules.gn includes sources.list\n",
            "app/rules.gn": "",
            "app/sources.list": "",
        },
    )
    assert "app/CHANGES" in found.files
    assert not {"app/rules.gn", "app/sources.list"} & found.files.keys()


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
