"""Stages of libraries that several services of a workspace share."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from msbuild.model import Asset, Copy, Dependency, Run, StageKind, StageRef
from msbuild.plugin.testing import TextSources, service
from tests.plugins.rust.shop import LANGUAGE, rust

if TYPE_CHECKING:
    from msbuild.plugin.api import Service, Stage

LIBRARIES = """\
set -eu
tree=$(pwd -P)
cd rust
target=$(rustc -vV | sed -n 's/^host: //p')
(cd "$CARGO_TARGET_DIR" && find . {entries}) > "$CARGO_TARGET_DIR/before"
{{
  {cargo} --manifest-path=services/one/Cargo.toml --bin=one {report} || true
  {cargo} --manifest-path=services/two/Cargo.toml --bin=two {report} || true
}} > "$CARGO_TARGET_DIR/messages"
cd "$CARGO_TARGET_DIR"
printf 'path+file://%s#\\n' "$tree"/rust/libs/kit "$tree"/rust/libs/sku "$tree"/rust/libs/tax \
> packages
# the hashes in the names of what was made of these packages
grep -Ff packages messages | grep -oE -e '-[0-9a-f]{{16}}' | sort -u > keep
find . {entries} | grep -vxFf before | grep -vFf keep > drop || true
tr '\\n' '\\0' < drop | xargs -0 rm -rf
rm -f before messages packages keep drop"""
ENTRIES = (
    r"\( -path './*/deps/*' -o -path './*/build/*' -o -path './*/.fingerprint/*' \)"
    r" -prune -print -o -type f -print"
)
CARGO = 'cargo build --locked --offline --target "$target" --profile=release'
REPORT = "--message-format=json-render-diagnostics"


def package(name: str, *needs: str) -> dict[str, str]:
    """The files of a library or a program."""
    home = f"rust/{'libs' if name in ('kit', 'sku', 'tax') else 'services'}/{name}"
    manifest = f'[package]\nname = "{name}"\nversion = "0.1.0"\n[dependencies]\n'
    paths = (f'{each} = {{ path = "../../libs/{each}" }}\n' for each in needs)
    source = "src/lib.rs" if "libs" in home else "src/main.rs"
    return {f"{home}/Cargo.toml": manifest + "".join(paths), f"{home}/{source}": ""}


def three() -> TextSources:
    """`one` and `two` depend on `kit`, `sku` and `tax`; `three` only on `kit`."""
    every = ("kit", "sku", "tax")
    needs = {**dict.fromkeys(every, ()), "one": every, "two": every, "three": ("kit",)}
    files = [package(name, *own) for name, own in needs.items()]
    lock = "\n".join(
        f'[[package]]\nname = "{name}"\nversion = "0.1.0"\ndependencies = {list(own)}'
        for name, own in needs.items()
    )
    root = '[workspace]\nmembers = ["libs/*", "services/*"]\nresolver = "3"\n'
    texts = {path: text for each in files for path, text in each.items()}
    lists = {"rust/Cargo.toml": root, "rust/Cargo.lock": lock.replace("'", '"')}
    return TextSources({**lists, **texts, "rust/libs/kit/words/en.txt": ""})


def services(*names: str) -> list[Service]:
    return [service(LANGUAGE, f"rust/services/{name}") for name in names]


def shared(*names: str) -> dict[str, Stage]:
    stages = LANGUAGE.shared_stages(rust(), services(*names), three())
    return {stage.name: stage for stage in stages}


def base_of(each: Service, *names: str) -> str:
    """The base stage of a service, given all services of the builder."""
    inputs = LANGUAGE.inputs(each, rust(), three())
    common = tuple(shared(*names).values())
    (stage,) = LANGUAGE.service_build(each, rust(), inputs, common, three()).stages
    assert isinstance(stage.base, StageRef)
    assert stage.base.speed_only
    return stage.base.stage


def test_libraries_of_more_services_are_the_base_of_libraries_of_fewer() -> None:
    stages = shared("one", "two", "three")
    assert list(stages) == ["rust-toolchain", "rust-deps", "rust-libs", "rust-libs2"]
    kit, both = stages["rust-libs"], stages["rust-libs2"]
    assert (kit.kind, kit.base) == (StageKind.DEPENDENCIES, StageRef("rust-deps"))
    assert both.base == StageRef("rust-libs")
    names = ("Cargo.toml", "src/lib.rs", "words/en.txt")
    assert kit.files == tuple(f"rust/libs/kit/{name}" for name in names)
    copy, run = both.steps
    new = ("sku/Cargo.toml", "sku/src/lib.rs", "tax/Cargo.toml", "tax/src/lib.rs")
    assert copy == Copy(tuple(f"rust/libs/{name}" for name in new))
    assert run == Run(LIBRARIES.format(entries=ENTRIES, cargo=CARGO, report=REPORT))


def test_a_service_is_based_on_all_libraries_that_it_shares() -> None:
    every = services("one", "two", "three")
    bases = [base_of(each, "one", "two", "three") for each in every]
    assert bases == ["rust-libs2", "rust-libs2", "rust-libs"]


def test_a_single_service_is_based_on_crates() -> None:
    assert list(shared("one")) == ["rust-toolchain", "rust-deps"]
    assert base_of(services("one")[0], "one") == "rust-deps"


def test_a_service_with_extra_files_shares_nothing() -> None:
    (one,) = services("one")
    depends = dataclasses.replace(one, depends_on=(Dependency("other", ".", "gen", one.at),))
    listed = service(LANGUAGE, "rust/services/one", inputs=["rust/services/two"])
    for each in (depends, listed):
        assert base_of(each, "one", "two", "three") == "rust-deps"
        stages = LANGUAGE.shared_stages(rust(), [each, *services("three")], three())
        assert [stage.name for stage in stages] == ["rust-toolchain", "rust-deps"]


def test_no_base_has_a_file_that_the_service_does_not_declare() -> None:
    (each,) = services("three")
    # an asset that ships with the program is not a source of it
    ships = Asset("rust/libs/kit/words", "words")
    changed = dataclasses.replace(each, assets=(ships,))
    assert base_of(changed, "one", "two", "three") == "rust-deps"
