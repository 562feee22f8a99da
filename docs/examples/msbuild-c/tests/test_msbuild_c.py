from __future__ import annotations

import pytest
from msbuild_c import C

from msbuild.plugin.api import ConfigError, Copy, Language, Run
from msbuild.plugin.testing import TextSources, build, builder, service

SOURCES = TextSources(
    {
        "hello/main.c": '#include <stdio.h>\n#include "../lib/greet.h"\n',
        "hello/notes.txt": "not compiled",
        "lib/greet.h": '#include "words.h"\n',
        "lib/words.h": "",
        "lib/unused.h": "",
    }
)


def test_it_is_a_language() -> None:
    assert isinstance(C(), Language)


def test_the_closure_is_the_sources_and_their_includes() -> None:
    inputs = C().inputs(service(C(), "hello"), builder(C()), SOURCES)
    assert inputs.files == {
        "hello/main.c": "a source of the service",
        "lib/greet.h": "included by hello/main.c:2",
        "lib/words.h": "included by lib/greet.h:1",
    }


def test_a_directory_without_sources_is_an_error_with_a_hint() -> None:
    with pytest.raises(ConfigError, match=r"service `lib` has no \.c file in `lib`") as caught:
        C().inputs(service(C(), "lib"), builder(C()), SOURCES)
    assert caught.value.hint == "`path` is the directory of the program"


def test_one_compiler_call_builds_the_program() -> None:
    hello = service(C(), "hello", libraries=("m", "weird name"))
    copy, run = build(C(), hello, builder(C()), SOURCES).stages[0].steps
    assert isinstance(copy, Copy)
    assert copy.files == ("hello/main.c", "lib/greet.h", "lib/words.h")
    assert isinstance(run, Run)
    assert run.script == (
        'mkdir -p "$OUT" && gcc -O2 -static -s hello/main.c -lm \'-lweird name\' -o "$OUT"/hello'
    )


def closure(**files: str) -> set[str]:
    """The inputs of a program in `hello`."""
    return set(C().inputs(service(C(), "hello"), builder(C()), TextSources(files)).files)


def test_embedded_and_assembled_files_are_inputs() -> None:
    main = '#embed "a.bin"\n__asm__(".incbin \\"b.bin\\"");\n'
    files = {"hello/main.c": main, "hello/a.bin": "", "hello/b.bin": "", "hello/c.bin": ""}
    assert closure(**files) == {"hello/main.c", "hello/a.bin", "hello/b.bin"}


def test_an_include_named_by_a_macro_widens_to_the_directory() -> None:
    files = {"hello/main.c": "#include CONFIG\n", "hello/deep/a.h": "", "lib/b.h": ""}
    inputs = C().inputs(service(C(), "hello"), builder(C()), TextSources(files))
    assert set(inputs.files) == {"hello/main.c", "hello/deep/a.h"}
    assert inputs.widened == {"hello": "hello/main.c:1 includes a file named by a macro"}


def test_directories_and_files_outside_the_tree_are_ignored() -> None:
    main = '#include "../../beyond.h"\n#include "../lib"\n#include "../lib/part.c"\n'
    files = {"hello/main.c": main, "lib/part.c": ""}
    assert closure(**files) == {"hello/main.c", "lib/part.c"}
    run = build(C(), service(C(), "hello"), builder(C()), TextSources(files)).stages[0].steps[1]
    assert isinstance(run, Run)
    assert " hello/main.c -o " in run.script
