"""A small cargo workspace made of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msbuild_rust import Rust

from msbuild.plugin.testing import TextSources, builder, service

if TYPE_CHECKING:
    from msbuild.plugin.api import Builder, Inputs, Service

LANGUAGE = Rust()

LOCK = """
version = 4

[[package]]
name = "axum"
version = "0.8.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "aaaa"
dependencies = ["itoa 1.0.1"]

[[package]]
name = "itoa"
version = "0.4.9"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0000"

[[package]]
name = "itoa"
version = "1.0.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "1111"

[[package]]
name = "kit"
version = "0.1.0"
dependencies = ["axum"]

[[package]]
name = "pricing"
version = "0.1.0"
dependencies = ["kit", "proptest"]

[[package]]
name = "proptest"
version = "1.6.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "pppp"

[[package]]
name = "stock"
version = "0.1.0"
dependencies = ["axum", "itoa 0.4.9"]
"""

FILES = {
    "rust/Cargo.toml": """
[workspace]
members = ["libs/*", "services/*"]
resolver = "3"

[workspace.package]
version = "0.1.0"

[workspace.dependencies]
axum = "0.8"
itoa = "0.4"
kit = { path = "libs/kit" }
""",
    "rust/Cargo.lock": LOCK,
    "rust/libs/kit/Cargo.toml": """
[package]
name = "kit"
version.workspace = true

[dependencies]
axum.workspace = true
""",
    "rust/libs/kit/README.md": "",
    "rust/libs/kit/src/lib.rs": "mod env;",
    "rust/libs/kit/src/env.rs": "",
    "rust/libs/kit/tests/all.rs": "",
    "rust/services/pricing/Cargo.toml": """
[package]
name = "pricing"
version.workspace = true

[dependencies]
kit.workspace = true

[dev-dependencies]
proptest = "1"

[[bench]]
name = "speed"
""",
    "rust/services/pricing/src/main.rs": "fn main() {}",
    "rust/services/pricing/benches/speed.rs": "",
    "rust/services/pricing/data/list.json": "",
    "rust/services/stock/Cargo.toml": """
[package]
name = "stock"
version.workspace = true

[dependencies]
axum.workspace = true
itoa.workspace = true
""",
    "rust/services/stock/src/main.rs": "fn main() {}",
    "go/go.mod": "",
}


def shop(changes: dict[str, str] | None = None, *, without: tuple[str, ...] = ()) -> TextSources:
    """The workspace, with some files added or changed and others missing."""
    files = {**FILES, **(changes or {})}
    return TextSources({path: text for path, text in files.items() if path not in without})


def rust(**options: Any) -> Builder:
    return builder(LANGUAGE, **options)


def pricing(**options: Any) -> Service:
    return service(LANGUAGE, "rust/services/pricing", **options)


def stock(**options: Any) -> Service:
    return service(LANGUAGE, "rust/services/stock", **options)


def inputs_of(each: Service, sources: TextSources) -> Inputs:
    return LANGUAGE.inputs(each, rust(), sources)
