"""The files and facts of Rust services."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from msbuild_rust.manifest import read_manifest
from msbuild_rust.stages import stand_ins

from msbuild.model import Asset
from tests.plugins.rust.shop import FILES, LOCK, inputs_of, pricing, shop, stock

if TYPE_CHECKING:
    from msbuild.plugin.testing import TextSources

KIT = "rust/libs/kit"
PRICING = "rust/services/pricing"


def test_a_service_is_made_from_its_package_and_its_path_dependencies() -> None:
    inputs = inputs_of(pricing(), shop())
    assert inputs.files == {
        f"{KIT}/Cargo.toml": f"path dependency of {PRICING}/Cargo.toml",
        f"{KIT}/src/env.rs": f"path dependency of {PRICING}/Cargo.toml",
        f"{KIT}/src/lib.rs": f"path dependency of {PRICING}/Cargo.toml",
        f"{PRICING}/Cargo.toml": "the service's own package",
        f"{PRICING}/data/list.json": "the service's own package",
        f"{PRICING}/src/main.rs": "the service's own package",
    }
    assert inputs.widened == {}


def test_facts_are_crates_and_the_relevant_entries_of_the_root() -> None:
    assert inputs_of(pricing(), shop()).facts == {
        "crate axum": "0.8.1 aaaa",
        "crate itoa": "1.0.1 1111",
        "rust/Cargo.toml resolver": "3",
        "rust/Cargo.toml workspace.dependencies.axum": "0.8",
        "rust/Cargo.toml workspace.dependencies.kit": '{"path": "libs/kit"}',
        "rust/Cargo.toml workspace.package": '{"version": "0.1.0"}',
        "rust/Cargo.toml workspace.resolver": "3",
    }


def test_which_of_two_versions_a_crate_uses_is_a_fact() -> None:
    facts = inputs_of(stock(), shop()).facts
    assert facts["crate axum"] == "0.8.1 aaaa with itoa 1.0.1"
    assert facts["crate itoa"] == "0.4.9 0000, 1.0.1 1111"
    assert facts["crate stock"] == "with itoa 0.4.9"


def test_a_bumped_crate_changes_only_the_services_that_link_it() -> None:
    bumped = shop({"rust/Cargo.lock": LOCK.replace("0.4.9", "0.4.10").replace("0000", "2222")})
    assert inputs_of(pricing(), bumped) == inputs_of(pricing(), shop())
    assert inputs_of(stock(), bumped) != inputs_of(stock(), shop())


def test_an_entry_of_the_root_changes_only_the_services_that_inherit_it() -> None:
    root = FILES["rust/Cargo.toml"].replace('itoa = "0.4"', 'itoa = "0.4.9"')
    changed = shop({"rust/Cargo.toml": root})
    assert inputs_of(pricing(), changed) == inputs_of(pricing(), shop())
    assert inputs_of(stock(), changed) != inputs_of(stock(), shop())


def test_dev_dependencies_are_used_only_with_resolver_1() -> None:
    root = FILES["rust/Cargo.toml"].replace('resolver = "3"', "")
    facts = inputs_of(pricing(), shop({"rust/Cargo.toml": root})).facts
    assert facts["crate proptest"] == "1.6.0 pppp"
    assert facts["rust/Cargo.toml resolver"] == "1"


def test_an_asset_is_not_compiled() -> None:
    each = dataclasses.replace(pricing(), assets=(Asset(f"{PRICING}/data", "data"),))
    assert f"{PRICING}/data/list.json" not in inputs_of(each, shop()).files


def test_an_asset_that_a_source_includes_is_compiled() -> None:
    main = 'const LIST: &str = include_str!("../data/list.json");\nfn main() {}'
    each = dataclasses.replace(pricing(), assets=(Asset(f"{PRICING}/data", "data"),))
    files = inputs_of(each, shop({f"{PRICING}/src/main.rs": main})).files
    assert files[f"{PRICING}/data/list.json"] == f"included by {PRICING}/src/main.rs:1"


def test_files_named_by_a_module_outside_the_package_are_included() -> None:
    sources = shop(
        {
            f"{PRICING}/src/main.rs": '#[path = "../../../shared/money.rs"]\nmod money;',
            "rust/shared/money.rs": "mod rates;\nmod gone;",
            "rust/shared/rates.rs": 'const R: &[u8] = include_bytes!("rates.bin");',
            "rust/shared/rates.bin": "",
            "rust/shared/other.rs": "",
        }
    )
    files = inputs_of(pricing(), sources).files
    assert {path for path in files if path.startswith("rust/shared/")} == {
        "rust/shared/money.rs",
        "rust/shared/rates.bin",
        "rust/shared/rates.rs",
    }
    assert files["rust/shared/rates.rs"] == "module of rust/shared/money.rs"


def test_modules_of_a_program_outside_its_package_are_included() -> None:
    program = '[[bin]]\nname = "pricing"\npath = "../../x/x.rs"\n'
    manifest = shop({}).read(f"{PRICING}/Cargo.toml")
    sources = shop(
        {
            f"{PRICING}/Cargo.toml": f"{manifest}\n{program}",
            "rust/x/x.rs": "mod side;",
            "rust/x/side.rs": 'const R: &str = include_str!("side.txt");',
            "rust/x/side.txt": "",
            "rust/x/other.rs": "",
        }
    )
    files = inputs_of(pricing(), sources).files
    assert {path for path in files if path.startswith("rust/x/")} == {
        "rust/x/x.rs",
        "rust/x/side.rs",
        "rust/x/side.txt",
    }


@pytest.mark.parametrize(
    "named",
    [
        r'"../../../../data\u{2f}a.txt"',
        r'"../../../../dat\x61/a.txt"',
        '"../../../../\\\n        data/a.txt"',
        'concat!(env!("CARGO_MANIFEST_DIR"), "/../../..", "/data/", "a.txt")',
    ],
)
def test_escapes_in_literals_are_resolved(named: str) -> None:
    main = f"const A: &str = include_str!({named});\nfn main() {{}}"
    more = {"data/a.txt": "", "data/b.txt": "", f"{PRICING}/src/main.rs": main}
    files = inputs_of(pricing(), shop(more)).files
    assert {path for path in files if path.startswith("data/")} == {"data/a.txt"}


def test_a_build_script_may_read_its_whole_package_and_the_paths_it_names() -> None:
    sources = shop(
        {
            f"{KIT}/build.rs": 'fn main() {\n  read("../../../proto/shop.proto", "..", ".");\n}',
            "proto/shop.proto": "",
            "proto/other.proto": "",
        }
    )
    inputs = inputs_of(pricing(), sources)
    assert {f"{KIT}/README.md", f"{KIT}/tests/all.rs", "proto/shop.proto"} <= set(inputs.files)
    assert not {"rust/Cargo.toml", "rust/Cargo.lock"} & set(inputs.files)
    assert "proto/other.proto" not in inputs.files
    assert inputs.widened == {KIT: f"the build script `{KIT}/build.rs` may read any file of it"}


def kit_with(script: str) -> TextSources:
    """The shop, whose library has a build script."""
    more = dict.fromkeys(("protocols/a.proto", "protocols/deep/b.proto", "protocols/notes.md"), "")
    return shop({f"{KIT}/build.rs": script, f"{KIT}/version.txt": "", **more})


@pytest.mark.parametrize(
    "script",
    [
        'fn main() { println!("cargo:rustc-cfg=open"); }',
        '// reads nothing\nfn main() { let out = File::create(path); writeln!(out, "read"); }',
        'fn main() { if Path::new("gone.zip").exists() { println!("cargo:warning=x"); } }',
    ],
)
def test_a_build_script_that_reads_nothing_widens_nothing(script: str) -> None:
    inputs = inputs_of(pricing(), kit_with(script))
    assert f"{KIT}/build.rs" in inputs.files
    assert not {f"{KIT}/tests/all.rs", "rust/Cargo.lock"} & set(inputs.files)
    assert inputs.widened == {}


@pytest.mark.parametrize(
    "script",
    [
        'fn main() { Command::new(env!("CARGO")).arg("metadata"); }',
        'fn main() { read(up.join("Cargo.lock")); }',
        "mod helper;\nfn main() { helper::run(); }",
    ],
)
def test_a_build_script_may_read_the_manifests_of_the_workspace(script: str) -> None:
    inputs = inputs_of(pricing(), kit_with(script))
    assert {"rust/Cargo.toml", "rust/Cargo.lock"} <= set(inputs.files)


def test_a_build_script_that_reads_one_file_by_name_reads_no_other() -> None:
    script = 'fn main() {\n  let v = fs::read_to_string("tests/all.rs");\n}'
    inputs = inputs_of(pricing(), kit_with(script))
    assert inputs.files[f"{KIT}/tests/all.rs"] == f"named by {KIT}/build.rs:2"
    assert inputs.widened == {}


def test_dependencies_of_a_build_script_may_read_anything() -> None:
    sources = kit_with("fn main() { cc::build(); }")
    manifest = sources.read(f"{KIT}/Cargo.toml")
    for crate, wide in (("cfg_aliases", False), ("cc", True)):
        more = f'{manifest}\n[build-dependencies]\n{crate} = "1"\n'
        changed = shop({f"{KIT}/Cargo.toml": more, f"{KIT}/build.rs": "fn main() {}"})
        assert bool(inputs_of(pricing(), changed).widened) is wide


@pytest.mark.parametrize(
    ("named", "files"),
    [
        ('up.join("protocols")', "a.proto deep/b.proto notes.md"),
        ('up.join("protocols"); up.join(format!("{name}.proto"))', "a.proto deep/b.proto"),
        ('up.join("protocols"); up.join(format!("deep/{name}.proto"))', "deep/b.proto"),
        ('up.join(format!("protocols/{name}.proto"))', "a.proto"),
        ('up.join("protocols"); each.extension() == "md"', "notes.md"),
    ],
)
def test_a_build_script_may_read_outside_its_package(named: str, files: str) -> None:
    script = f"fn main() {{ let up = here.parent(); {named}; read_dir(up); }}"
    inputs = inputs_of(pricing(), kit_with(script))
    found = {
        path.removeprefix("protocols/") for path in inputs.files if path.startswith("protocols/")
    }
    assert found == set(files.split())
    assert "protocols" in inputs.widened


def test_files_that_do_not_match_a_computed_name_are_excluded() -> None:
    script = 'fn main() { read(format!("{}/../../../protocols/{}.proto", home, "a")) }'
    files = inputs_of(pricing(), kit_with(script)).files
    assert "protocols/a.proto" in files
    assert "protocols/notes.md" not in files


def test_files_included_by_named_files_are_included() -> None:
    script = 'fn main() { compile(&["../../../c/x.c", "../../../p/a.proto"], &["../../.."]); }'
    files = {
        "c/x.c": '#include "y.h"\n',
        "c/y.h": '#include "../d/z.h"\n',
        "d/z.h": "",
        "d/other.h": "",
        "p/a.proto": 'import "p/b.proto";\n',
        "p/b.proto": "",
        "p/other.proto": "",
    }
    manifest = shop({}).read(f"{KIT}/Cargo.toml")
    sources = shop(
        {
            **files,
            f"{KIT}/build.rs": script,
            f"{KIT}/Cargo.toml": f'{manifest}\n[build-dependencies]\ncc = "1"\n',
        }
    )
    found = set(inputs_of(pricing(), sources).files)
    assert found & set(files) == {"c/x.c", "c/y.h", "d/z.h", "p/a.proto", "p/b.proto"}


def test_a_link_to_a_directory_that_a_build_script_reads_is_followed() -> None:
    names = '"texts/{locale}.ftl", "{part}/{locale}.ftl"'
    script = f'fn main() {{ read(up.parent().join("protocols"), {names}); }}'
    more = {
        "protocols/a/texts/en.ftl": "",
        "protocols/a/src/lib.rs": "",
        # in a source tree a link is a file
        "protocols/b/texts": "../a/texts",
    }
    files = inputs_of(pricing(), shop({f"{KIT}/build.rs": script, **more})).files
    assert {"protocols/a/texts/en.ftl", "protocols/b/texts"} == {
        path for path in files if path.startswith("protocols/")
    }


def test_a_computed_include_widens_to_the_package() -> None:
    sources = shop({f"{KIT}/src/env.rs": "\nfn f() { include!(concat!(A, B)); }"})
    inputs = inputs_of(pricing(), sources)
    assert inputs.widened == {
        KIT: f"`{KIT}/src/env.rs` line 2 includes a file whose name is computed"
    }
    assert f"{KIT}/tests/all.rs" in inputs.files


def test_generated_code_widens_nothing() -> None:
    generated = 'include!(concat!(env!("OUT_DIR"), "/x.rs"));'
    assert inputs_of(pricing(), shop({f"{KIT}/src/env.rs": generated})).widened == {}


def test_cargo_config_and_listed_inputs_are_included() -> None:
    sources = shop({"rust/.cargo/config.toml": "", "rust-toolchain.toml": "", "sql/a.sql": ""})
    files = inputs_of(pricing(inputs=["sql"]), sources).files
    assert files["rust/.cargo/config.toml"] == "cargo's settings"
    assert files["rust-toolchain.toml"] == "cargo's settings"
    assert files["sql/a.sql"] == "listed in `inputs`"


def test_a_patched_crate_in_the_tree_is_included() -> None:
    source = '"registry+https://github.com/rust-lang/crates.io-index"'
    lock = LOCK.replace(f'source = {source}\nchecksum = "aaaa"\n', "")
    sources = shop(
        {
            "rust/Cargo.toml": FILES["rust/Cargo.toml"]
            + '[patch.crates-io]\naxum = { path = "../vendor/axum" }\n',
            "rust/Cargo.lock": lock,
            "vendor/axum/Cargo.toml": '[package]\nname = "axum"\nversion = "0.8.1"',
            "vendor/axum/src/lib.rs": "",
        }
    )
    inputs = inputs_of(pricing(), sources)
    assert inputs.files["vendor/axum/src/lib.rs"] == f"path dependency of {KIT}/Cargo.toml"
    assert "crate axum" not in inputs.facts


def test_only_inherited_entries_of_another_workspace_are_facts() -> None:
    sources = shop(
        {
            "fuzz/Cargo.toml": '[package]\nname = "fuzz"\nversion = "1.0.0"\n[workspace]\n'
            '[dependencies]\nkit = { path = "../rust/libs/kit" }\n',
            "fuzz/Cargo.lock": LOCK + '[[package]]\nname = "fuzz"\nversion = "1.0.0"\n'
            'dependencies = ["kit"]\n',
            "fuzz/src/main.rs": "",
        }
    )
    inputs = inputs_of(dataclasses.replace(pricing(), path="fuzz"), sources)
    assert "rust/Cargo.toml" not in inputs.files
    assert {name for name in inputs.facts if name.startswith("rust/Cargo.toml ")} == {
        "rust/Cargo.toml workspace.dependencies.axum",
        "rust/Cargo.toml workspace.package",
        "rust/Cargo.toml workspace.resolver",
    }


def test_a_package_at_the_source_root_does_not_include_the_whole_tree() -> None:
    sources = shop(
        {
            "Cargo.toml": '[package]\nname = "tool"\nversion = "1.0.0"',
            "Cargo.lock": '[[package]]\nname = "tool"\nversion = "1.0.0"',
            "src/main.rs": "",
            "docs/guide.md": "",
        }
    )
    each = dataclasses.replace(pricing(), path=".")
    assert set(inputs_of(each, sources).files) == {"Cargo.toml", "src/main.rs"}


@pytest.mark.parametrize("each", [pricing(), stock()])
def test_stand_ins_cannot_be_mistaken_for_sources(each: object) -> None:
    sources = shop({f"{KIT}/src/bin/tool/main.rs": "", f"{KIT}/build.rs": ""})
    files = set(inputs_of(each, sources).files)  # type: ignore[arg-type]
    packages = [read_manifest(path, sources) for path in files if path.endswith("Cargo.toml")]
    members = [package for package in packages if package.package is not None]
    assert {part.path for part in stand_ins(members, sources) if part.always} <= files
