"""Files that flags of `go build` name, partly checked with the go command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from msbuild_go.flags import read_flags

from msbuild.errors import ConfigError
from msbuild.plugin.testing import TextSources, build, service
from tests.plugins.go.shop import LANGUAGE, deps_of, go, module, package, program, script_of

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.plugin.api import Builder

needs_go = pytest.mark.skipif(
    shutil.which("go") is None and "CI" not in os.environ, reason="go is not installed"
)

MOD = module("example.com/app")
PROFILE = "not read here"


def closure(files: dict[str, str], shared: Builder, **options: object) -> set[str]:
    return set(
        LANGUAGE.inputs(service(LANGUAGE, "app", **options), shared, TextSources(files)).files
    )


def overlay(**replaced: str) -> str:
    return json.dumps({"Replace": replaced})


OVERLAID = {
    "app/go.mod": MOD,
    "app/main.go": program("example.com/app/old"),
    "app/old/o.go": package("old"),
    "app/gone.go": "package main\n\nbroken\n",
    "app/overlay.json": json.dumps(
        {
            "Replace": {
                "main.go": "patch/main.txt",
                "./old/../new/n.go": "../patch/n.txt",
                "gone.go": "",
            }
        }
    ),
    "app/patch/main.txt": 'package main\n\nimport "example.com/app/new"\n\n'
    "func main() { println(new.N) }\n",
    "patch/n.txt": 'package new\n\nimport _ "example.com/app/more"\n\nconst N = 42\n',
    "app/more/m.go": package("more"),
    "app/unused/u.go": package("unused"),
}


def test_an_overlay_replaces_files() -> None:
    shared = go(flags=["-overlay=overlay.json"])
    assert closure(OVERLAID, shared) == {
        *("app/overlay.json", "app/patch/main.txt", "patch/n.txt", "app/more/m.go"),
        # go sees that it exists, although it does not read it
        "app/main.go",
    }
    by_environment = replace(go(), env={"GOFLAGS": "-v -overlay=overlay.json"})
    two_words = go(flags=["-overlay", "overlay.json"])
    for each in (by_environment, two_words):
        assert closure(OVERLAID, each) == closure(OVERLAID, shared)


@pytest.mark.slow
@needs_go
def test_with_an_overlay_the_closure_builds_the_program(tmp_path: Path) -> None:
    files = closure(OVERLAID, go(flags=["-overlay=overlay.json"]))
    for path in {*files, "app/go.mod"}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(OVERLAID[path])
    env = {**os.environ, "GOFLAGS": "", "GOWORK": "", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    command = ["go", "build", "-overlay=overlay.json", "-o", str(tmp_path / "program"), "."]
    subprocess.run(command, cwd=tmp_path / "app", env=env, check=True)
    done = subprocess.run([tmp_path / "program"], check=True, capture_output=True, text=True)
    assert done.stderr == "42\n"


def test_dependencies_are_compiled_with_the_overlay() -> None:
    shared = go(flags=["-overlay=overlay.json"])
    stage = deps_of(TextSources(OVERLAID), service(LANGUAGE, "app"), shared=shared)
    assert {"app/go.mod", "app/overlay.json", "app/patch/main.txt", "patch/n.txt"} == set(
        stage.files
    )


MODFILE = {
    "app/go.mod": MOD,
    "app/go.sum": "",
    "app/ci.mod": MOD + "require example.com/kit v1.0.0\nreplace example.com/kit => ../kit\n",
    "app/ci.sum": "example.com/far v1.0.0 h1:x=\n",
    "app/main.go": program("example.com/kit"),
    "kit/go.mod": module("example.com/kit"),
    "kit/kit.go": package("kit"),
}


def test_a_modfile_determines_the_modules() -> None:
    shared = go(flags=["-modfile=ci.mod"])
    assert closure(MODFILE, shared) == {
        *("app/main.go", "kit/kit.go", "app/ci.mod", "app/ci.sum"),
    }
    stage = deps_of(TextSources(MODFILE), service(LANGUAGE, "app"), shared=shared)
    assert {"app/go.mod", "app/ci.mod", "app/ci.sum", "kit/go.mod"} <= set(stage.files)
    assert "go mod download -modfile=ci.mod" in script_of(stage.steps[1])


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], {"app/default.pgo"}),
        (["-pgo=auto"], {"app/default.pgo"}),
        (["-pgo=off"], set()),
        (["-pgo=../profiles/a.pgo"], {"profiles/a.pgo"}),
        (["-pgo=off", "-pgo", "../profiles/a.pgo"], {"profiles/a.pgo"}),
    ],
)
def test_a_profile_is_an_input(flags: list[str], expected: set[str]) -> None:
    files = {
        "app/go.mod": MOD,
        "app/main.go": program(),
        "app/default.pgo": PROFILE,
        "profiles/a.pgo": PROFILE,
    }
    found = closure(files, go(flags=flags))
    assert found == {"app/main.go", *expected}
    stage = deps_of(TextSources(files), service(LANGUAGE, "app"), shared=go(flags=flags))
    assert set(stage.files) == {"app/go.mod", *(expected - {"app/default.pgo"})}


def test_a_toolexec_program_is_an_input_and_disables_caches() -> None:
    files = {
        "app/go.mod": MOD,
        "app/main.go": program(),
        "tools/wrap.sh": "",
        "tools/other.sh": "",
    }
    shared = go(flags=["-toolexec=../tools/wrap.sh -x"])
    assert closure(files, shared) == {"app/main.go", "tools/wrap.sh"}
    sources = TextSources(files)
    stages = [
        build(LANGUAGE, service(LANGUAGE, "app"), shared, sources).stages[0],
        deps_of(sources, service(LANGUAGE, "app"), shared=shared),
    ]
    assert not any(getattr(step, "caches", ()) for stage in stages for step in stage.steps)


@pytest.mark.parametrize(
    "ldflags",
    [
        "-linkmode external -extldflags '-static -Wl,--version-script=../link/v.map'",
        "-extldflags=-Wl,-T,../link/v.map",
        "-extldflags -T../link/v.map",
        "-L ../link -extldflags=-lx",
    ],
)
def test_files_named_by_linker_flags_are_inputs(ldflags: str) -> None:
    files = {
        "app/go.mod": MOD,
        "app/main.go": program(),
        "app/v1": "",
        "link/v.map": "",
        "link/notes": "",
    }
    for shared, options in (
        (go(), {"ldflags": ldflags}),
        (go(flags=[f"-ldflags=all={ldflags}"]), {}),
        (go(flags=["-ldflags", ldflags]), {}),
    ):
        assert closure(files, shared, **options) == {"app/main.go", "link/v.map"}
    assert closure(files, go(), ldflags="-X main.v=v1 -X=main.w=v1") == {"app/main.go"}


def test_a_flag_adds_directories_of_assembler_headers() -> None:
    files = {
        "app/go.mod": MOD,
        "app/main.go": program(),
        "app/a.s": '#include "x.h"\n',
        "asm/x.h": "",
    }
    shared = go(flags=["-asmflags=all=-I ../asm"])
    assert closure(files, shared) == {"app/main.go", "app/a.s", "asm/x.h"}


@pytest.mark.parametrize(
    ("flag", "more", "message"),
    [
        ("-overlay=../../o.json", {}, "outside the source tree"),
        ("-overlay=/etc/o.json", {}, "outside the source tree"),
        ("-overlay=o.json", {}, "`app/o.json` does not exist"),
        ("-overlay=o.json", {"app/o.json": "{"}, "is not `{"),
        ("-overlay=o.json", {"app/o.json": "[]"}, "is not `{"),
        ("-overlay=o.json", {"app/o.json": '{"Replace": [1]}'}, "is not `{"),
        ("-overlay=o.json", {"app/o.json": overlay(a="x.go")}, "`app/x.go` does not exist"),
        ("-overlay=o.json", {"app/o.json": overlay(a="/x.go")}, "outside the source tree"),
        ("-overlay=o.json", {"app/o.json": "[" * 100_000}, "is not `{"),
        ("-modfile=x.mod", {}, "`app/x.mod` does not exist"),
        ("-modfile=../../x.mod", {}, "outside the source tree"),
        ("-pgo=x.pgo", {}, "`app/x.pgo` does not exist"),
        ("-pgo=/x.pgo", {}, "outside the source tree"),
    ],
)
def test_a_flag_with_a_path_outside_the_tree_or_missing_is_refused(
    flag: str, more: dict[str, str], message: str
) -> None:
    files = {"app/go.mod": MOD, "app/main.go": program(), **more}
    shared = go(flags=[flag])
    with pytest.raises(ConfigError) as caught:
        closure(files, shared)
    assert message in caught.value.message
    assert caught.value.at == shared.at
    assert caught.value.hint


def test_flags_are_parsed_as_in_go() -> None:
    flags = read_flags("-v '-ldflags=-X a=b c'", ["--p", "4", "-race", "-o=x", "-o", "y"])
    assert flags.value("o") == "y"
    assert flags.value("p") == "4"
    assert "race" in flags
    assert "x" not in flags
    assert list(flags.tool_words("ldflags")) == ["-X", "a=b", "c"]
