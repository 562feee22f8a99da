"""The files of packages with C and assembly."""

from __future__ import annotations

from msbuild.plugin.testing import TextSources, service
from tests.plugins.go.shop import LANGUAGE, files_of, go, module, program

C = 'package c\n\n// #cgo CFLAGS: -I${SRCDIR}/../include\n// #include "c.h"\nimport "C"\n'

TREE = {
    "app/go.mod": module("example.com/app"),
    "app/main.go": program("example.com/app/c"),
    "app/c/c.go": C,
    "app/c/plain.go": "package c\n",
    "app/c/c_test.go": "package c\n",
    "app/c/c.c": '#include "../far/far.h"\n#include <stdio.h>\n',
    "app/c/c.h": '#  include "part.inc"\n',
    "app/c/part.inc": "",
    "app/c/notes.txt": "",
    "app/c/sub/x.h": "",
    "app/far/far.h": "",
    "app/far/other.h": "",
    "app/include/deep/i.h": "",
    "app/lib/l.go": "package l\n",
}


def test_without_cgo_c_files_are_ignored() -> None:
    expected = {"app/main.go", "app/c/plain.go", "app/c/c.h", "app/c/part.inc"}
    assert files_of(TREE) == expected


def test_with_cgo_the_directory_and_included_files_are_inputs() -> None:
    inputs = LANGUAGE.inputs(service(LANGUAGE, "app"), go(cgo=True), TextSources(TREE))
    assert set(inputs.files) == {
        *("app/main.go", "app/c/plain.go", "app/c/c.go", "app/c/c.c", "app/c/c.h"),
        *("app/c/part.inc", "app/c/notes.txt", "app/far/far.h"),
    }
    assert inputs.widened == {"app/c": "`app/c/c.go` is compiled with C"}
    assert inputs.files["app/far/far.h"] == "included by app/c/c.c"


def test_a_directory_above_the_package_is_not_included_in_full() -> None:
    files = {
        **TREE,
        "app/c/c.go": C.replace("../include", ".."),
        "app/c/c.h": '#include "top.h"\n',
        "app/top.h": "",
    }
    found = files_of(files, cgo=True)
    assert "app/top.h" in found
    assert not {"app/lib/l.go", "app/include/deep/i.h"} & found


def test_directories_outside_the_tree_are_ignored() -> None:
    files = {**TREE, "app/c/c.go": C.replace("../include", "../../../lib")}
    inputs = LANGUAGE.inputs(service(LANGUAGE, "app"), go(cgo=True), TextSources(files))
    assert set(inputs.widened) == {"app/c"}


def test_an_include_with_a_computed_name_widens_to_its_directory() -> None:
    files = {**TREE, "app/far/far.h": "#include NAME\n"}
    inputs = LANGUAGE.inputs(service(LANGUAGE, "app"), go(cgo=True), TextSources(files))
    assert "app/far/other.h" in inputs.files
    assert inputs.widened["app/far"] == "`app/far/far.h` includes a file whose name is computed"


def test_a_computed_name_may_be_a_path_without_quotes() -> None:
    text = "#define QUOTED(x) #x\n#define Q(x) QUOTED(x)\n#define P ../named/p.h\n#include Q(P)\n"
    files = {**TREE, "app/far/far.h": text, "app/named/p.h": "", "app/named/q.h": ""}
    found = LANGUAGE.inputs(service(LANGUAGE, "app"), go(cgo=True), TextSources(files)).files
    assert "app/named/p.h" in found
    assert "app/named/q.h" not in found


def test_assembly_reads_headers_of_other_packages() -> None:
    files = {
        "app/go.mod": module("example.com/app"),
        "app/main.go": program(),
        "app/a_arm64.s": '#include "textflag.h"\n#include "lib/macros.h"\n',
        "app/a_windows.s": "",
        "app/b.s": "//go:build ignore\n",
        "app/lib/macros.h": '#include "more.h"\n',
        "app/lib/more.h": "",
        "app/lib/not.h": "",
    }
    assert files_of(files) == {
        *("app/main.go", "app/a_arm64.s", "app/lib/macros.h", "app/lib/more.h"),
    }
