"""Small cargo workspaces whose programs depend on more than their packages' own files."""

from __future__ import annotations

from dataclasses import dataclass

_LIST = """
fn list(dir: impl AsRef<std::path::Path>) -> String {
    let found = std::fs::read_dir(dir).into_iter().flatten();
    let mut names: Vec<_> = found.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.join(",")
}
"""
_HOME = 'std::path::PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap())'
_SHOW = 'fn main() { println!("{}", env!("SHOWN")); }'
_WORKSPACE = '[workspace]\nmembers = ["app", "libs/*"]\nresolver = "2"\n'
_USES_MACROS = '[dependencies]\nmacros = { path = "../libs/macros" }\n'


def package(name: str, more: str = "") -> str:
    """A manifest."""
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n{more}'


@dataclass(frozen=True)
class Tree:
    """A workspace.

    Attributes:
        files: the texts by path.
        edit: the texts that are added or changed by an edit.
        services: the directories of its programs, where cargo is run.
    """

    files: dict[str, str]
    edit: dict[str, str]
    services: tuple[str, ...] = ("app",)


def _app(main: str, **more: str) -> dict[str, str]:
    files = {path.replace("__", "/").replace("_rs", ".rs"): text for path, text in more.items()}
    return {
        "Cargo.toml": '[workspace]\nmembers = ["app"]\nresolver = "2"\n',
        "app/Cargo.toml": package("app"),
        "app/src/main.rs": main,
        **files,
    }


def _script(body: str, **more: str) -> dict[str, str]:
    show = f'println!("cargo:rustc-env=SHOWN={{}}", {body});'
    return _app(_SHOW, app__build_rs=f"{_LIST}\nfn main() {{ {show} }}", **more)


def _macro(body: str, main: str = "macros::show!()") -> dict[str, str]:
    """A program that uses a procedural macro whose body is an expression for a string."""
    source = (
        "use proc_macro::TokenStream;\n#[proc_macro]\npub fn show(given: TokenStream) -> "
        f'TokenStream {{ let _given = given.to_string().replace(\'"\', ""); '
        f'format!("{{:?}}", {body}).parse().unwrap() }}\n{_LIST}'
    )
    return {
        "Cargo.toml": _WORKSPACE,
        "app/Cargo.toml": package("app", _USES_MACROS),
        "app/src/main.rs": f'fn main() {{ println!("{{}}", {main}); }}',
        "libs/macros/Cargo.toml": package("macros", "[lib]\nproc-macro = true\n"),
        "libs/macros/src/lib.rs": source,
    }


def _shared(body: str) -> dict[str, str]:
    """A library that uses such a macro and is shared by two programs."""
    files = _macro(body)
    uses = '[dependencies]\nkit = { path = "../libs/kit" }\n'
    return {
        **files,
        "Cargo.toml": '[workspace]\nmembers = ["app", "other", "libs/*"]\nresolver = "2"\n',
        "libs/kit/Cargo.toml": package("kit", '[dependencies]\nmacros = { path = "../macros" }\n'),
        "libs/kit/src/lib.rs": "pub fn shown() -> &'static str { macros::show!() }",
        **{f"{name}/Cargo.toml": package(name, uses) for name in ("app", "other")},
        **{
            f"{name}/src/main.rs": 'fn main() { println!("{}", kit::shown()); }'
            for name in ("app", "other")
        },
    }


_CFG = 'println!("{} {}", cfg!(one), cfg!(two))'
_CONFIG = ".cargo/config.toml"
_ON_WINDOWS = "[target.'cfg(windows)']\nrustflags = [\"-x\"]\n"
_HOST_CFG = 'format!("{} {}", cfg!(one), cfg!(two))'

