"""The output of failed steps: classified, and searched for missing files."""

from __future__ import annotations

import pytest

from msbuild.errors import BuildError, MsbuildError, TransientError, UnavailableError
from msbuild.execute.failures import (
    MissingPath,
    environment_error,
    misses_unnamed_file,
    missing_paths,
    step_failure,
)

EXIT = 'process "/bin/sh -c make" did not complete successfully: exit code: 1'


def failure(*tail: str, error: str = EXIT, network: bool = True) -> MsbuildError:
    return step_failure(error, stage="deps", step="RUN make", tail=tail, network=network)


@pytest.mark.parametrize(
    "line",
    [
        "Err:1 http://deb.debian.org/debian trixie InRelease  Temporary failure resolving 'deb'",
        "E: Failed to fetch http://x  Hash Sum mismatch",
        "E: Failed to fetch http://x  503  Service Unavailable",
        "curl: (6) Could not resolve host: static.rust-lang.org",
        "curl: (7) Failed to connect: Connection refused",
        "curl: (22) The requested URL returned error: 502",
        'go: example.com/m@v1: Get "https://proxy": dial tcp: lookup proxy: no such host',
        "go: reading https://proxy: 503 Service Unavailable",
        "        read tcp 10.0.0.2:1->1.2.3.4:443: read: connection reset by peer",
        'go: Get "https://proxy": net/http: TLS handshake timeout',
        "  [28] Timeout was reached (Operation timed out after 30000 ms)",
        "fatal: unable to access 'https://g/': Couldn't connect to server",
        "  spurious network error (1 tries remaining): [6]",
    ],
)
def test_a_download_that_failed_because_of_the_network_may_be_retried(line: str) -> None:
    error = failure("fetching", line)
    assert isinstance(error, TransientError)
    assert error.message == f"`deps`, step `RUN make`: {line.strip()}"
    assert isinstance(failure("fetching", line, network=False), BuildError)


@pytest.mark.parametrize(
    "lines",
    [
        ("main.go:7:2: undefined: x",),
        ('net.go:7:2: cannot use "connection reset" as int',),
        ("error[E0308]: mismatched types", "  expected: no such host"),
        ("warning: spurious network error (3 tries remaining)", "error: could not compile `x`"),
        ("x.cc:3:1: error: expected ';'", "503 Service Unavailable"),
        ("/usr/bin/ld: x.o: undefined reference to `connection_refused'", "i/o timeout"),
        ("--- FAIL: TestDial", "    dial_test.go:5: connection refused"),
        ("404  Not Found [IP: 1.2.3.4 80]",),
        ("go: example.com/m@v9: invalid version: unknown revision v9",),
        ("listening on :5000", "made 500 objects"),
        (),
    ],
)
def test_compiler_errors_are_final(lines: tuple[str, ...]) -> None:
    found = failure(*lines)
    assert isinstance(found, BuildError)
    assert (found.message, found.stage, found.step) == ("exit code: 1", "deps", "RUN make")
    assert found.tail == lines


def test_network_errors_long_before_the_end_are_ignored() -> None:
    assert isinstance(failure("i/o timeout, trying again", *["compiling"] * 20), BuildError)


@pytest.mark.parametrize(
    ("error", "tail", "hint"),
    [
        (EXIT.replace("1", "137"), (), "--jobs"),
        (EXIT, ("x509: certificate signed by unknown authority",), "ca_bundle"),
        (EXIT, ("SSL certificate problem: unable to get local issuer",), "ca_bundle"),
        (
            EXIT,
            ("/bin/sh: 5: go: not found",),
            "`go` is not installed: add its package to `packages:`",
        ),
        (EXIT, ("/run/msbuild-step.sh: 2: protoc: not found",), "`protoc` is not installed"),
        (EXIT, ("bash: line 1: protoc: command not found",), "`protoc` is not installed"),
        ('failed to calculate checksum of ref x: "/out/a": not found', (), "`/out/a`"),
    ],
)
def test_known_errors_have_hints(error: str, tail: tuple[str, ...], hint: str) -> None:
    found = failure(*tail, error=error)
    assert isinstance(found, BuildError)
    assert hint in str(found.hint)


def test_an_offline_step_that_needs_the_network_gets_a_hint() -> None:
    found = failure("dial tcp: lookup proxy: no such host", network=False)
    assert "no network" in str(found.hint)


def test_a_full_disk_is_an_environment_error() -> None:
    found = failure("cc1: error: write: No space left on device", network=False)
    assert type(found) is UnavailableError
    assert "docker builder prune" in str(found.hint)
    assert "RUN make" in found.message


@pytest.mark.parametrize(
    ("text", "kind", "hint"),
    [
        ("write /var/lib/x: no space left on device", UnavailableError, "prune"),
        ("failed to resolve source metadata: dial tcp: no such host", TransientError, "network"),
        ("received unexpected HTTP status: 503 Service Unavailable", TransientError, "network"),
        ("toomanyrequests: rate limit", TransientError, "network"),
        ("rpc error: code = Unavailable desc = transport is closing", TransientError, "engine"),
        ("denied: requested access to the resource is denied", UnavailableError, "login"),
        ("unauthorized: authentication required", UnavailableError, "login"),
        ("manifest unknown", UnavailableError, "check the name"),
        ("x509: certificate signed by unknown authority", UnavailableError, "certificate"),
        ("failed to read downloaded context: no such host", UnavailableError, "27.5"),
    ],
)
def test_environment_errors_are_recognized(
    text: str, kind: type[UnavailableError], hint: str
) -> None:
    error = environment_error("cannot pull `x`", text)
    assert type(error) is kind
    assert error.message == f"cannot pull `x`: {text}"
    assert hint in str(error.hint)


def test_other_errors_are_not_environment_errors() -> None:
    assert environment_error("x", "dockerfile parse error on line 3") is None


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
