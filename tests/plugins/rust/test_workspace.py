"""Finding workspaces, packages and programs, and errors for missing ones."""

from __future__ import annotations

import dataclasses

import pytest
from msbuild_rust.manifest import read_manifest, targets
from msbuild_rust.settings import program_of
from msbuild_rust.toml_files import LOCK_FILE, read_toml
from msbuild_rust.workspace import Lock, find_root, load_workspace, workspace_of

from msbuild.errors import ConfigError
from msbuild.plugin.testing import TextSources
from tests.plugins.rust.shop import FILES, inputs_of, pricing, rust, shop

PRICING = "rust/services/pricing"


def package(name: str, more: str = "") -> str:
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\n{more}'


def test_members_are_found_by_pattern_path_and_dependency() -> None:
    sources = TextSources(
        {
            "Cargo.toml": '[workspace]\nmembers = ["a/*", "b"]\nexclude = ["a/out"]',
            "a/one/Cargo.toml": package("one", '[dependencies]\nfar = { path = "../../far" }'),
            "a/one/deep/Cargo.toml": package("deep"),
            "a/out/Cargo.toml": package("out"),
            "b/Cargo.toml": package("b", "[target.'cfg(unix)'.dev-dependencies]\nc.path = '../c'"),
            "c/Cargo.toml": package("c"),
            "far/Cargo.toml": package("far"),
        }
    )
    assert set(load_workspace("Cargo.toml", sources).packages) == {"a/one", "b", "c", "far"}


def test_the_root_is_the_nearest_workspace_that_does_not_exclude_the_package() -> None:
    sources = TextSources(
        {
            "Cargo.toml": '[workspace]\nexclude = ["tools"]',
            "a/Cargo.toml": package("a"),
            "tools/x/Cargo.toml": package("x"),
            "far/Cargo.toml": package("far", 'workspace = "../other"'),
            "other/Cargo.toml": "[workspace]",
        }
    )
    roots = {
        path: find_root(read_manifest(f"{path}/Cargo.toml", sources), sources).path
        for path in ("a", "tools/x", "far")
    }
    assert roots == {"a": "Cargo.toml", "tools/x": "tools/x/Cargo.toml", "far": "other/Cargo.toml"}


def test_targets_are_declared_or_discovered() -> None:
    declared = """
[lib]
path = "lib/all.rs"
[[bin]]
name = "two"
[[bin]]
name = "three"
path = "three.rs"
[[test]]
name = "slow"
[[example]]
name = "gone"
"""
    sources = TextSources(
        {
            "p/Cargo.toml": package("p", declared),
            "p/build.rs": "",
            "p/lib/all.rs": "",
            "p/src/main.rs": "",
            "p/src/bin/one.rs": "",
            "p/src/bin/two/main.rs": "",
            "p/src/bin/two/part.rs": "",
            "p/three.rs": "",
            "p/tests/slow/main.rs": "",
            "p/tests/other.rs": "",
        }
    )
    found = targets(read_manifest("p/Cargo.toml", sources), sources)
    assert [(part.kind, part.name, part.path) for part in found] == [
        ("build", "build", "p/build.rs"),
        ("lib", "p", "p/lib/all.rs"),
        ("bin", "one", "p/src/bin/one.rs"),
        ("bin", "two", "p/src/bin/two/main.rs"),
        ("bin", "p", "p/src/main.rs"),
        ("test", "slow", "p/tests/slow/main.rs"),
        ("bin", "three", "p/three.rs"),
    ]


def test_a_missing_lock_file_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"`rust/Cargo\.lock` does not exist") as caught:
        inputs_of(pricing(), shop(without=("rust/Cargo.lock",)))
    assert caught.value.at == pricing().at
    assert caught.value.hint == "run `cargo generate-lockfile` in `rust` and commit the file"


def test_a_missing_manifest_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"service `go` has no `Cargo\.toml` in `go` or above"):
        inputs_of(dataclasses.replace(pricing(), path="go", name="go"), shop())


def test_a_manifest_that_is_not_valid_toml_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"`rust/libs/kit/Cargo\.toml` is not valid TOML"):
        inputs_of(pricing(), shop({"rust/libs/kit/Cargo.toml": "[package"}))


def test_a_missing_path_dependency_is_an_error() -> None:
    manifest = package("pricing", '[dependencies]\nx.path = "../../../../x"')
    with pytest.raises(ConfigError, match=r"needs `\.\./x/Cargo\.toml`, which does not exist"):
        inputs_of(pricing(), shop({f"{PRICING}/Cargo.toml": manifest}))


def test_a_lock_file_without_a_package_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"`rust/Cargo\.lock` has no packages `pricing 0\.1\.0`"):
        inputs_of(pricing(), shop({"rust/Cargo.lock": "version = 4"}))


def test_a_package_without_a_program_is_an_error() -> None:
    with pytest.raises(ConfigError, match="package `kit` has no program"):
        inputs_of(pricing(package="kit"), shop())


def test_a_missing_package_is_an_error() -> None:
    with pytest.raises(ConfigError, match="has no package `prcing`") as caught:
        inputs_of(pricing(package="prcing"), shop())
    assert "kit, pricing, stock" in str(caught.value.hint)


def test_an_ambiguous_program_is_an_error() -> None:
    sources = shop({f"{PRICING}/src/bin/admin.rs": ""})
    with pytest.raises(ConfigError, match="more than one program") as caught:
        inputs_of(pricing(), sources)
    assert caught.value.hint == "set the option `binary` to one of: admin, pricing"
    builder = rust(workspace="rust")
    workspace = workspace_of(pricing(), builder, sources)
    chosen = program_of(pricing(binary="admin"), builder, workspace, sources)
    assert chosen.binary == "admin"


def test_a_service_that_is_not_a_workspace_member_is_an_error() -> None:
    root = FILES["rust/Cargo.toml"].replace(', "services/*"', "")
    with pytest.raises(ConfigError, match=r"pricing/Cargo\.toml` is not a member"):
        inputs_of(pricing(), shop({"rust/Cargo.toml": root}))


def test_lock_files_of_version_1_have_a_table_of_checksums() -> None:
    text = """
[[package]]
name = "log"
version = "0.4.0"
source = "registry+x"
[[package]]
name = "log"
version = "0.4.0"
dependencies = ["log 0.4.0 (registry+x)"]
[metadata]
"checksum log 0.4.0 (registry+x)" = "cccc"
"""
    lock = Lock("Cargo.lock", read_toml("Cargo.lock", TextSources({"Cargo.lock": text}), LOCK_FILE))
    own = lock.find("log 0.4.0")
    assert own.is_local
    assert lock.find(own.dependencies[0]).content == "cccc"
