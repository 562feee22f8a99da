"""The files that literals in sources, macros and build scripts name."""

from __future__ import annotations

import dataclasses

import pytest
from msbuild_rust.cfg import Cfg
from msbuild_rust.code import is_given_to_macro, literals_of
from msbuild_rust.modules import mentions, module_paths

from tests.plugins.rust.shop import FILES, LOCK, inputs_of, pricing, shop, stock

KIT = "rust/libs/kit"
PRICING = "rust/services/pricing"
MAIN = f"{PRICING}/src/main.rs"
# Files around the packages, most of which no literal names.
AROUND = dict.fromkeys(
    (
        "db/migrations/1.sql",
        "db/migrations/2.sql",
        "db/README.md",
        "rust/db/one.sql",
        "rust/db/two.sql",
        "rust/docs/guide.md",
        f"{PRICING}/examples/data/x.json",
        f"{PRICING}/tests/golden/y.json",
    ),
    "",
)
MIGRATIONS = {"db/migrations/1.sql", "db/migrations/2.sql"}


def around(changes: dict[str, str], **more: str) -> set[str]:
    """The files around the packages that are inputs of a service."""
    return set(inputs_of(pricing(), shop({**AROUND, **changes, **more})).files) & set(AROUND)


@pytest.mark.parametrize(
    "text",
    [
        'migrate!("../../../db/migrations");',
        'migrate! { r#"../../../db/migrations"# }',
        'embed!(b"../../../db/migrations/");',
        'include_dir!("$CARGO_MANIFEST_DIR/../../../db/migrations");',
        'migrate!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../", "db/migrations"));',
        'migrate!(concat!("../../../db", "/", "migrations"));',
        '#[derive(Embed)]\n#[folder = "../../../db/migrations"]\nstruct S;',
        '#[cfg_attr(x, doc = y("../../../db/migrations"))]\nfn f() {}',
        'const D: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../db/migrations");',
        # relative to the file
        'migrate!("../../../../db/migrations");',
        'migrate!("../../../../db/migrations/{}.sql");',
    ],
)
def test_a_literal_that_leaves_its_package_names_a_directory(text: str) -> None:
    assert around({MAIN: f"fn main() {{}}\n{text}"}) == MIGRATIONS


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ('load!("examples/data");', {f"{PRICING}/examples/data/x.json"}),
        ('load!("examples");', {f"{PRICING}/examples/data/x.json"}),
        ('#[template(path = "tests/golden/y.json")] struct T;', {f"{PRICING}/tests/golden/y.json"}),
        # the compiler runs in the directory of the workspace
        ('query_file!("db/one.sql");', {"rust/db/one.sql"}),
        ('query_file!(concat!("db/", stringify!(one), ".sql"));', {"rust/db/one.sql"}),
        ('println!("examples/data db");', set()),
        ('fn f() { open("examples/data"); }', set()),
        ('#[serde(rename = "examples")] struct T;', set()),
        ('#[get("/docs")] fn f() {}', set()),
        ('tag!("docs");', set()),
        ('// migrate!("../../../db/migrations")', set()),
        ('#[cfg(test)] mod t { migrate!("../../../db/migrations"); }', set()),
    ],
)
def test_a_literal_passed_to_a_macro_may_be_a_path(text: str, files: set[str]) -> None:
    found = around({MAIN: f"fn main() {{}}\n{text}"})
    assert files <= found
    assert bool(files) is bool(found)


def test_a_package_at_the_source_root_includes_the_files_named_by_its_macros() -> None:
    sources = shop(
        {
            "Cargo.toml": '[package]\nname = "tool"\nversion = "1.0.0"',
            "Cargo.lock": '[[package]]\nname = "tool"\nversion = "1.0.0"',
            "src/main.rs": 'migrate!("migrations"); tag!("rust");',
            "migrations/1.sql": "",
            "docs/guide.md": "",
        }
    )
    inputs = inputs_of(dataclasses.replace(pricing(), path="."), sources)
    assert set(inputs.files) == {"Cargo.toml", "src/main.rs", "migrations/1.sql"}
    assert inputs.widened == {"migrations": "named by src/main.rs:1"}


