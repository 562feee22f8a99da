"""Files of a package that no program is compiled from."""

from __future__ import annotations

import pytest

from tests.plugins.rust.shop import inputs_of, pricing, shop

HOME = "rust/services/pricing"


def included(main: str, files: dict[str, str]) -> set[str]:
    """The files that are in the closure of a program, relative to its package."""
    changes = {f"{HOME}/{path}": text for path, text in files.items()}
    found = inputs_of(pricing(), shop({f"{HOME}/src/main.rs": main, **changes})).files
    return {path for path in files if f"{HOME}/{path}" in found}


@pytest.mark.parametrize(
    "declared",
    [
        "#[cfg(test)] mod t;",
        "#[cfg(test)]\n#[macro_use]\npub(crate) mod t;",
        '#[allow(dead_code)]\n#[cfg(all(test, feature = "x"))]\nmod t;',
        "#[cfg(windows)] mod t;",
        '#[cfg(any(target_os = "macos", windows))] pub mod t;',
    ],
)
def test_a_module_that_is_not_compiled_is_excluded(declared: str) -> None:
    files = {"src/t.rs": "mod deep;", "src/t/deep.rs": "", "src/other.rs": ""}
    assert included(f"mod other;\n{declared}", files) == {"src/other.rs"}


@pytest.mark.parametrize(
    "main",
    [
        "mod t;",
        "#[cfg(unix)] mod t;",
        '#[cfg(feature = "x")] mod t;',
        "#[cfg(not(test))] mod t;",
        "// #[cfg(test)]\nmod t;",
        "/* #[cfg(test)] */ mod t;",
        '"#[cfg(test)] mod t;"',
        "#[cfg(test)] mod t; #[cfg(not(test))] mod t;",
        '#[cfg(test)] mod t; #[path = "t.rs"] mod again;',
        '#[cfg(test)] mod t; const A: &str = include_str!("t.rs");',
        '#[cfg(test)] mod t; automod::dir!("src");',
        '#[cfg(test)] mod t; include_dir!("$CARGO_MANIFEST_DIR/src");',
        '#[cfg(test)] mod t; include_dir!("$CARGO_MANIFEST_DIR");',
        '#[cfg(test)] mod t; #[derive(RustEmbed)] #[folder = "./"] struct S;',
        "#[cfg(test)] mod other;",
        "cfg_if! { if #[cfg(test)] { mod t; } }",
        "",
    ],
)
def test_a_module_that_may_be_compiled_is_included(main: str) -> None:
    assert included(main, {"src/t.rs": ""}) == {"src/t.rs"}


def test_the_file_of_a_module_depends_on_the_file_that_declares_it() -> None:
    files = {"src/a.rs": "#[cfg(test)] mod tests;", "src/a/tests.rs": "", "src/tests.rs": ""}
    assert included("mod a; mod tests;", files) == {"src/a.rs", "src/tests.rs"}
    files = {"src/a/mod.rs": "#[cfg(test)] mod tests;", "src/a/tests/mod.rs": ""}
    assert included("mod a;", files) == {"src/a/mod.rs"}


def test_a_module_of_tests_that_a_program_shares_is_included() -> None:
    files = {"src/t.rs": "mod shared;", "src/shared.rs": "", "src/t/shared.rs": ""}
    assert included("#[cfg(test)] mod t; mod shared;", files) == {"src/shared.rs"}


def test_test_data_is_included_if_a_program_names_it() -> None:
    files = {"test_data/a": "", "src/x/testdata/b": "", "data/c": "", "src/t.rs": '"test_data"'}
    assert included("#[cfg(test)] mod t;", files) == {"data/c"}
    assert included('f("../test_data/a")', files) == {"data/c", "test_data/a", "src/t.rs"}
    inline = '#[cfg(test)] mod t { f("test_data/a") }'
    assert included(inline, files) == {"data/c", "src/t.rs", "test_data/a"}
    assert included('mod t; include_str!("x/testdata/b")', files) >= {"src/x/testdata/b"}


def test_includes_in_tests_and_comments_are_ignored() -> None:
    computed = "include!(concat!(a, b));"
    files = {"benches/x.txt": ""}
    assert included(computed, files) == {"benches/x.txt"}
    for main in (f"// {computed}", f"#[cfg(test)] mod t {{ {computed} }}", f'r#"{computed}"#'):
        assert included(main, files) == set()
