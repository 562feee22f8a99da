"""Small monorepos whose builds read files in ways that are hard to find statically."""

from __future__ import annotations

GO = {
    "go.mod": "module example.com/shop\n\ngo 1.24\n",
    "clib/fast.h": "#define FAST 7\n",
    "cmd/fast/main.go": (
        'package main\n\n// #cgo CFLAGS: -I${SRCDIR}/../../clib\n// #include "fast.h"\n'
        'import "C"\n\nfunc main() { println(int(C.FAST)) }\n'
    ),
    "cmd/fast/main_test.go": "package main\n",
    "cmd/words/main.go": (
        'package main\n\nimport "example.com/shop/words"\n\nfunc main() { println(words.All) }\n'
    ),
    "cmd/words/notes.md": "nobody reads this\n",
    "shared/words/words.go": (
        'package words\n\nimport _ "embed"\n\n//go:embed all.txt\nvar All string\n'
    ),
    "shared/words/all.txt": "one two\n",
    "shared/words/windows.go": "//go:build windows\n\npackage words\n",
}
GO_LINKS = {"words": "shared/words"}
# the path under which go finds it; PLACES has the real path, which is reported
GO_DROPPED = {"fast": ["clib/fast.h"], "words": ["words/all.txt"]}
PLACES = {"words/all.txt": "shared/words/all.txt"}

_PACKAGE = '[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
_MACRO = """\
use proc_macro::TokenStream;

/// How many pages there are.
#[proc_macro]
pub fn pages(_: TokenStream) -> TokenStream {
    let place = format!("{}/../pages", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(place)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    format!("{:?}", names.join(" ")).parse().unwrap()
}
"""
_WALK = """\
use std::fs;

fn main() {
    let mut all = String::new();
    for entry in fs::read_dir("../../rates").unwrap() {
        all += &fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    let out = std::env::var("OUT_DIR").unwrap();
    fs::write(format!("{out}/rates.txt"), all).unwrap();
}
"""
_METADATA = """\
fn main() {
    let text = std::fs::read_to_string("../../Cargo.toml").unwrap();
    let line = text.lines().find(|line| line.starts_with("motto")).unwrap();
    println!("cargo:rustc-env=MOTTO={line}");
}
"""
_LOCK = """\
version = 4

[[package]]
name = "climbs"
version = "0.1.0"

[[package]]
name = "macros"
version = "0.1.0"

[[package]]
name = "metadata"
version = "0.1.0"

[[package]]
name = "pages"
version = "0.1.0"
dependencies = [
 "macros",
]

[[package]]
name = "walks"
version = "0.1.0"
"""


def _crate(name: str, main: str, build: str = "", more: str = "") -> dict[str, str]:
    files = {
        f"services/{name}/Cargo.toml": _PACKAGE.format(name=name) + more,
        f"services/{name}/src/main.rs": main,
    }
    return files | ({f"services/{name}/build.rs": build} if build else {})


RUST = {
    "Cargo.toml": (
        '[workspace]\nresolver = "2"\nmembers = ["services/*", "macros"]\n\n'
        '[workspace.metadata.shop]\nmotto = "open"\n'
    ),
    "Cargo.lock": _LOCK,
    "macros/Cargo.toml": f"{_PACKAGE.format(name='macros')}\n[lib]\nproc-macro = true\n",
    "macros/src/lib.rs": _MACRO,
    "pages/home.html": "home\n",
    "pages/help.html": "help\n",
    "rates/a.csv": "1\n",
    "rates/b.csv": "2\n",
    "texts/hello.txt": "hello\n",
    **_crate(
        "climbs",
        'const HELLO: &str = include_str!("../../../texts/hello.txt");\n\n'
        'fn main() {\n    println!("{HELLO}");\n}\n',
    ),
    "services/climbs/examples/shown.rs": "fn main() {}\n",
    "services/climbs/tests/all.rs": "#[test]\nfn all() {}\n",
    **_crate(
        "pages",
        'fn main() {\n    println!("{}", macros::pages!());\n}\n',
        more='\n[dependencies]\nmacros = { path = "../../macros" }\n',
    ),
    **_crate(
        "walks",
        "fn main() {\n"
        '    println!("{}", include_str!(concat!(env!("OUT_DIR"), "/rates.txt")));\n}\n',
        _WALK,
    ),
    **_crate("metadata", 'fn main() {\n    println!("{}", env!("MOTTO"));\n}\n', _METADATA),
}
RUST_DROPPED = {
    "climbs": ["texts/hello.txt"],
    "pages": ["pages/home.html", "pages/help.html"],
    "walks": ["rates/a.csv", "rates/b.csv"],
    "metadata": ["Cargo.toml"],
}

