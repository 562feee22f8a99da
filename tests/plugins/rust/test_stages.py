"""The stages of a Rust builder and its services."""

from __future__ import annotations

import dataclasses
import shlex

from msbuild.model import CacheMount, Copy, Packages, Run, StageKind, StageRef
from msbuild.plugin.testing import build, service
from tests.plugins.rust.shop import FILES, LANGUAGE, inputs_of, pricing, rust, shop, stock

FETCH = """\
set -eu
for file in rust/libs/kit/src/lib.rs; do
  mkdir -p -- "$(dirname -- "$file")" && printf '//! Stands in for the source.\\n' > "$file"
done
for file in rust/services/pricing/benches/speed.rs rust/services/pricing/src/main.rs \
rust/services/stock/src/main.rs; do
  mkdir -p -- "$(dirname -- "$file")" && \
printf '//! Stands in for the source.\\nfn main() {}\\n' > "$file"
done
cd rust
target=$(rustc -vV | sed -n 's/^host: //p')
registry="$CARGO_HOME/registry"
mkdir -p "$registry"
cp -R "$CACHE/crates/." "$registry/"
cargo fetch --locked --target "$target"
# the cache mount keeps what this lock file needs, and no more
for crate in "$registry"/cache/*/*.crate; do
  source="$registry/src/${crate#"$registry/cache/"}"
  [ -d "${source%.crate}" ] || rm -f "$crate"
done
rm -rf "$CACHE/crates/index" "$CACHE/crates/cache"
for part in "$registry/index" "$registry/cache"; do
  [ ! -d "$part" ] || cp -R "$part" "$CACHE/crates/"
done"""

CARGO = (
    'cargo build --locked --offline --target "$target" --profile=release '
    "--manifest-path=services/{0}/Cargo.toml --bin={0}"
)

BUILD = f"""\
set -eu
cd rust
target=$(rustc -vV | sed -n 's/^host: //p')
{CARGO.format("pricing")}
mkdir -p "$OUT"
cp "$CARGO_TARGET_DIR/$target"/release/pricing "$OUT"/pricing"""


def script_of(step: object) -> str:
    assert isinstance(step, Run)
    return step.script


def test_programs_are_static_by_default() -> None:
    builder = dataclasses.replace(rust(), packages=("cargo",), env={"CC": "cc"})
    toolchain = LANGUAGE.shared_stages(builder, [], shop())[0]
    assert toolchain.name == "rust-toolchain"
    assert toolchain.steps == (Packages(("cargo",)),)
    assert dict(toolchain.env) == {
        "CARGO_BUILD_BUILD_DIR": "$CACHE/target",
        "CARGO_HOME": "$CACHE/cargo",
        "CARGO_INCREMENTAL": "0",
        "CARGO_TARGET_DIR": "$CACHE/target",
        "CC": "cc",
        "RUSTFLAGS": "-C target-feature=+crt-static",
    }
    dynamic = LANGUAGE.shared_stages(rust(static=False), [], shop())[0]
    assert "RUSTFLAGS" not in dict(dynamic.env)


def test_crates_are_compiled_from_manifests_alone() -> None:
    deps = LANGUAGE.shared_stages(rust(), [stock(), pricing()], shop())[1]
    copy, fetch, compiled = deps.steps
    assert (deps.name, deps.kind) == ("rust-deps", StageKind.DEPENDENCIES)
    assert deps.base == StageRef("rust-toolchain")
    assert copy == Copy(
        (
            "rust/Cargo.lock",
            "rust/Cargo.toml",
            "rust/libs/kit/Cargo.toml",
            "rust/services/pricing/Cargo.toml",
            "rust/services/stock/Cargo.toml",
        )
    )
    mount = CacheMount("rust-deps-crates", "crates", "content", sharing="locked")
    assert isinstance(fetch, Run)
    assert fetch == Run(FETCH, caches=(mount,), network=True, plain=fetch.plain)
    assert "$CACHE/crates" not in fetch.plain
    assert 'cargo fetch --locked --target "$target"' in fetch.plain
    assert isinstance(compiled, Run)
    assert "$CACHE/warm" not in compiled.plain
    assert not compiled.network
    assert compiled.caches == (CacheMount("rust-deps-warm", "warm", "content", sharing="locked"),)


