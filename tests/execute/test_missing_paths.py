"""Output of tools that do not find a file, and the path found in it."""

from __future__ import annotations

import pytest

from msbuild.execute.missing_paths import MissingPath, misses_unnamed_file, missing_paths

OUTPUT = {
    "python": (
        "FileNotFoundError: [Errno 2] No such file or directory: '../schema/x.json'",
        "../schema/x.json",
    ),
    "python-directory": ("FileNotFoundError: [Errno 2] No such file or directory: 'sql'", "sql"),
    "node": (
        "Error: ENOENT: no such file or directory, open '/work/web/theme.json'",
        "/work/web/theme.json",
    ),
    "cat": ("cat: schema: No such file or directory", "schema"),
    "sh": ("sh: 0: cannot open tools/gen.sh: No such file", "tools/gen.sh"),
    "sh-script": ("/run/msbuild-step.sh: 2: tools/gen.sh: not found", "tools/gen.sh"),
    "cd": ("/run/msbuild-step.sh: 2: cd: can't cd to schema", "schema"),
    "cp": ("cp: cannot stat 'assets/logo.svg': No such file or directory", "assets/logo.svg"),
    "go-embed": (
        "api/main.go:5:12: pattern templates/*.html: no matching files found",
        "templates/*.html",
    ),
    "go-work": (
        "go: cannot load module ../lib: open ../lib/go.mod: no such file or directory",
        "../lib/go.mod",
    ),
    "go-open": ("open ../x.json: no such file or directory", "../x.json"),
    "rustc": (
        "error: couldn't read `api/src/../../../x.txt`: No such file or directory (os error 2)",
        "api/src/../../../x.txt",
    ),
    "rustc-1.63": (
        "error: couldn't read services/api/src/../x.txt: No such file or directory (os error 2)",
        "services/api/src/../x.txt",
    ),
    "cargo": ("  failed to read `/work/crates/x/Cargo.toml`", "/work/crates/x/Cargo.toml"),
    "cmake-directory": (
        '  add_subdirectory given source "lib" which is not an existing directory.',
        "lib",
    ),
    "cmake-file": ("CMake Error: File /work/version.h.in does not exist.", "/work/version.h.in"),
    "ninja": (
        "ninja: error: '/work/x.idl', needed by 'gen.c', missing and no known rule to make it",
        "/work/x.idl",
    ),
    "make": ("make: *** No rule to make target 'x.y', needed by 'z'.  Stop.", "x.y"),
    "as": ("api/blob.s:3: Error: file not found: data/x.bin", "data/x.bin"),
    "protoc": ('api.proto:3:1: Import "shop/money.proto" was not found or had errors.',
               "shop/money.proto"),
    "askama": ('error: template "index.html" not found in directories ["/work/web/templates"]',
               "index.html"),
    "gcc-quotes": ("ld: cannot find \u2018lib/x.a\u2019: No such file or directory", "lib/x.a"),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTPUT)
def test_the_missing_path_is_found_in_the_output_of_a_tool(name: str) -> None:
    line, path = OUTPUT[name]
    assert path in [asked.name for asked in missing_paths(["building", line, "done"])]


@pytest.mark.parametrize(
    "line",
    [
        "api/x.go:2:8: no required module provides package example.com/m/lib/x; to add it:",
        "api/x.go:2:8: package example.com/m/lib/x is not in std (/usr/lib/go/src/example.com/m)",
        'api/x.go:2:8: cannot find package "example.com/m/lib/x" in any of:',
        "x.go:2:8: cannot find module providing package example.com/m/lib/x: disabled",
    ],
)
def test_packages_are_distinguished_from_paths(line: str) -> None:
    assert list(missing_paths([line])) == [MissingPath("example.com/m/lib/x", package=True)]


@pytest.mark.parametrize(
    "line",
    [
        "include/answer.h:1:10: fatal error: answer/detail.h: No such file or directory",
        "/work/include/answer.h:1:10: fatal error: 'answer/detail.h' file not found",
    ],
)
def test_headers_are_searched_for_near_the_including_file_and_anywhere(line: str) -> None:
    (asked,) = missing_paths([line])
    assert (asked.name, asked.anywhere) == ("answer/detail.h", True)
    assert asked.near in (("include",), ("/work/include",))


def test_cmake_names_the_file_a_few_lines_below_the_message() -> None:
    lines = [
        "CMake Error at api/CMakeLists.txt:4 (add_executable):",
        "  Cannot find source file:",
        "",
        "    gen/missing.cpp",
        "",
        "  Tried extensions .c .C .c++ .cc .cpp",
    ]
    asked = {each.name: each.near for each in missing_paths(lines)}
    assert asked["gen/missing.cpp"] == ("api",)


@pytest.mark.parametrize(
    "line",
    [
        "error[E0425]: cannot find value `config` in this scope",
        "error[E0433]: failed to resolve: could not find `schema` in `api`",
        'psql: error: relation "users" does not exist',
        "   |                 ^^^^^^ not found in this scope",
        "compiling schema/x.json",
        "warning: unused import: `schema/x.json`",
    ],
)
def test_words_that_are_not_paths_are_ignored(line: str) -> None:
    assert list(missing_paths([line])) == []


def test_lines_after_a_message_are_not_part_of_it() -> None:
    lines = ["x.h: No such file or directory", "see docs/BUILDING.md for help"]
    assert [asked.name for asked in missing_paths(lines)] == ["x.h"]


@pytest.mark.parametrize(
    ("lines", "unnamed"),
    [
        (
            [
                "error: no cached data for this query, run `cargo sqlx prepare`",
                "note: this error originates in the macro `$crate::sqlx_macros::expand_query`",
            ],
            True,
        ),
        (["  = note: this error originates in the derive macro `Template`"], True),
        (["  = note: this error originates in the macro `$crate::format_args_nl`"], False),
        (["error[E0308]: mismatched types", "originates in the macro `a::b`"], False),
        (
            [
                "thread 'main' panicked at services/api/build.rs:1:125:",
                'message: "No such file or directory" }',
                "called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound }",
            ],
            True,
        ),
        (["CMake Error at CMakeLists.txt:9 (message):", "  generator failed"], True),
        (["cat: x/y.json: No such file or directory"], False),
        (["main.go:3:9: undefined: y"], False),
        ([], False),
    ],
)  # fmt: skip
def test_a_message_that_names_no_file_is_detected(lines: list[str], *, unnamed: bool) -> None:
    assert misses_unnamed_file(lines) is unnamed


def test_a_long_line_is_parsed_quickly() -> None:
    lines = ["not found " + "a/" * 100_000, "'" * 100_000 + " no such file", "(" * 100_000]
    assert len(list(missing_paths(lines))) < 1000
