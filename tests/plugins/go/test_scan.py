"""Scanning Go files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msbuild_go.scan import constraint_of, scan

PATHS = st.from_regex(r"[a-z]{1,6}(\.[a-z]{2})?(/[a-z0-9]{1,5}){0,3}", fullmatch=True)
NAMES = st.sampled_from(["", "_ ", ". ", "x "])
COMMENT = st.sampled_from(['// import "no"', '/* import "no" */', "/* \n ) */", "//", "// `"])
# a space, a newline or a comment may separate any two words
GAP = st.one_of(st.just("\n"), st.just(" \t\n\n"), COMMENT.map(lambda each: f" {each}\n"))


@st.composite
def _files(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A Go file, and its imports."""
    text, paths = f"{draw(GAP)}package p{draw(GAP)}", list[str]()
    for group in draw(st.lists(st.lists(PATHS, max_size=3), max_size=4)):
        paths += group
        quoted = [draw(NAMES) + draw(st.sampled_from(['"{}"', "`{}`"])).format(p) for p in group]
        if len(quoted) == 1 and draw(st.booleans()):
            text += f"import {quoted[0]}{draw(GAP)}"
        else:
            text += "import (" + "".join(f"{draw(GAP)}{each}" for each in quoted)
            text += f"{draw(GAP)}){draw(GAP)}"
    rest = 'var a = "import"\nfunc f() { const s = `\nimport "no"\n` }\nimport "late"\n'
    return text + draw(st.sampled_from(["", rest])), paths


@pytest.mark.slow
@settings(deadline=None)
@given(_files())
def test_only_imports_are_found(file: tuple[str, list[str]]) -> None:
    text, paths = file
    read = scan(text)
    assert read.package == "p"
    assert [each.text for each in read.imports] == paths
    lines = text.splitlines()
    assert all(each.text in lines[each.line - 1] for each in read.imports)


def test_a_file_without_a_package_clause_is_empty() -> None:
    read = scan('// just notes\nimport "fmt"\n')
    assert (read.package, read.imports, read.embeds) == ("", (), ())


def test_a_byte_order_mark_is_ignored() -> None:
    assert scan('\ufeff//go:build linux\n\npackage p\nimport "a"').constraint == "linux"


def test_escapes_in_import_paths_are_resolved() -> None:
    assert [each.text for each in scan('package p\nimport "a\\x2fb"').imports] == ["a/b"]


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("package p", None),
        ("//go:build linux && amd64\n\npackage p", "linux && amd64"),
        ("// Copyright\n\n  //go:build\tlinux  \r\npackage p", "linux"),
        ("// +build linux\n\npackage p", ""),
        ("//go:build linux\n// +build linux\n\npackage p", "linux"),
        ("//go:build linux\n//go:build amd64\npackage p", ""),
        ("/*\n//go:build linux\n*/\npackage p", None),
        ("//go:buildlinux\npackage p", None),
        ("// go:build linux\npackage p", None),
        ("package p\n//go:build linux\n", None),
        ("TEXT ·f(SB)\n//go:build linux\n", None),
    ],
)
def test_a_constraint_after_code_is_ignored(text: str, constraint: str | None) -> None:
    assert constraint_of(text) == constraint


def test_embeds_are_ignored_unless_the_package_is_imported() -> None:
    text = (
        'package p\n\nimport _ "embed"\n\n//go:embed a b/*.c\n//go:embed `d e` "f\\x67"\n'
        "var x string\n\nvar y = `\n//go:embed no\n`\n// go:embed no\n//go:embedded no\n"
    )
    assert [(each.text, each.line) for each in scan(text).embeds] == [
        *(("a", 5), ("b/*.c", 5), ("d e", 6), ("fg", 6)),
    ]
    assert scan(text.replace('import _ "embed"', "")).embeds == ()


def test_embeds_right_after_imports_and_after_a_quote_are_found() -> None:
    text = 'package p\nimport _ "embed"\n//go:embed a\nvar a string\nvar q = \'"\'\n//go:embed b\n'
    assert [each.text for each in scan(text).embeds] == ["a", "b"]


def test_c_code_is_in_the_comments_of_its_import() -> None:
    read = scan('package p\n\n// #cgo LDFLAGS: -lm\n/*\n#include "a.h"\n*/\nimport "C"\n')
    assert read.uses_c
    assert "#cgo LDFLAGS: -lm" in read.preamble
    assert '#include "a.h"' in read.preamble
    assert not scan('package p\nimport "c"').uses_c
