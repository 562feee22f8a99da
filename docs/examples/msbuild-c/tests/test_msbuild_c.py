from __future__ import annotations

import pytest
from msbuild_c import C

from msbuild.plugin_api import ConfigError, Copy, Language, Run
from msbuild.plugin_testing import TextSources, build, builder, service

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


def test_the_closure_is_the_sources_and_what_they_include() -> None:
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


def test_one_compiler_call_makes_the_program() -> None:
    hello = service(C(), "hello", libraries=("m", "weird name"))
    copy, run = build(C(), hello, builder(C()), SOURCES).stages[0].steps
    assert isinstance(copy, Copy)
    assert copy.files == ("hello/main.c", "lib/greet.h", "lib/words.h")
    assert isinstance(run, Run)
    assert run.script == (
        'mkdir -p "$OUT" && gcc -O2 -static -s hello/main.c -lm \'-lweird name\' -o "$OUT"/hello'
    )