_GLOBBER = """\
import json, pathlib, sys

import naming

source, target = map(pathlib.Path, sys.argv[1:])
names = [naming.clean(path.stem) for path in sorted(source.glob("*.json"))]
target.write_text("static const int kPlans = %d; // %s\\n" % (len(names), json.dumps(names)))
"""
_PRINTS = '#include <stdio.h>\n{includes}int main() {{ printf("%d\\n", {value}); }}\n'
_TOP = """\
cmake_minimum_required(VERSION 3.20)
project(parts C ASM)
foreach(part generated blob versioned asked optional sourced)
  add_subdirectory(${part})
endforeach()
"""
CPP = {
    "CMakeLists.txt": _TOP,
    "generated/CMakeLists.txt": """\
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_command(
  OUTPUT plans.h
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/plans.py
          ${CMAKE_SOURCE_DIR}/plans ${CMAKE_CURRENT_BINARY_DIR}/plans.h
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/plans.py)
add_executable(generated main.c ${CMAKE_CURRENT_BINARY_DIR}/plans.h)
target_include_directories(generated PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
""",
    "generated/main.c": _PRINTS.format(includes='#include "plans.h"\n', value="kPlans"),
    "tools/plans.py": _GLOBBER,
    "tools/naming.py": "def clean(name):\n    return name.strip()\n",
    "tools/unrelated.py": "raise SystemExit\n",
    "plans/basic.json": "{}\n",
    "plans/large.json": "{}\n",
    "plans/notes.md": "nobody reads this\n",
    "blob/CMakeLists.txt": """\
add_executable(blob main.c data.S)
target_include_directories(blob PRIVATE ${CMAKE_SOURCE_DIR}/bytes)
""",
    "blob/main.c": _PRINTS.format(includes="extern char data[];\n", value="data[0]"),
    "blob/data.S": '.data\n.globl data\ndata:\n.incbin "bytes.bin"\n',
    "bytes/bytes.bin": "bytes\n",
    "versioned/CMakeLists.txt": """\
add_executable(versioned main.c)
target_link_options(versioned PRIVATE
  -Wl,--version-script=${CMAKE_SOURCE_DIR}/link/symbols.map)
""",
    "versioned/main.c": _PRINTS.format(includes="", value="1"),
    "link/symbols.map": "{ local: *; };\n",
    "asked/CMakeLists.txt": """\
execute_process(COMMAND cat ${CMAKE_SOURCE_DIR}/numbers/answer
  OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
add_executable(asked main.c)
target_compile_definitions(asked PRIVATE ANSWER=${answer})
""",
    "asked/main.c": _PRINTS.format(includes="", value="ANSWER"),
    "numbers/answer": "42\n",
    "optional/CMakeLists.txt": """\
add_executable(optional main.c)
target_include_directories(optional PRIVATE ${CMAKE_SOURCE_DIR}/local ${CMAKE_SOURCE_DIR}/include)
""",
    "optional/main.c": _PRINTS.format(
        includes=(
            '#include "level.h"\n#if __has_include("tuning.h")\n#include "tuning.h"\n#endif\n'
        ),
        value="LEVEL",
    ),
    "local/tuning.h": "#undef LEVEL\n#define LEVEL 2\n",
    "include/level.h": "#define LEVEL 1\n",
    "sourced/CMakeLists.txt": """\
add_custom_command(
  OUTPUT made.h
  COMMAND sh ${CMAKE_SOURCE_DIR}/scripts/make.sh > made.h
  DEPENDS ${CMAKE_SOURCE_DIR}/scripts/make.sh)
add_executable(sourced main.c ${CMAKE_CURRENT_BINARY_DIR}/made.h)
target_include_directories(sourced PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
""",
    "sourced/main.c": _PRINTS.format(includes='#include "made.h"\n', value="MADE"),
    "scripts/make.sh": 'here=$(dirname "$0")\n. "$here/common.sh"\necho "#define MADE $made"\n',
    "scripts/common.sh": "made=3\n",
}
CPP_DROPPED = {
    "generated": ["plans/basic.json", "plans/large.json", "tools/naming.py"],
    "blob": ["bytes/bytes.bin"],
    "versioned": ["link/symbols.map"],
    "asked": ["numbers/answer"],
    "optional": ["local/tuning.h"],
    "sourced": ["scripts/common.sh"],
}
