"""The compiled code of a Rust source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msbuild_rust.cfg import Cfg
from msbuild_rust.code import code_of


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("a // b\nc", "a c"),
        ("a /* b /* c */ d */ e", "a e"),
        ("a /* b", "a"),
        ('f("a b") g', "f( ) g"),
        ('cfg(feature = "x-y")', 'cfg(feature = "x-y")'),
        ('r#"a " b"# c', "c"),
        (r'"a \" b" c', "c"),
        ("'\"' a '\\'' b 'c", "a b 'c"),
        ('a "never closed', "a"),
        ('a r#"never "closed', "a"),
        ("#[cfg(test)]\nmod t { fn f() { '{' } }\nb", "b"),
        ("#[cfg(unix)] mod t { a }", "#[cfg(unix)] mod t { a }"),
        ("#[cfg(test)] mod t {", "#[cfg(test)] mod t {"),
    ],
)
def test_comments_literals_and_disabled_modules_are_not_code(source: str, code: str) -> None:
    assert " ".join(code_of(source, Cfg()).text.split()) == code


def test_only_literals_of_compiled_code_are_found() -> None:
    source = 'a("x y"); // "no"\n#[cfg(test)] mod t { b("z") } r"w"; r##"v"#"##'
    assert list(code_of(source, Cfg()).literals.values()) == ["x y", "w", 'v"#']


@given(st.text(alphabet="ar#\"'/*\\{}\n cfgtestmod[]()", max_size=60))
def test_positions_in_code_stay_the_same(source: str) -> None:
    code = code_of(source, Cfg()).text
    assert len(code) == len(source)
    assert all(now in (before, " ") for before, now in zip(source, code, strict=True))
