"""Closures compared with `go list`, which must name exactly the same files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.go.shop import files_of, module, package, program

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("go") is None and "CI" not in os.environ, reason="go is not installed"
    ),
]

_KINDS = (
    *("GoFiles", "CgoFiles", "CFiles", "CXXFiles", "MFiles", "HFiles", "FFiles", "SFiles"),
    *("SysoFiles", "SwigFiles", "SwigCXXFiles", "EmbedFiles"),
)

VENDORED = {
    "app/go.mod": module(
        "example.com/app",
        "require example.com/near v1.0.0\nreplace example.com/near => ../near\n",
    ),
    "app/main.go": program("example.com/near"),
    "app/vendor/modules.txt": (
        "# example.com/near v1.0.0 => ../near\n## explicit; go 1.22\nexample.com/near\n"
        "# example.com/near => ../near\n"
    ),
    "app/vendor/example.com/near/v.go": package("near"),
    "near/go.mod": module("example.com/near"),
    "near/n.go": package("near"),
}
WORKSPACE = "## workspace\n"

EMBED = 'package main\n\nimport _ "embed"\n\n'

TREES: dict[str, dict[str, str]] = {
    "imports": {
        "app/go.mod": module("example.com/app"),
        "app/main.go": program("example.com/app/internal/a", "fmt"),
        "app/main_test.go": program("example.com/app/only/tests"),
        "app/internal/a/a.go": package("a", "example.com/app/b"),
        "app/internal/a/a_test.go": package("a_test", "example.com/app/only/tests"),
        "app/b/b.go": 'package b\n\nimport (\n\tx "os"; . "example.com/app/c"\n)\nvar _ = x.Args\n',
        "app/c/c.go": "/* package no */ package c; import _ `example.com/app/d`\n",
        "app/d/d.go": package("d") + '\nconst s = `\nimport "example.com/app/only/tests"\n`\n',
        "app/d/_draft.go": package("d", "example.com/app/only/tests"),
        "app/d/.hidden.go": package("d", "example.com/app/only/tests"),
        "app/d/testdata/x.go": "package x\n",
        "app/only/tests/t.go": "package tests\n",
    },
    "constraints": {
        "app/go.mod": module("example.com/app"),
        "app/main.go": program(),
        "app/linux.go": program(),
        "app/a_linux.go": program().replace("func main() {}", ""),
        "app/a_windows.go": "package main\n",
        "app/a_linux_test.go": "package main\n",
        "app/a_js_wasm.go": "package main\n",
        "app/a_unix.go": "package main\n",
        "app/a_amd64.go": "package main\n",
        "app/a_linux_arm64.go": "package main\n",
        "app/a_freebsd_arm64.go": "package main\n",
        "app/b1.go": "//go:build linux && !cgo\n\npackage main\n",
        "app/b2.go": "//go:build !(linux || darwin)\n\npackage main\n",
        "app/b3.go": "// Copyright\n\n//go:build unix\npackage main\n",
        "app/b4.go": "/*\n//go:build ignore\n*/\n\npackage main\n",
        "app/b5.go": "//go:build ignore\r\n\r\npackage other\r\n",
        "app/b6.go": "//go:build go1.18\n\npackage main\n",
        "app/b7.go": "//go:build !go1.18\n\npackage main\n",
        "app/b8.go": "//go:build gc && !gccgo && !race && !integration\n\npackage main\n",
        "app/b9.go": "package main\n\n//go:build ignore\n",
        "app/c_linux.s": "",
        "app/c_arm64.s": "// TEXT\n",
        "app/c.s": "//go:build ignore\n",
        "app/c_windows.h": "",
    },
    "without c": {
        "app/go.mod": module("example.com/app"),
        "app/main.go": program("example.com/app/c"),
        "app/c/c.go": '//go:build cgo\n\npackage c\n\n// #include "c.h"\nimport "C"\n',
        "app/c/d.go": 'package c\n\nimport "C"\n\nimport "example.com/app/gone"\n',
        "app/c/other.go": "package c\n",
        "app/c/a.c": '#include "a.inc"\n',
        "app/c/a.inc": "",
        "app/c/a.cc": "",
        "app/c/b.S": "",
        "app/c/a.swig": "",
        "app/c/c.h": "",
        "app/c/c.hpp": "",
        "app/c/a.s": '#include "textflag.h"\n#include "c.h"\n',
        "app/c/a_arm64.syso": "",
    },
    "embeds": {
        "app/go.mod": module("example.com/app"),
        "app/main.go": EMBED
        + "//go:embed one.txt static `with space.txt`\n"
        + '//go:embed "quo\\x74ed.txt"\n'
        + "//go:embed tem*/*.html all:everything\n"
        + "var a string\n\n"
        + "const s = `\n//go:embed not.txt\n`\n"
        + "\t//go:embed sub/[a-b].t?t .dot\nvar b string\n"
        + "// go:embed not.txt\n"
        + "func main() {}\n",
        "app/no.go": "package main\n\n//go:embed not.txt\nvar d string\n",
        "app/not.txt": "",
        "app/one.txt": "",
        "app/with space.txt": "",
        "app/quoted.txt": "",
        "app/.dot": "",
        "app/static/a.css": "",
        "app/static/_a.css": "",
        "app/static/.a.css": "",
        "app/static/deep/_er/x.css": "",
        "app/static/deep/er/x.css": "",
        "app/static/x.go": "package static\n",
        "app/static/nested/go.mod": module("example.com/nested"),
        "app/static/nested/x.css": "",
        "app/templates/a.html": "",
        "app/templates/.b.html": "",
        "app/templates/c.txt": "",
        "app/templates/d.html/_e.html": "",
        "app/templates/d.html/f.html": "",
        "app/everything/.a": "",
        "app/everything/_b/c": "",
        "app/everything/nested/go.mod": module("example.com/nested"),
        "app/everything/nested/x": "",
        "app/sub/a.txt": "",
        "app/sub/b.tat": "",
        "app/sub/c.txt": "",
    },
    "replaced": {
        "app/go.mod": module(
            "example.com/app",
            "require (\n\texample.com/lib v1.0.0\n\texample.com/lib/v2 v2.0.0\n)\n"
            "replace example.com/lib v1.0.0 => ../libs/one\n"
            "replace (\n\texample.com/lib/v2 => ../libs/two // second\n)\n",
        ),
        "app/main.go": program("example.com/lib/x", "example.com/lib/v2"),
        "app/nested/go.mod": module("example.com/app/nested"),
        "app/nested/n.go": "package nested\n",
        "libs/one/go.mod": module("example.com/lib"),
        "libs/one/x/x.go": package("x", "example.com/lib/y"),
        "libs/one/y/y.go": "package y\n",
        "libs/one/z/z.go": "package z\n",
        "libs/two/go.mod": module("example.com/lib/v2"),
        "libs/two/two.go": package("two"),
    },
    "workspace": {
        "go.work": "go 1.22\n\nuse (\n\t./app\n\t./kit\n)\n\nreplace example.com/far => ./far\n",
        "app/go.mod": module("example.com/app"),
        "app/main.go": program("example.com/kit/a"),
        "kit/go.mod": module("example.com/kit", "require example.com/far v1.0.0\n"),
        "kit/a/a.go": package("a", "example.com/far"),
        "far/go.mod": module("example.com/far"),
        "far/far.go": package("far"),
        "other/go.mod": module("example.com/other"),
        "other/o.go": "package other\n",
    },
    "vendored": {
        "app/go.mod": module(
            "example.com/app",
            "require (\n\texample.com/far v1.0.0\n\texample.com/near v1.0.0\n)\n"
            "replace example.com/near => ../near\n",
        ),
        "app/main.go": program("example.com/far/a", "example.com/near"),
        "app/vendor/modules.txt": (
            "# example.com/far v1.0.0\n## explicit; go 1.22\nexample.com/far/a\nexample.com/far/b\n"
            "# example.com/near v1.0.0 => ../near\n## explicit; go 1.22\nexample.com/near\n"
            "# example.com/near => ../near\n"
        ),
        "app/vendor/example.com/far/a/a.go": package("a", "example.com/far/b"),
        "app/vendor/example.com/far/a/a_windows.go": package("a"),
        "app/vendor/example.com/far/b/b.go": EMBED.replace("main", "b")
        + "//go:embed b.txt\nvar B string\n",
        "app/vendor/example.com/far/b/b.txt": "",
        "app/vendor/example.com/near/n.go": package("near"),
        "near/go.mod": module("example.com/near"),
        "near/n.go": package("near"),
    },
    "vendored, in a language that uses it": VENDORED,
    "vendored, in a language that does not": {
        **VENDORED,
        "app/go.mod": VENDORED["app/go.mod"].replace("go 1.22", "go 1.13"),
        "near/go.mod": module("example.com/near").replace("go 1.22", "go 1.13"),
    },
    "vendored, in no language": {
        **VENDORED,
        "app/go.mod": VENDORED["app/go.mod"].replace("go 1.22\n", ""),
        "near/go.mod": module("example.com/near").replace("go 1.22\n", ""),
    },
    "vendored for a workspace that there is not": {
        **VENDORED,
        "app/vendor/modules.txt": WORKSPACE + VENDORED["app/vendor/modules.txt"],
    },
    "vendored for a module and not for its workspace": {
        **{path.replace("app/vendor", "vendor"): text for path, text in VENDORED.items()},
        "go.work": "go 1.22\n\nuse ./app\n",
    },
    "vendored for a workspace": {
        **{path.replace("app/vendor", "vendor"): text for path, text in VENDORED.items()},
        "go.work": "go 1.22\n\nuse ./app\n",
        "vendor/modules.txt": WORKSPACE
        + VENDORED["app/vendor/modules.txt"].replace("../near", "./near"),
    },
    "vendored in a workspace without a language": {
        **{path.replace("app/vendor", "vendor"): text for path, text in VENDORED.items()},
        "app/go.mod": VENDORED["app/go.mod"].replace("go 1.22", "go 1.17"),
        "near/go.mod": module("example.com/near").replace("go 1.22", "go 1.17"),
        "go.work": "use ./app\n",
        "vendor/modules.txt": WORKSPACE
        + VENDORED["app/vendor/modules.txt"].replace("../near", "./near"),
    },
    "a directory called vendor that is something else": {
        "app/go.mod": module("example.com/app"),
        "app/main.go": program("fmt"),
        "app/vendor/jquery/jquery.js": "",
    },
    "a module within": {
        "app/go.mod": module(
            "example.com/app",
            "require example.com/app/inner v1.0.0\nreplace example.com/app/inner => ./inner\n",
        ),
        "app/main.go": program("example.com/app/inner/a", "example.com/app/outer"),
        "app/outer/o.go": "package outer\n",
        "app/inner/go.mod": module("example.com/app/inner"),
        "app/inner/a/a.go": "package a\n",
    },
    "a name without a dot": {
        "app/go.mod": module("shop", "require lib v1.0.0\nreplace lib => ./lib\n"),
        "app/main.go": program("shop/net/http", "net/http", "lib"),
        "app/net/http/h.go": "package http\n",
        "app/lib/go.mod": module("lib"),
        "app/lib/l.go": "package lib\n",
    },
}


@pytest.mark.parametrize("name", TREES)
def test_the_closure_matches_go_list(name: str, tmp_path: Path) -> None:
    files = TREES[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text.encode())
    assert files_of(files) == set(_listed(tmp_path / "app", tmp_path))


def _listed(package: Path, root: Path) -> Iterator[str]:
    """The files of the tree that go compiles for a package, on any architecture."""
    for architecture in ("amd64", "arm64"):
        for each in _packages(package, architecture):
            if not each.get("Standard"):
                assert not each.get("Error"), each["Error"]
                for kind in _KINDS:
                    for file in each.get(kind, ()):
                        yield str((Path(each["Dir"]) / file).relative_to(root))


def _packages(package: Path, architecture: str) -> Iterator[dict[str, Any]]:
    env = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOARCH": architecture,
        "GOFLAGS": "",
        "GOOS": "linux",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "",
    }
    command = ["go", "list", "-deps", "-json", "."]
    text = subprocess.run(command, cwd=package, env=env, check=True, capture_output=True).stdout
    decoder, rest = json.JSONDecoder(), text.decode()
    while rest := rest.lstrip():
        value, end = decoder.raw_decode(rest)
        yield value
        rest = rest[end:]
