"""The optional dependencies that features enable."""

from __future__ import annotations

from typing import Any

import pytest

from msbuild.plugin.testing import TextSources, builder, service
from tests.plugins.rust.shop import LANGUAGE

CRATES = ("log", "tls", "zip")
LOCK = (
    "version = 4\n"
    + "".join(
        f'[[package]]\nname = "{name}"\nversion = "1.0.0"\n'
        f'source = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{name}"\n'
        for name in CRATES
    )
    + '[[package]]\nname = "kit"\nversion = "0.1.0"\ndependencies = ["log", "tls", "zip"]\n'
    + '[[package]]\nname = "more"\nversion = "0.1.0"\ndependencies = ["kit"]\n'
    + '[[package]]\nname = "app"\nversion = "0.1.0"\ndependencies = ["kit", "more"]\n'
)
KIT = """
[package]
name = "kit"
version = "0.1.0"
[dependencies]
log = { version = "1", optional = true }
tls = { version = "1", optional = true }
zip = { version = "1", optional = true }
[features]
default = ["log"]
secure = ["dep:tls"]
all = ["secure", "zip"]
"""
MORE = """
[package]
name = "more"
version = "0.1.0"
[dependencies]
kit = { path = "../kit", default-features = false, features = ["zip"] }
"""
APP = '[package]\nname = "app"\nversion = "0.1.0"\n'
ROOT = '[workspace]\nmembers = ["*"]\nresolver = "2"\n'


def crates(app: str, root: str = ROOT, flags: tuple[str, ...] = (), **options: Any) -> set[str]:
    files = {
        "Cargo.toml": root,
        "Cargo.lock": LOCK,
        "kit/Cargo.toml": KIT,
        "kit/src/lib.rs": "",
        "more/Cargo.toml": MORE,
        "more/src/lib.rs": "",
        "app/Cargo.toml": APP + app,
        "app/src/main.rs": "",
    }
    made = builder(LANGUAGE, flags=flags)
    inputs = LANGUAGE.inputs(service(LANGUAGE, "app", **options), made, TextSources(files))
    return {name.removeprefix("crate ") for name in inputs.facts if name.startswith("crate ")}


PLAIN = '[dependencies]\nkit = { path = "../kit" }\n'
BARE = '[dependencies]\nkit = { path = "../kit", default-features = false }\n'
OPTIONAL = '[dependencies]\nkit = { path = "../kit", optional = true, default-features = false }\n'
MAYBE_MORE = f'{BARE}more = {{ path = "../more", optional = true }}\n'
SHARED = '[workspace.dependencies]\nkit = { path = "kit", default-features = false }\n'


@pytest.mark.parametrize(
    ("app", "wanted"),
    [
        (PLAIN, "log"),
        (BARE, ""),
        ('[dependencies]\nkit = { path = "../kit", features = ["all"] }\n', "log tls zip"),
        (f'{BARE}[features]\ndefault = ["kit/secure"]\n', "tls"),
        (f'{BARE}[features]\ndefault = ["x"]\nx = ["kit?/zip"]\n', "zip"),
        (f'{BARE}[features]\nx = ["kit/secure"]\n', ""),
        (f'{BARE}more = {{ path = "../more" }}\n', "zip"),
        (MAYBE_MORE, ""),
        (f'{MAYBE_MORE}[features]\ndefault = ["more"]\n', "zip"),
        (f'{OPTIONAL}[features]\ndefault = ["kit?/zip", "a"]\na = ["dep:kit"]\n', "zip"),
        (f'{OPTIONAL}[features]\ndefault = ["kit?/zip"]\n', ""),
        (
            '[dependencies]\nother = { package = "kit", path = "../kit", features = ["secure"] }\n',
            "log tls",
        ),
        ('[target."cfg(windows)".dependencies]\nkit = { path = "../kit" }\n', "log"),
        ('[dev-dependencies]\nkit = { path = "../kit" }\n', ""),
    ],
)
def test_features_enable_optional_dependencies(app: str, wanted: str) -> None:
    assert crates(app) == set(wanted.split())


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("workspace = true", ""),
        ("workspace = true, default-features = true", "log"),
        ('workspace = true, features = ["zip"]', "zip"),
    ],
)
def test_features_add_to_inherited_ones(said: str, wanted: str) -> None:
    app = f"[dependencies]\nkit = {{ {said} }}\n"
    assert crates(app, ROOT + SHARED) == set(wanted.split())


def test_options_of_a_service_enable_features() -> None:
    app = f'{BARE}[features]\ndefault = ["kit/zip"]\nx = ["kit/secure"]\n'
    assert crates(app, features=["x"]) == {"tls", "zip"}
    assert crates(app, features=["x"], default_features=False) == {"tls"}


@pytest.mark.parametrize("flag", ["--all-features", "-Fx", "--workspace"])
def test_flags_may_enable_any_feature(flag: str) -> None:
    assert crates(BARE, flags=(flag,)) == {"log", "tls", "zip"}


def test_third_party_crates_may_use_any_feature_of_a_patch() -> None:
    root = f'{ROOT}[patch.crates-io]\nkit = {{ path = "kit" }}\n'
    assert crates(BARE, root) == {"log", "tls", "zip"}


def test_resolver_1_unifies_features_of_dev_dependencies() -> None:
    app = f'{BARE}[dev-dependencies]\nkit = {{ path = "../kit" }}\n'
    assert crates(app) == set()
    assert crates(app, ROOT.replace('"2"', '"1"')) == {"log"}
