"""The texts that the files of a cargo workspace may have, first the one at the beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = """\
[workspace]
members = ["libs/*", "services/*"]
resolver = "2"
[workspace.package]
version = "0.1.0"
[workspace.dependencies]
kit = { path = "libs/kit" }
"""
_LOCKED = """\
version = 4

[[package]]
name = "axum"
version = "0.8.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "aaaa"

[[package]]
name = "kit"
version = "0.1.0"
dependencies = ["axum"]

[[package]]
name = "macros"
version = "0.1.0"

[[package]]
name = "extra"
version = "0.1.0"

[[package]]
name = "shop"
version = "0.1.0"
dependencies = ["kit", "macros"]

[[package]]
name = "tool"
version = "0.1.0"
dependencies = ["kit"]
"""


def _package(name: str, rest: str = "") -> str:
    return f'[package]\nname = "{name}"\nversion.workspace = true\nedition = "2021"\n{rest}'


RUST: Mapping[str, tuple[str, ...]] = {
    "rust/Cargo.toml": (
        _ROOT,
        f'{_ROOT}[profile.release]\nlto = "thin"\n',
        _ROOT.replace('"0.1.0"', '"0.2.0"'),
        f'{_ROOT}extra = {{ path = "libs/extra" }}\n',
        f'{_ROOT}[patch.crates-io]\naxum = {{ path = "libs/extra" }}\n',
        _ROOT.replace('resolver = "2"', 'resolver = "2"\nexclude = ["libs/extra"]'),
    ),
    "rust/Cargo.lock": (_LOCKED, _LOCKED.replace("0.8.1", "0.8.2"), _LOCKED.replace("aaaa", "bb")),
    "rust/.cargo/config.toml": (
        "",
        '[build]\nrustflags = ["-Cdebuginfo=1"]\n',
        '[env]\nPLACE = "x"\n',
        "[term]\n",
    ),
    "rust/rust-toolchain.toml": ("", '[toolchain]\nchannel = "1.85"\n'),
    "rust/libs/kit/Cargo.toml": (
        _package("kit", '[dependencies]\naxum = "0.8"\n[features]\nextra = []\n'),
        _package("kit", '[dependencies]\naxum = "0.8"\nextra = { path = "../extra" }\n'),
        _package("kit", 'build = "make.rs"\n'),
    ),
    "rust/libs/kit/src/lib.rs": (
        "mod one;\npub fn kit() {}\n",
        'mod one;\nmod two;\nconst X: &str = include_str!("text.txt");\n',
        '#[path = "odd.rs"]\nmod one;\n',
        '#[cfg(feature = "extra")]\nmod two;\n',
        'const X: &str = include_str!("../../../data/far.txt");\n',
    ),
    "rust/libs/kit/src/one.rs": ("pub fn one() {}\n", "mod inner;\n", "pub fn uno() {}\n"),
    "rust/libs/kit/src/one/mod.rs": ("", "pub fn one() {}\n"),
    "rust/libs/kit/src/one/inner.rs": ("", "pub fn inner() {}\n"),
    "rust/libs/kit/src/two.rs": ("pub fn two() {}\n", "pub fn due() {}\n"),
    "rust/libs/kit/src/two/mod.rs": ("", "\n"),
    "rust/libs/kit/src/odd.rs": ("pub fn odd() {}\n", ""),
    "rust/libs/kit/src/text.txt": ("text\n", "other\n"),
    "rust/data/far.txt": ("far\n", "away\n"),
    "rust/data/near.txt": ("", "near\n"),
    "rust/libs/kit/build.rs": (
        "",
        'fn main() { std::fs::read_to_string("table.csv"); }\n',
        'fn main() { for x in std::fs::read_dir("tables") {} }\n',
    ),
    "rust/libs/kit/make.rs": ('fn main() { std::fs::read("../../data/far.txt"); }\n', ""),
    "rust/libs/kit/table.csv": ("1\n", "2\n"),
    "rust/libs/kit/tables/one": ("1\n", "2\n"),
    "rust/libs/kit/tables/two": ("", "2\n"),
    "rust/libs/macros/Cargo.toml": (
        _package("macros", "[lib]\nproc-macro = true\n"),
        _package("macros"),
    ),
    "rust/libs/macros/src/lib.rs": (
        'pub fn all(x: TokenStream) -> TokenStream { std::fs::read_dir("pages"); x }\n',
        "pub fn all(x: TokenStream) -> TokenStream { x }\n",
        'pub fn all(x: TokenStream) -> TokenStream { std::env::var("CARGO_MANIFEST_DIR"); x }\n',
    ),
    "rust/libs/extra/Cargo.toml": (_package("extra"), _package("extra", "# more\n")),
    "rust/libs/extra/src/lib.rs": ("pub fn extra() {}\n", "pub fn more() {}\n"),
    "rust/libs/new/Cargo.toml": ("", _package("new")),
    "rust/libs/new/src/lib.rs": ("", "\n"),
    "rust/services/shop/Cargo.toml": (
        _package(
            "shop",
            '[dependencies]\nkit.workspace = true\nmacros = { path = "../../libs/macros" }\n',
        ),
        _package("shop", '[dependencies]\nkit = { workspace = true, features = ["extra"] }\n'),
        _package(
            "shop",
            "[dependencies]\nkit.workspace = true\n[[bin]]\nname = 'shop'\npath = 'src/odd.rs'\n",
        ),
    ),
    "rust/services/shop/src/main.rs": (
        'use kit::kit;\nfn main() { macros::all!("pages"); }\n',
        "mod part;\nuse extra::extra;\nfn main() {}\n",
        'fn main() { include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/pages/one")); }\n',
        "mod r#gen;\nfn main() {}\n",
    ),
    "rust/services/shop/src/odd.rs": ("", "fn main() {}\n"),
    "rust/services/shop/src/part.rs": ("pub fn part() {}\n", "pub fn parte() {}\n"),
    "rust/services/shop/src/gen.rs": ("", "\n"),
    "rust/services/shop/src/bin/shop.rs": ("", "fn main() {}\n"),
    "rust/services/shop/pages/one": ("one\n", "two\n"),
    "rust/services/shop/pages/two": ("", "two\n"),
    "rust/services/shop/build.rs": (
        "",
        'fn main() { println!("cargo:rerun-if-changed=pages"); }\n',
    ),
    "rust/services/tool/Cargo.toml": (
        _package("tool", "[dependencies]\nkit.workspace = true\n"),
        _package(
            "tool", '[dependencies]\nkit.workspace = true\nextra = { path = "../../libs/extra" }\n'
        ),
        _package("tool"),
    ),
    "rust/services/tool/src/main.rs": (
        "use kit::kit;\nfn main() {}\n",
        'mod part;\nfn main() { include_bytes!("data.bin"); }\n',
        "fn main() {}\n",
    ),
    "rust/services/tool/src/part/mod.rs": ("pub fn part() {}\n", ""),
    "rust/services/tool/src/part.rs": ("", "pub fn part() {}\n"),
    "rust/services/tool/src/data.bin": ("data\n", "other\n"),
    "rust/services/tool/src/bin/tool.rs": ("", "fn main() {}\n"),
    "rust/services/tool/src/bin/other.rs": ("", "fn main() {}\n"),
    "rust/services/tool/tests/all.rs": ("", "fn main() {}\n"),
}