def test_macro_rules_include_relative_to_their_use() -> None:
    rules = (
        "#[macro_export]\nmacro_rules! sql {\n  ($n:ident) => { include_str!(concat!("
        '"../../../db/", stringify!($n), ".sql")) };\n}'
    )
    files = {"rust/db/one.sql", "rust/db/two.sql"}
    assert around({f"{KIT}/src/env.rs": rules}) == files
    # a computed name also widens the package
    assert around({MAIN: f"{rules}\nfn main() {{}}"}) >= files


@pytest.mark.parametrize(
    "script",
    [
        'fn main() { let d = format!("{}/../../../db/migrations", env::var("X")); read_dir(d); }',
        'fn main() { read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../db/migrations")); }',
        'fn main() { read_dir(env::var("X").unwrap() + "/../../../db/migrations"); }',
        'fn main() { read_dir(here.join("..").join("..").join("..").join("db/migrations")); }',
        'fn main() { read_dir(here.parent().unwrap().join("db").join("migrations")); }',
        'fn main() { read_dir("../../../db/migrations"); }',
        'fn main() { for d in here.ancestors() { read_dir(d.join("db/migrations")); } }',
        'fn main() { let root = run("git rev-parse --show-toplevel"); read_dir("db/migrations"); }',
    ],
)
@pytest.mark.parametrize("where", ["script", "module", "helper"])
def test_a_build_script_and_its_dependencies_may_read_other_directories(
    script: str, where: str
) -> None:
    manifest = FILES[f"{PRICING}/Cargo.toml"]
    files = {f"{PRICING}/build.rs": script}
    if where == "module":
        files = {
            f"{PRICING}/build.rs": "mod look;\nfn main() { look::main(); }",
            f"{PRICING}/look.rs": script,
        }
    if where == "helper":
        files = {
            f"{PRICING}/Cargo.toml": f'{manifest}\n[build-dependencies]\nlook = {{ path = "../../'
            'libs/look" }\n',
            f"{PRICING}/build.rs": "fn main() { look::main(); }",
            "rust/libs/look/Cargo.toml": '[package]\nname = "look"\nversion = "0.1.0"',
            "rust/libs/look/src/lib.rs": script,
            "rust/Cargo.lock": LOCK.replace(
                'dependencies = ["kit", "proptest"]', 'dependencies = ["kit", "look", "proptest"]'
            )
            + '[[package]]\nname = "look"\nversion = "0.1.0"\n',
        }
    assert around(files) >= MIGRATIONS


def with_macro(macro: str, **more: str) -> dict[str, str]:
    """A macro of the tree that the library re-exports to the service."""
    return {
        f"{KIT}/Cargo.toml": f'{FILES[f"{KIT}/Cargo.toml"]}\nmacros = {{ path = "../macros" }}\n',
        "rust/libs/macros/Cargo.toml": '[package]\nname = "macros"\nversion = "0.1.0"\n[lib]\n'
        "proc-macro = true\n",
        "rust/libs/macros/src/lib.rs": macro,
        "rust/Cargo.lock": LOCK.replace(
            '["axum"]\n\n[[package]]\nname = "pricing"',
            '["axum", "macros"]\n\n[[package]]\nname = "pricing"',
        )
        + '[[package]]\nname = "macros"\nversion = "0.1.0"\n',
        **more,
    }


def test_a_macro_may_read_above_the_packages_that_use_it() -> None:
    macro = 'fn f() { while !dir.join("db/migrations").exists() { dir.pop(); } read_dir(dir); }'
    assert around(with_macro(macro)) == MIGRATIONS
    inputs = inputs_of(pricing(), shop({**AROUND, **with_macro(macro)}))
    reason = "the macros of `rust/libs/macros/Cargo.toml` may read it"
    assert inputs.widened == {"db/migrations": reason}
    assert not set(inputs_of(stock(), shop({**AROUND, **with_macro(macro)})).files) & MIGRATIONS


