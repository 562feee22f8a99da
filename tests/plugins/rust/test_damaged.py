"""Damaged cargo files cause an error that names the file, quickly."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msbuild.errors import ConfigError
from msbuild.plugin.testing import build
from tests.effort import little_work
from tests.plugins.rust.shop import FILES, LANGUAGE, inputs_of, pricing, rust, shop, stock

if TYPE_CHECKING:
    from msbuild.plugin.testing import TextSources

PRICING = "rust/services/pricing/Cargo.toml"
ROOT = "rust/Cargo.toml"
LOCK = "rust/Cargo.lock"
CONFIG = "rust/.cargo/config.toml"
PIN = "rust-toolchain.toml"
_TEXTS = {
    **{path: FILES[path] for path in (PRICING, ROOT, LOCK)},
    CONFIG: """
include = [{ path = "more.toml", optional = true }]
[build]
rustflags = ["--cfg", "a"]
target = "x86_64-unknown-linux-gnu"
[target.'cfg(unix)']
rustflags = "-Cx"
linker = "cc"
[env]
A = { value = "x", relative = true }
[source.crates-io]
replace-with = "v"
[source.v]
directory = "vendor"
[patch.crates-io]
log = { path = "../log" }
""",
    PIN: '[toolchain]\nchannel = "1.90.0"\ncomponents = ["clippy"]\n',
}


def planned(sources: TextSources) -> None:
    """Call the language as planning does."""
    services = [pricing(), stock()]
    LANGUAGE.shared_stages(rust(), services, sources)
    for service in services:
        build(LANGUAGE, service, rust(), sources)


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (LOCK, 'name = "kit"\n', "", f"`{LOCK}`: package `without a name` has no `name`"),
        (LOCK, 'version = "0.1.0"', "", f"`{LOCK}`: package `kit` has no `version`"),
        (LOCK, "version = 4", "<<<<<<< HEAD", f"`{LOCK}` is not valid TOML"),
        (LOCK, '["axum"]', "[1]", f"{LOCK}:26: `package.4.dependencies.1` must be a string"),
        (
            PRICING,
            "[package]",
            "[package]\nworkspace = true",
            ":3: `package.workspace` must",
        ),
        (PRICING, 'name = "pricing"', "name = []", ":3: `package.name` must be a string"),
        (PRICING, "[[bench]]", "[bench]", "`bench` must be a list"),
        (
            PRICING,
            "[dependencies]",
            "[dependencies]\nx = 1",
            ":7: `dependencies.x` must",
        ),
        (
            PRICING,
            "[dependencies]",
            "[target]\nx = 1\n[dependencies]",
            "`target.x` must",
        ),
        (PRICING, "[dependencies]", "[lib]\npath = 1\n[dependencies]", "`lib.path` must be a str"),
        (PRICING, "[package]", '[package]\nworkspace = "../gone"', "gone/Cargo.toml` does not"),
        (ROOT, '["libs/*", "services/*"]', '"libs"', "`workspace.members` must be a list"),
        (ROOT, 'axum = "0.8"', "axum = true", "`workspace.dependencies.axum` must be a"),
        (ROOT, "[workspace]", "patch = 1\n[workspace]", f"{ROOT}:2: `patch` must be a table"),
        (ROOT, '"services/*"]', '"services/*", "gone"]', "needs `rust/gone/Cargo.toml`"),
        (ROOT, '"services/*"]', '"services/*", "\\u0000"]', "does not exist"),
        (ROOT, "[workspace]", "a = " + "[" * 3000, "nested too deeply"),
        (ROOT, "[workspace]", ".".join("a" * 900) + " = 1\n[workspace]", "nested too deeply"),
        (PRICING, "[dependencies]", "[dependencies" + ".a" * 900 + "]\n", "nested too deeply"),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_with_its_line(
    path: str, old: str, new: str, message: str
) -> None:
    text = FILES[path]
    assert old in text
    with pytest.raises(ConfigError) as error:
        planned(shop({path: text.replace(old, new, 1)}))
    assert message in error.value.message


_LINES = ("", "<<<<<<< HEAD", "[[", "]", "[package]", "[[package]]", "[a.b]")
_VALUES = ("1", "true", '""', '"\\u0000"', '"../.."', "[]", "[1]", "{}", "{ a = 1 }", "1979-05-27")


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str]:
    """One of the files, damaged at random."""
    path = draw(st.sampled_from(sorted(_TEXTS)))
    lines = _TEXTS[path].splitlines()
    for _ in range(draw(st.integers(1, 3))):
        number = draw(st.integers(0, len(lines) - 1))
        key, equals, value = lines[number].partition("=")
        lines[number] = draw(
            st.one_of(
                st.sampled_from([f"{key}={each}" for each in _VALUES] if equals else [""]),
                st.sampled_from(
                    ["", "<<<<<<< HEAD", "[[", "]", "[package]", "[[package]]", "[a.b]"]
                ),
                st.sampled_from([lines[number][:end] for end in range(len(lines[number]) + 1)]),
                st.just(f"{key}={value}{value}"),
                st.text(max_size=12).map(lines[number].__add__),
            )
        )
    return path, "\n".join(lines)


@pytest.mark.slow
@given(damaged())
@settings(max_examples=400, deadline=None)
def test_damaged_files_cause_no_other_error_than_a_config_error(
    change: tuple[str, str],
) -> None:
    path, text = change
    with little_work(), suppress(ConfigError):
        planned(shop({**_TEXTS, path: text}))


def test_a_directory_with_the_name_of_a_file_is_an_error() -> None:
    sources = shop({f"{CONFIG}/x": ""})
    assert inputs_of(pricing(), shop()).files
    with pytest.raises(ConfigError, match=r"config\.toml` is not a file"):
        planned(sources)
