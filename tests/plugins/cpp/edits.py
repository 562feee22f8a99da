# ruff: noqa: E501 - lines of projects stay as they are
"""Small trees with a program whose exit code depends on a file that the build reads.

The edit of that file changes the exit code from 1 to 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BYTE = '#include <cstdio>\nextern "C" const char blob[];\nint main() { return blob[0] - 48; }\n'
ASM = (
    '__asm__(".section .rodata\\n.global blob\\nblob:\\n%s\\n.previous\\n.section '
    '.note.GNU-stack\\n.previous\\n");\n'
)
NUMBER = '#include "n.h"\nint main() { return N; }\n'
MACRO = "int main() { return N; }\n"


@dataclass(frozen=True)
class Edit:
    """A tree, the path of the edited file, and its new text."""

    commands: str
    files: dict[str, str]
    path: str
    text: str
    main: str = MACRO
    options: dict[str, object] = field(default_factory=dict)

    @property
    def before(self) -> dict[str, str]:
        lists = "cmake_minimum_required(VERSION 3.20)\nproject(x C CXX ASM)\nadd_executable(app main.cpp)\n"
        return {"CMakeLists.txt": lists + self.commands, "main.cpp": self.main, **self.files}

    @property
    def after(self) -> dict[str, str]:
        return {**self.before, self.path: self.text}


_GENERATED = """
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/n.h COMMAND %s DEPENDS %s VERBATIM)
target_sources(app PRIVATE ${CMAKE_BINARY_DIR}/n.h)
target_include_directories(app PRIVATE ${CMAKE_BINARY_DIR})
"""
_HERE = "${CMAKE_CURRENT_SOURCE_DIR}"
_IN_TREE = "include_directories(${CMAKE_CURRENT_SOURCE_DIR})"

EDITS: dict[str, Edit] = {
    "a header": Edit("", {"n.h": "#define N 1"}, "n.h", "#define N 2", NUMBER),
    "a header by a macro": Edit(
        "target_compile_definitions(app PRIVATE H=<d.h>)\ntarget_include_directories(app PRIVATE i)",
        {"i/d.h": "#define N 1"},
        "i/d.h",
        "#define N 2",
        "#include H\nint main() { return N; }\n",
    ),
    "a header that every source includes": Edit(
        f"target_compile_options(app PRIVATE -include {_HERE}/n.h)",
        {"n.h": "#define N 1"},
        "n.h",
        "#define N 2",
    ),
    "a precompiled header": Edit(
        "target_precompile_headers(app PRIVATE p.h)",
        {"p.h": '#include "n.h"', "n.h": "#define N 1"},
        "n.h",
        "#define N 2",
    ),
    "a new header that is found before another": Edit(
        "target_include_directories(app PRIVATE a b)",
        {"b/n.h": "#define N 1", "a/x.h": ""},
        "a/n.h",
        "#define N 2",
        "#include <n.h>\nint main() { return N; }\n",
    ),
    "incbin": Edit(_IN_TREE, {"b.bin": "1"}, "b.bin", "2", BYTE + ASM % '.incbin \\"b.bin\\"'),
    "incbin in pieces": Edit(
        _IN_TREE, {"b.bin": "1"}, "b.bin", "2", BYTE + ASM % '.incbin\\t" "\\"b.bin\\"'
    ),
    "incbin behind a macro": Edit(
        _IN_TREE,
        {"b.bin": "1", "m.h": "#define BLOB(file) " + ASM % '.incbin \\"" file "\\"'},
        "b.bin",
        "2",
        f'#include "m.h"\n{BYTE}BLOB("b.bin")\n',
    ),
    "include of the assembler": Edit(
        _IN_TREE,
        {"b.inc": '.ascii "1"\n'},
        "b.inc",
        '.ascii "2"\n',
        BYTE + ASM % '.include \\"b.inc\\"',
    ),
    "assembly": Edit(
        f"target_sources(app PRIVATE b.S)\n{_IN_TREE}",
        {
            "b.S": '.section .rodata\n.global blob\nblob:\n.include "b.inc"\n'
            ".section .note.GNU-stack\n",
            "b.inc": '.incbin "b.bin"\n',
            "b.bin": "1",
        },
        "b.bin",
        "2",
        BYTE,
    ),
    "a linker script": Edit(
        f"target_link_options(app PRIVATE -L{_HERE} {_HERE}/n.ld)",
        {"n.ld": "INCLUDE more.ld\n", "more.ld": "n = 1;\n"},
        "more.ld",
        "n = 2;\n",
        'extern "C" char n[];\nint main() { return (int)(long)n; }\n',
    ),
    "flags in a response file": Edit(
        f"target_compile_options(app PRIVATE @{_HERE}/flags)",
        {"flags": "-DN=1\n"},
        "flags",
        "-DN=2\n",
    ),
    "a file that is read": Edit(
        "file(READ n.txt N)\nstring(STRIP ${N} N)\ntarget_compile_definitions(app PRIVATE N=${N})",
        {"n.txt": "1\n"},
        "n.txt",
        "2\n",
    ),
    "a file that a process reads": Edit(
        f"execute_process(COMMAND sh -c [[cat n.txt]] WORKING_DIRECTORY {_HERE} OUTPUT_VARIABLE N\n"
        "  OUTPUT_STRIP_TRAILING_WHITESPACE)\ntarget_compile_definitions(app PRIVATE N=${N})",
        {"n.txt": "1\n"},
        "n.txt",
        "2\n",
    ),
    "the number of files": Edit(
        "file(GLOB F d/*.json)\nlist(LENGTH F N)\ntarget_compile_definitions(app PRIVATE N=${N})",
        {"d/a.json": ""},
        "d/b.json",
        "",
    ),
    "a directory that a script lists": Edit(
        _GENERATED % (f"sh {_HERE}/tools/gen.sh ${{CMAKE_BINARY_DIR}}/n.h", "tools/gen.sh"),
        {
            "tools/gen.sh": 'here=$(dirname "$0")\n'
            'echo "#define N $(ls "$here/../schema" | wc -l)" > "$1"\n',
            "schema/a": "",
        },
        "schema/b",
        "",
        NUMBER,
    ),
    "a file that a program of the tree opens": Edit(
        "add_executable(gen gen.cpp)\n"
        + (_GENERATED % (f"gen ${{CMAKE_BINARY_DIR}}/n.h WORKING_DIRECTORY {_HERE}", "gen")),
        {
            "gen.cpp": "#include <fstream>\nint main(int, char **a) { std::string s;\n"
            '  std::ifstream("data/n.txt") >> s; std::ofstream(a[1]) << "#define N " << s << "\\n"; }\n',
            "data/n.txt": "1",
        },
        "data/n.txt",
        "2",
        NUMBER,
    ),
    "a file that an object depends on": Edit(
        "add_custom_command(OUTPUT n.h COMMAND ${CMAKE_COMMAND} -E copy\n"
        f"  {_HERE}/n.in ${{CMAKE_BINARY_DIR}}/n.h DEPENDS n.in)\n"
        "set_source_files_properties(main.cpp PROPERTIES OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/n.h)\n"
        "target_include_directories(app PRIVATE ${CMAKE_BINARY_DIR})",
        {"n.in": "#define N 1"},
        "n.in",
        "#define N 2",
        NUMBER,
    ),
    "an included file of commands": Edit(
        "include(cmake/n.cmake)",
        {"cmake/n.cmake": "target_compile_definitions(app PRIVATE N=1)"},
        "cmake/n.cmake",
        "target_compile_definitions(app PRIVATE N=2)",
    ),
    "a library that is loaded": Edit(
        "add_library(n SHARED n.cpp)\ntarget_link_libraries(app n)",
        {"n.cpp": "int n() { return 1; }"},
        "n.cpp",
        "int n() { return 2; }",
        "int n();\nint main() { return n(); }\n",
        {"static": False},
    ),
}