def test_a_macro_that_searches_parents_finds_its_arguments_there() -> None:
    macro = "fn f(given: Path) { while !dir.join(given).exists() { dir.pop(); } }"
    files = with_macro(macro, **{MAIN: 'fn main() { macros::load!("db/README.md"); }'})
    assert around(files) == {"db/README.md"}


def test_a_macro_that_reads_nothing_widens_nothing() -> None:
    macro = 'fn f() { quote! { struct Db; } here.parent().join("db"); }'
    assert around(with_macro(macro)) == set()


@pytest.mark.parametrize(
    ("macro", "whole"),
    [
        ('fn f() { read(dir.join("../../Cargo.toml")); }', True),
        ('fn f() { Command::new("cargo").arg("metadata"); }', True),
        ('fn f() { read(dir.join("x.txt")); }', False),
    ],
)
def test_a_macro_may_read_the_manifests_of_the_workspace(macro: str, whole: bool) -> None:
    files = set(inputs_of(pricing(), shop(with_macro(macro))).files)
    assert ({"rust/Cargo.toml", "rust/Cargo.lock"} <= files) is whole


def test_workspace_metadata_is_a_fact() -> None:
    root = FILES["rust/Cargo.toml"] + '[workspace.metadata.i18n]\ndefault = "en"\n'
    facts = inputs_of(pricing(), shop({"rust/Cargo.toml": root})).facts
    assert facts["rust/Cargo.toml workspace.metadata"] == '{"i18n": {"default": "en"}}'


def test_files_read_by_convention_are_inputs_of_the_crates_users() -> None:
    lock = LOCK.replace('["kit", "proptest"]', '["kit", "proptest", "sqlx"]') + (
        '[[package]]\nname = "sqlx"\nversion = "0.8.0"\nsource = "registry+x"\nchecksum = "s"\n'
    )
    manifest = FILES[f"{PRICING}/Cargo.toml"].replace("[dependencies]", '[dependencies]\nsqlx="0"')
    sources = shop(
        {
            "rust/Cargo.lock": lock,
            f"{PRICING}/Cargo.toml": manifest,
            "rust/.sqlx/query-1.json": "",
            ".sqlx/query-2.json": "",
        }
    )
    files = inputs_of(pricing(), sources).files
    assert files["rust/.sqlx/query-1.json"] == "the crate sqlx may read it"
    assert ".sqlx/query-2.json" not in files
    assert "rust/.sqlx/query-1.json" not in inputs_of(stock(), sources).files


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("mod a { mod b; }", {"src/a/b.rs", "src/x/a/b/mod.rs"}),
        ("mod a { mod c {} pub(crate) mod b; }", {"src/a/b.rs"}),
        ("#[cfg(unix)] mod b;", {"src/b.rs", "src/x/b.rs"}),
        ("fn f() { if x { } } mod b;", {"src/b.rs"}),
        ('mod a { /* { */ const C: &str = "{"; mod b; }', {"src/a/b.rs"}),
    ],
)
def test_modules_are_found_at_their_possible_paths(source: str, paths: set[str]) -> None:
    assert paths <= set(module_paths("src/x.rs", source))


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ('#[path = "y.rs"] mod b;', "src/y.rs"),
        ('mod a { #[path = "y.rs"] mod b; }', "src/a/y.rs"),
        ('mod a { #[cfg_attr(unix, path = "../../y.rs")] mod b; }', "src/y.rs"),
        ('#[doc = include_str!("../y.md")] fn f() {}', "y.md"),
        ('fn f() { include_bytes!(r#"y.bin"#); }', "src/y.bin"),
    ],
)
def test_named_files_are_found_at_their_paths(source: str, path: str) -> None:
    assert path in {each.path for each in mentions("src/x.rs", source, "", Cfg())}


def test_concatenated_literals_are_joined() -> None:
    source = 'f("a/b"); m!(br#"c"d"#, concat!(\n env!("X"), "/e", ".", stringify!(f)));'
    found = {
        (each.text, each.line, is_given_to_macro(each, source, Cfg()))
        for each in literals_of(source, Cfg())
    }
    assert {("a/b", 1, False), ('c"d', 1, True), ("{}/e.{}", 1, True)} <= found
