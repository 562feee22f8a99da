# ruff: noqa: E501 - lines of projects stay as they are
"""Files that compilers, assemblers and linkers read although they are not in a list of sources."""

from __future__ import annotations

import pytest

from tests.plugins.cpp.shop import EXE, HERE, project

# The commands, the other files, and those of them that are inputs.
KINDS: dict[str, tuple[str, dict[str, str], str]] = {
    "linker script": (
        f"{EXE}target_link_options(app PRIVATE LINKER:-T,{HERE}/x.ld)",
        {"app/x.ld": "INCLUDE more.ld", "app/more.ld": "", "app/never.ld": ""},
        "app/x.ld app/more.ld",
    ),
    "version script in a property": (
        f'{EXE}set_target_properties(app PROPERTIES LINK_FLAGS "-Wl,--version-script,{HERE}/a.map")',
        {"app/a.map": "", "app/b.map": ""},
        "app/a.map",
    ),
    "linker script in a variable": (
        f'set(CMAKE_EXE_LINKER_FLAGS "${{CMAKE_EXE_LINKER_FLAGS}} -T {HERE}/x.ld")\n{EXE}',
        {"app/x.ld": ""},
        "app/x.ld",
    ),
    "response file": (
        f"{EXE}target_link_options(app PRIVATE @{HERE}/objects.rsp)",
        {"app/objects.rsp": "pre.o\n", "app/pre.o": ""},
        "app/objects.rsp app/pre.o",
    ),
    "header for every source, in a variable": (
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
    "include after a comment, with a digraph, on two lines": (
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
    "incbin in a macro of another file": (
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
    "object depends on the output of a rule": (
        (
            f"{EXE}set_source_files_properties(main.cpp PROPERTIES OBJECT_DEPENDS\n"
            '  "${CMAKE_CURRENT_BINARY_DIR}/g.h;${CMAKE_CURRENT_SOURCE_DIR}/od.txt")\n'
            "add_custom_command(OUTPUT g.h COMMAND cp g.in g.h DEPENDS g.in)\n"
            "add_custom_command(OUTPUT n.h COMMAND cp n.in n.h DEPENDS n.in)\n"
        ),
        {"app/g.in": "", "app/od.txt": "", "app/n.in": ""},
        "app/g.in app/od.txt",
    ),
    "link depends on the output of a rule": (
        (
            f"{EXE}set_property(TARGET app PROPERTY LINK_DEPENDS ${{CMAKE_CURRENT_BINARY_DIR}}/x.ld)\n"
            "add_custom_command(OUTPUT x.ld COMMAND cp x.in x.ld DEPENDS x.in)\n"
        ),
        {"app/x.in": ""},
        "app/x.in",
    ),
    "macro with a path quoted by another macro": (
        EXE,
        {
            "app/main.cpp": "#define S2(x) #x\n#define S(x) S2(x)\n#define P ../picked/p.h\n#include S(P)\n",
            "picked/p.h": "",
            "picked/q.h": "",
        },
        "picked/p.h",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_compilers_and_linkers_read_are_inputs(kind: str) -> None:
    commands, files, wanted = KINDS[kind]
    inputs = project(commands, files)
    expected = set(wanted.split()) if "spaces" not in kind else {"app/a b/x.h", "app/c d/y.h"}
    assert {*inputs.files} - {"app/CMakeLists.txt", "app/main.cpp"} == expected
