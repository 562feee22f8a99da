"""Files that C and assembly read, checked with compilers: the closure builds the program."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from msbuild.plugin.testing import TextSources, build, service
from tests.plugins.go.shop import LANGUAGE, files_of, go, module

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("go") and shutil.which("gcc")) and "CI" not in os.environ,
        reason="go or gcc is not installed",
    ),
]

ENV = {
    "CGO_CFLAGS_ALLOW": ".*",
    "CGO_ENABLED": "1",
    "GOFLAGS": "",
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
    "GOWORK": "",
}


def main(preamble: str, value: str) -> str:
    """A program that prints a value from C."""
    comment = "\n".join(f"// {line}" for line in preamble.splitlines())
    return f'package main\n\n{comment}\nimport "C"\n\nfunc main() {{ println({value}) }}\n'


ASSEMBLY = {
    "app/main.go": "package main\n\nfunc f() int\n\nfunc main() { println(f()) }\n",
    "app/f_amd64.s": (
        '#include "textflag.h"\n#include "inc/one.h"\n#include "../asm/two.h"\n'
        "TEXT ·f(SB),NOSPLIT,$0-8\n\tMOVQ $(ONE+TWO), ret+0(FP)\n\tRET\n"
    ),
    "app/f_arm64.s": (
        '#include "textflag.h"\n#include "inc/one.h"\n#include "../asm/two.h"\n'
        "TEXT ·f(SB),NOSPLIT,$0-8\n\tMOVD $(ONE+TWO), R0\n\tMOVD R0, ret+0(FP)\n\tRET\n"
    ),
    # relative to the package's directory, not the file's
    "app/inc/one.h": '#include "inc/deep.h"\n',
    "app/inc/deep.h": "#define ONE 40\n",
    "asm/two.h": "#define TWO 2\n",
}

# The files of each program, besides `app/go.mod`; all print 42.
TREES: dict[str, dict[str, str]] = {
    "relative directories": {
        "app/main.go": main(
            '#cgo CFLAGS: -I./inc -I ../far -I${SRCDIR}/../near\n#include "a.h"\n#include <b.h>\n'
            '#include "deep/c.h"',
            "int(C.A + C.B + C.X)",
        ),
        "app/inc/a.h": "#define A 40\n",
        "far/b.h": '#include "b/detail.h"\n',
        "far/b/detail.h": "#define B 1\n",
        "near/deep/c.h": '#include "../x.h"\n',
        "near/x.h": "#define X 1\n",
    },
    "included by a flag": {
        "app/main.go": main("#cgo CFLAGS: -include shim/shim.h", "int(C.SHIM)"),
        "app/shim/shim.h": '#include "more.h"\nenum { SHIM = MORE };\n',
        "app/shim/more.h": "#define MORE 42\n",
    },
    "sources elsewhere": {
        "app/main.go": main("int f(void);", "int(C.f())"),
        "app/glue.c": '# include "../c/f.c"\n',
        "c/f.c": '#include "f.h"\nint f(void) { return F; }\n',
        "c/f.h": "#define F 42\n",
    },
    "a name in a macro": {
        "app/main.go": main(
            '#cgo CFLAGS: -I../c -DCONFIG="cfg/one.h"\n#define NAME "cfg/two.h"\n#include NAME\n',
            "int(C.TWO)",
        ),
        "c/cfg/two.h": "#define TWO 42\n",
    },
    "a name in a flag": {
        "app/main.go": main(
            "#cgo CFLAGS: -DCONFIG=${SRCDIR}/../c/one.h\n#define TEXT(x) #x\n"
            "#define NAME(x) TEXT(x)\n#include NAME(CONFIG)",
            "int(C.ONE)",
        ),
        "c/one.h": "#define ONE 42\n",
    },
    "conditions": {
        "app/main.go": main(
            "#cgo windows CFLAGS: -I../win\n#cgo linux,amd64 linux,arm64 CFLAGS: -I../lin\n"
            "#cgo !linux CFLAGS: -I../win\n#include <os.h>",
            "int(C.OS)",
        ),
        "lin/os.h": "#define OS 42\n",
        "win/os.h": "#define OS 1\n",
    },
    "bytes taken in by the assembler": {
        "app/main.go": main("int f(void);", "int(C.f())"),
        "app/f.c": (
            'asm(".pushsection .data\\n.global blob\\n"\n'
            '"blob: .incbin \\"data/blob.bin\\"\\n.popsection");\n'
            "extern char blob[];\nint f(void) { return blob[0]; }\n"
        ),
        "app/data/blob.bin": "*",
    },
    "bytes taken in by a macro": {
        "app/main.go": main("int f(void);", "int(C.f())"),
        "app/f.c": (
            '#include "../c/incbin.h"\nINCBIN(blob, "data/blob.bin");\n'
            "int f(void) { return blob[0]; }\n"
        ),
        "c/incbin.h": (
            '#define INCBIN(n, f) asm(".pushsection .data\\n.global " #n "\\n" \\\n'
            '#n ": .incbin \\"" f "\\"\\n.popsection"); extern char n[]\n'
        ),
        "app/data/blob.bin": "*",
    },
    "a list for the linker": {"app/main.go": main("", "42"), "link/v.map": "{ f; };\n"},
    "assembly": ASSEMBLY,
    "assembly without C": ASSEMBLY,
}
SETTINGS = {"a list for the linker": {"CGO_LDFLAGS": "-Wl,--dynamic-list=../link/v.map"}}
LIBRARY = {
    "app/main.go": main("#cgo LDFLAGS: -L${SRCDIR}/../lib -lf\nint f(void);", "int(C.f())"),
    "lib/f.c": "int f(void) { return 42; }\n",
    "lib/notes.txt": "",
}
OBJECT = {
    **LIBRARY,
    "app/main.go": main("#cgo LDFLAGS: ${SRCDIR}/../lib/f.o\nint f(void);", "int(C.f())"),
}


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def printed(root: Path, **more: str) -> str:
    """The output of the program that go builds."""
    env = {**os.environ, **ENV, **more}
    command = ["go", "build", "-trimpath", "-buildvcs=false", "-o", str(root / "program"), "."]
    subprocess.run(command, cwd=root / "app", env=env, check=True)
    # `println` writes to stderr
    done = subprocess.run([root / "program"], check=True, capture_output=True, text=True)
    return done.stderr.strip()


@pytest.mark.parametrize("name", TREES)
def test_the_closure_builds_the_same_program(name: str, tmp_path: Path) -> None:
    files = {"app/go.mod": module("example.com/app"), **TREES[name]}
    has_c, env = name != "assembly without C", SETTINGS.get(name, {})
    shared = replace(go(cgo=has_c), env=env)
    closure = LANGUAGE.inputs(service(LANGUAGE, "app"), shared, TextSources(files)).files
    write(tmp_path, {path: files[path] for path in (*closure, "app/go.mod")})
    assert printed(tmp_path, CGO_ENABLED=str(int(has_c)), **env) == "42"
    # and files for other programs are excluded
    assert set(closure) - {"app/go.mod"} == files.keys() - {"app/go.mod", "win/os.h"}


@pytest.mark.parametrize("tree", [LIBRARY, OBJECT], ids=["library", "object"])
def test_linked_libraries_are_inputs(tree: dict[str, str], tmp_path: Path) -> None:
    files = {"app/go.mod": module("example.com/app"), **tree}
    write(tmp_path, files)
    subprocess.run(["gcc", "-c", "f.c"], cwd=tmp_path / "lib", check=True)
    subprocess.run(["ar", "rcT", "libf.a", "f.o"], cwd=tmp_path / "lib", check=True)
    made = {f"lib/{name}": (tmp_path / "lib" / name).read_bytes() for name in ("libf.a", "f.o")}
    texts = {path: data.decode("utf-8", "replace") for path, data in made.items()}
    closure = files_of({**files, **texts}, cgo=True)
    assert "lib/notes.txt" not in closure
    for path in {*files, *made} - closure - {"app/go.mod"}:
        (tmp_path / path).unlink()
    assert printed(tmp_path) == "42"


CACHED = {"plain", "own header", "an embedded file"}
KEYED: dict[str, dict[str, str]] = {
    "plain": {"app/main.go": main("static int f(void) { return 42; }", "int(C.f())")},
    "own header": {
        "app/main.go": main('#include "own.h"', "int(C.A)"),
        "app/own.h": "#define A 42\n",
    },
    "an embedded file": {
        "app/main.go": main('#include "own.h"', "int(C.A)") + "\n//go:embed x.txt\nvar x string\n",
        "app/own.h": "#define A 42\n",
        "app/x.txt": "",
    },
    "other suffix": {
        "app/main.go": main('#include "own.inc"', "int(C.A)"),
        "app/own.inc": "#define A 42\n",
    },
    "directory below": {
        "app/main.go": main('#include "below/own.h"', "int(C.A)"),
        "app/below/own.h": "#define A 42\n",
    },
    "header of another package": {
        "app/main.go": main('#include "other/o.h"', "int(C.A)").replace(
            'import "C"', 'import "C"\nimport _ "example.com/app/other"'
        ),
        "app/other/o.go": 'package other\n\n// #include "o.h"\nimport "C"\n',
        "app/other/o.h": "#define A 42\n",
    },
    **{name: TREES[name] for name in ("a list for the linker", "assembly", "assembly without C")},
    "a macro": {
        "app/main.go": main("#define N <stdio.h>\n#include N", "42"),
        "app/own.h": "",
    },
    "swig": {"app/main.go": main("", "42"), "app/x.swig": "%module x\n"},
}


@pytest.mark.parametrize("name", KEYED)
def test_a_cache_is_used_only_if_its_keys_contain_all_files_read(name: str) -> None:
    files = {"app/go.mod": module("example.com/app"), **KEYED[name]}
    shared = replace(go(cgo=name != "assembly without C"), env=SETTINGS.get(name, {}))
    stage = build(LANGUAGE, service(LANGUAGE, "app"), shared, TextSources(files)).stages[0]
    (run,) = (step for step in stage.steps if hasattr(step, "caches"))
    assert bool(run.caches) == (name in CACHED)


@pytest.mark.parametrize(("name", "kept"), [("plain", False), ("go", True)])
def test_c_may_include_any_listed_input(name: str, kept: bool) -> None:
    program = {"app/main.go": "package main\n\nfunc main() {}\n"} if name == "go" else KEYED[name]
    files = {"app/go.mod": module("example.com/app"), **program, "c/x.h": ""}
    each, sources = service(LANGUAGE, "app"), TextSources(files)
    inputs = LANGUAGE.inputs(each, go(cgo=True), sources)
    inputs = replace(inputs, files={**inputs.files, "c/x.h": "listed in `inputs`"})
    stage = LANGUAGE.service_build(each, go(cgo=True), inputs, (), sources).stages[0]
    (run,) = (step for step in stage.steps if hasattr(step, "caches"))
    assert bool(run.caches) == kept


def test_vendored_assembly_that_reads_other_directories_is_compiled_without_a_cache() -> None:
    files = {
        "app/go.mod": module("example.com/app", "require example.com/far v1.0.0\n"),
        "app/main.go": 'package main\n\nimport _ "example.com/far"\n\nfunc main() {}\n',
        "app/vendor/modules.txt": "# example.com/far v1.0.0\n## explicit\nexample.com/far\n",
        "app/vendor/example.com/far/far.go": "package far\n",
        "app/vendor/example.com/far/far.s": '#include "../../../../asm/x.h"\n',
        "asm/x.h": "",
    }
    each = service(LANGUAGE, "app")
    deps = LANGUAGE.shared_stages(go(), [each], TextSources(files))[1]
    assert "asm/x.h" in deps.files
    assert not any(getattr(step, "caches", ()) for step in deps.steps)