TREES = {
    "flags-of-builds": Tree(
        {**_app(f"fn main() {{ {_CFG} }}"), _CONFIG: '[build]\nrustflags = ["--cfg", "one"]'},
        {_CONFIG: '[build]\nrustflags = "--cfg two"'},
    ),
    "flags-of-a-target": Tree(
        {
            **_app(f"fn main() {{ {_CFG} }}"),
            _CONFIG: '[target.\'cfg(all(unix, not(windows)))\']\nrustflags = ["--cfg", "one"]\n'
            '[build]\nrustflags = ["--cfg", "two"]',
        },
        {_CONFIG: f'{_ON_WINDOWS}[build]\nrustflags = "--cfg two"'},
    ),
    "flags-near-the-package": Tree(
        {
            **_app(f"fn main() {{ {_CFG} }}"),
            _CONFIG: '[build]\nrustflags = ["--cfg", "one"]',
            f"app/{_CONFIG}": '[build]\nrustflags = ["--cfg", "two"]',
        },
        {_CONFIG: ""},
    ),
    "flags-of-a-build-script": Tree(
        {**_script(_HOST_CFG), _CONFIG: '[build]\nrustflags = ["--cfg", "one"]'},
        {_CONFIG: '[build]\nrustflags = ["--cfg", "two"]'},
    ),
    "flags-of-a-macro": Tree(
        {**_macro(_HOST_CFG), _CONFIG: '[build]\nrustflags = ["--cfg", "one"]'},
        {_CONFIG: '[build]\nrustflags = ["--cfg", "one", "--cfg", "two"]'},
    ),
    "profile-in-settings": Tree(
        {
            **_app('fn main() { println!("{}", cfg!(debug_assertions)); }'),
            _CONFIG: '[build]\nbuild-dir = "elsewhere"',
        },
        {_CONFIG: '[build]\nbuild-dir = "elsewhere"\n[profile.release]\ndebug-assertions = true'},
    ),
    "variable-in-settings": Tree(
        {
            **_app('fn main() { print!("{}", include_str!(env!("TEXT"))); }'),
            _CONFIG: '[env]\nTEXT = { value = "texts/a.txt", relative = true }',
            "texts/a.txt": "one",
        },
        {"texts/a.txt": "two"},
    ),
    "patch-in-settings": Tree(
        {
            **_app("fn main() { kit::show(); }"),
            "app/Cargo.toml": package("app", '[dependencies]\nkit = "0.1"\n'),
            _CONFIG: '[patch.crates-io]\nkit = { path = "mine/kit" }',
            "mine/kit/Cargo.toml": package("kit"),
            "mine/kit/src/lib.rs": 'pub fn show() { println!("one"); }',
        },
        {"mine/kit/src/lib.rs": 'pub fn show() { println!("two"); }'},
    ),
    "vendored": Tree(
        {
            **_app("fn main() { kit::show(); }"),
            "app/Cargo.toml": package("app", '[dependencies]\nkit = "0.1"\n'),
            _CONFIG: '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "vendor"',
            "vendor/kit/Cargo.toml": package("kit"),
            "vendor/kit/.cargo-checksum.json": '{"files": {}, "package": null}',
            "vendor/kit/src/lib.rs": 'pub fn show() { println!("one"); }',
        },
        {"vendor/kit/src/lib.rs": 'pub fn show() { println!("two"); }'},
    ),
    "script-lists-elsewhere": Tree(
        {**_script(f'list(format!("{{}}/../lists/a", {_HOME}.display()))'), "lists/a/x": ""},
        {"lists/a/y": ""},
    ),
    "script-goes-up": Tree(
        {**_script(f'list({_HOME}.parent().unwrap().join("lists").join("a"))'), "lists/a/x": ""},
        {"lists/a/y": ""},
    ),
    "script-lists-its-package": Tree(
        {**_script('list("data")'), "app/data/x": ""}, {"app/data/y": ""}
    ),
    "script-with-a-module": Tree(
        {
            **_script("look::names()"),
            "app/build.rs": "mod look;\nfn main() { look::main() }",
            "app/look.rs": f'{_LIST}\npub fn main() {{ println!("cargo:rustc-env=SHOWN={{}}", '
            'list("../lists")); println!("cargo:rerun-if-changed=../lists"); }',
            "lists/x": "",
        },
        {"lists/y": ""},
    ),
    "script-with-a-helper": Tree(
        {
            **_app(_SHOW),
            "Cargo.toml": _WORKSPACE,
            "app/Cargo.toml": package(
                "app", '[build-dependencies]\nlook = { path = "../libs/look" }\n'
            ),
            "app/build.rs": "fn main() { look::main() }",
            "libs/look/Cargo.toml": package("look"),
            "libs/look/src/lib.rs": f"{_LIST}\npub fn main() {{ let mut dir = {_HOME};\n"
            'while !dir.join("lists").exists() { dir.pop(); }\n'
            'println!("cargo:rustc-env=SHOWN={}", list(dir.join("lists"))); }',
            "lists/x": "",
        },
        {"lists/y": ""},
    ),
    "script-reads-the-lock-file": Tree(
        _script('std::fs::read_to_string("../Cargo.lock").unwrap().matches("name =").count()'),
        {
            "app/Cargo.toml": package("app", '[dependencies]\nkit = { path = "../libs/kit" }\n'),
            "libs/kit/Cargo.toml": package("kit"),
            "libs/kit/src/lib.rs": "",
            "Cargo.lock": 'version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\n'
            'dependencies = ["kit"]\n[[package]]\nname = "kit"\nversion = "0.1.0"\n',
        },
    ),
    "macro-lists-elsewhere": Tree(
        {**_macro(f"list({_HOME}.join(_given))", 'macros::show!("../lists/a")'), "lists/a/x": ""},
        {"lists/a/y": ""},
    ),
    "macro-goes-up": Tree(
        {
            **_macro(
                f'{{ let mut dir = {_HOME}; while !dir.join(".kept").exists() {{ dir.pop(); }}\n'
                'std::fs::read_to_string(dir.join(".kept/query-1.json")).unwrap() }'
            ),
            ".kept/query-1.json": "one",
        },
        {".kept/query-1.json": "two"},
    ),
    "macro-of-a-shared-library": Tree(
        {**_shared(f'list({_HOME}.join("../../lists"))'), "lists/x": ""},
        {"lists/y": ""},
        ("app", "other"),
    ),
    "macro-reads-metadata": Tree(
        {
            **_shared(
                f'std::fs::read_to_string({_HOME}.join("../../Cargo.toml")).unwrap()'
                '.lines().find(|l| l.starts_with("locale")).unwrap().to_owned()'
            ),
            "Cargo.toml": '[workspace]\nmembers = ["app", "other", "libs/*"]\nresolver = "2"\n'
            '[workspace.metadata.i18n]\nlocale = "en"\n',
        },
        {
            "Cargo.toml": '[workspace]\nmembers = ["app", "other", "libs/*"]\nresolver = "2"\n'
            '[workspace.metadata.i18n]\nlocale = "de"\n'
        },
        ("app", "other"),
    ),
    "macro-names-examples": Tree(
        {
            **_macro(f"list({_HOME}.join(_given))", 'macros::show!("examples/data")'),
            "app/examples/data/x": "",
        },
        {"app/examples/data/y": ""},
    ),
    "package-at-the-root": Tree(
        {
            "Cargo.toml": package("app", '[dependencies]\nmacros = { path = "macros" }\n'),
            "src/main.rs": 'fn main() { println!("{}", macros::show!("lists")); }',
            "macros/Cargo.toml": package("macros", "[lib]\nproc-macro = true\n"),
            "macros/src/lib.rs": _macro(f"list({_HOME}.join(_given))")["libs/macros/src/lib.rs"],
            "lists/x": "",
        },
        {"lists/y": ""},
        (".",),
    ),
    "rules-include": Tree(
        {
            **_app('include!("rules.rs"); fn main() { print!("{}", text!(a)); }'),
            "app/src/rules.rs": "macro_rules! text { ($n:ident) => { include_str!(concat!("
            '"../../lists/", stringify!($n), ".txt")) } }',
            "lists/a.txt": "one",
        },
        {"lists/a.txt": "two"},
    ),
    "modules-elsewhere": Tree(
        {
            **_app('#[path = "../../more/m.rs"] mod m; fn main() { m::a::b::show(); }'),
            "more/m.rs": "pub mod a { pub mod b; }",
            "more/m/a/b.rs": 'pub fn show() { println!("no"); }',
            "more/a/b.rs": 'pub fn show() { println!("one"); }',
        },
        {
            "more/a/b.rs": 'pub fn show() { println!("two"); }',
            "more/m/a/b.rs": 'pub fn show() { println!("two"); }',
        },
    ),
    "features-of-the-workspace": Tree(
        {
            **_app("fn main() { kit::show(); }"),
            "Cargo.toml": f'{_WORKSPACE}[workspace.dependencies]\nkit = {{ path = "libs/kit" }}\n',
            "app/Cargo.toml": package("app", "[dependencies]\nkit = { workspace = true }\n"),
            "libs/kit/Cargo.toml": package("kit", "[features]\nloud = []\n"),
            "libs/kit/src/lib.rs": 'pub fn show() { println!("{}", cfg!(feature = "loud")); }',
        },
        {
            "Cargo.toml": f"{_WORKSPACE}[workspace.dependencies]\n"
            'kit = { path = "libs/kit", features = ["loud"] }\n'
        },
    ),
}