def test_crates_are_compiled_with_the_flags_of_each_service() -> None:
    services = [stock(features=["b", "a"], default_features=False), pricing()]
    deps = LANGUAGE.shared_stages(rust(flags=["-v"]), services, shop())[1]
    calls = [line for line in script_of(deps.steps[2]).splitlines() if "cargo build" in line]
    report = "--message-format=json-render-diagnostics"
    assert calls == [
        f"  {CARGO.format('pricing')} -v {report}",
        f"  {CARGO.format('stock')} --no-default-features --features=b,a -v {report}",
    ]


def test_a_service_is_compiled_on_top_of_the_crates() -> None:
    inputs = inputs_of(pricing(), shop())
    built = build(LANGUAGE, pricing(), rust(), shop())
    (stage,) = built.stages
    assert (stage.name, stage.kind) == ("pricing-build", StageKind.BUILD)
    assert stage.base == StageRef("rust-deps", speed_only=True)
    assert stage.steps == (Copy(tuple(inputs.files)), Run(BUILD))
    assert [(each.source, each.name) for each in built.artifacts] == [("pricing", "pricing")]


def test_the_path_of_the_program_depends_on_profile_and_target() -> None:
    builder = rust(profile="dev", target="aarch64-unknown-linux-musl")
    script = script_of(build(LANGUAGE, pricing(), builder, shop()).stages[0].steps[1])
    assert "target=aarch64-unknown-linux-musl\n" in script
    assert 'cp "$CARGO_TARGET_DIR/$target"/debug/pricing "$OUT"/pricing' in script


def test_each_workspace_has_its_own_crates() -> None:
    sources = shop(
        {
            "tools/Sync It/Cargo.toml": '[package]\nname = "sync"\nversion = "1.0.0"',
            "tools/Sync It/Cargo.lock": '[[package]]\nname = "sync"\nversion = "1.0.0"',
            "tools/Sync It/src/main.rs": "",
        }
    )
    services = [pricing(), service(LANGUAGE, "tools/Sync It")]
    names = [stage.name for stage in LANGUAGE.shared_stages(rust(), services, sources)]
    assert names[:2] == ["rust-toolchain", "rust-deps"]
    assert names[2].startswith("rust-deps-tools.sync.it-")


def test_names_from_the_tree_are_quoted() -> None:
    nasty = "it's $HOME; `x`"
    path = f"rust/services/{nasty}"
    sources = shop(
        {
            f"{path}/Cargo.toml": '[package]\nname = "odd"\nversion = "0.1.0"',
            f"{path}/src/main.rs": "",
            "rust/Cargo.lock": FILES["rust/Cargo.lock"]
            + '[[package]]\nname = "odd"\nversion = "0.1.0"',
        }
    )
    each = service(LANGUAGE, path, features=["$(id)"])
    script = script_of(build(LANGUAGE, each, rust(flags=["a b"]), sources).stages[0].steps[1])
    call = next(line for line in script.splitlines() if line.startswith("cargo"))
    assert shlex.split(call)[7:] == [
        f"--manifest-path=services/{nasty}/Cargo.toml",
        "--bin=odd",
        "--features=$(id)",
        "a b",
    ]


def test_vendored_crates_are_copied_with_the_manifests() -> None:
    settings = '[source.vendored]\ndirectory = "vendor"'
    sources = shop({"rust/.cargo/config.toml": settings, "rust/vendor/itoa/src/lib.rs": ""})
    deps = LANGUAGE.shared_stages(rust(), [pricing()], sources)[1]
    assert {"rust/.cargo/config.toml", "rust/vendor/itoa/src/lib.rs"} <= set(deps.files)
    assert "find .cargo/config.toml vendor -type f -exec sha256sum" in script_of(deps.steps[2])
