"""Small workspaces that use most features, and the file to mutate in each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Target:
    """A kind of file.

    Attributes:
        path: the file to mutate in each workspace.
        count: how many mutated files a full run tries.
        workspaces: the valid trees, as texts by path.
    """

    path: str
    count: int
    workspaces: tuple[Mapping[str, str], ...] = field(repr=False)


_DIGEST = "sha256:" + "a" * 64

_CONFIG = """\
version: 1
workspace: shop
registry: "${REGISTRY:-registry.example.com}/team"
source_root: .
ca_bundle: none
builders:
  go:
    image: debian:trixie-slim
    packages: [ca-certificates, golang-go]
    env: {GOFLAGS: -mod=mod, X: "a b"}
    options: {cgo: false, tags: [netgo], flags: ["-race"]}
    cores: 2
  rust: {image: "registry.example.com:5000/rust@DIGEST", options: {rustflags: [-Cdebuginfo=0]}}
  cpp: {image: debian, packages: [g++], options: {cmake_args: ["-DX=1"]}}
defaults:
  builder: go
  runtime: {user: 65532, env: {A: "1"}, labels: {org.example.team: shop}}
stages:
  codegen:
    builder: go
    inputs: [schema]
    run: |
      mkdir -p "$OUT/gen"
      cat schema/* > "$OUT/gen/x"
    network: false
discover:
  - glob: services/*
    exclude: [services/old]
    assets: [data, {from: data, to: /etc/data}]
services:
  api:
    assets: [{from: data/x.json, to: y.json}]
    inputs: ["schema/*"]
    depends_on:
      - {stage: codegen, from: gen, to: gen}
      - {service: web, from: ., to: web}
    runtime:
      base: alpine:3.22
      user: {name: shop, uid: 10001, gid: 10001}
      workdir: /app
      ports: [8080, 9090/udp]
      entrypoint: [./api, --port, "8080"]
      command: [serve]
      healthcheck: {command: [./api, -health], interval: 10s, timeout: 1m30s, retries: 3}
      packages: [tzdata]
      certificates: true
    options: {target: ., binary: api, ldflags: "-s -w", tags: [a]}
""".replace("DIGEST", _DIGEST)

_GO = {
    "msbuild.yaml": "version: 1\nworkspace: w\nbuilders: {go: {image: debian}}\n"
    "services: {api: {path: api}, web: {path: web, options: {target: cmd}}}\n",
    "go.mod": """\
module example.com/shop

go 1.24.0

toolchain go1.24.5

require (
	github.com/go-chi/chi/v5 v5.2.3
	github.com/google/uuid v1.6.0 // indirect
	example.com/lib v0.0.0-00010101000000-000000000000
)

require golang.org/x/sync v0.16.0

replace example.com/lib => ./lib

replace github.com/google/uuid v1.6.0 => github.com/google/uuid v1.6.1

exclude golang.org/x/sync v0.15.0

retract (
	v1.0.0 // bad
	[v1.1.0, v1.2.0]
)

tool golang.org/x/tools/cmd/stringer

godebug default=go1.21
""",
    "go.sum": """\
github.com/go-chi/chi/v5 v5.2.3 h1:WQIt9uxdsAbgIYgid+BpYc+liqQZGMHRaUwp0JUcvdE=
github.com/go-chi/chi/v5 v5.2.3/go.mod h1:L2yAIGWB3H+phAw1NxKwWM+7eUH/lU8pOMm5hHcoops=
github.com/google/uuid v1.6.1 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=
github.com/google/uuid v1.6.1/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=
golang.org/x/sync v0.16.0 h1:ycBJEhp9p4vXvUZNszeOq0kGTPghopOL8q0fq3vstxw=
golang.org/x/sync v0.16.0/go.mod h1:1dzgHSNfp02xaA81J2MS99Qcpr2w7fw1gpm99rleRqA=
""",
    "go.links": """\
# Written by `msbuild lock`; commit it.
# of 5f0820b93633564d55c1d8c09456e378c76f56e75c5707154eedc447d4996f3d
github.com/go-chi/chi/v5 github.com/go-chi/chi/v5 context fmt net/http regexp sort strconv
github.com/google/uuid github.com/google/uuid bytes crypto/md5 crypto/rand example.com/shop/lib
golang.org/x/sync/errgroup golang.org/x/sync context fmt sync
""",
    "lib/go.mod": "module example.com/lib\n\ngo 1.24\n",
    "lib/lib.go": "package lib\n",
    "internal/x.go": 'package internal\n\nimport _ "github.com/google/uuid"\n',
    "api/main.go": 'package main\n\nimport (\n\t"fmt"\n\n\t_ "example.com/lib"\n'
    '\t_ "example.com/shop/internal"\n\t_ "github.com/go-chi/chi/v5"\n)\n\n'
    "//go:embed data/*\nvar data string\n\nfunc main() { fmt.Println(data) }\n",
    "api/data/x.json": "{}",
    "web/cmd/main.go": "package main\n\nfunc main() {}\n",
}
_GO_WORK = {
    **{path: text for path, text in _GO.items() if path not in {"go.mod", "go.sum", "go.links"}},
    "go.work": """\
go 1.24.0

toolchain go1.24.5

use (
	./api
	./lib // a library
	web
)

use ./internal

replace example.com/lib => ./lib

replace (
	github.com/google/uuid v1.6.0 => github.com/google/uuid v1.6.1
)

godebug default=go1.21
""",
    "api/go.mod": "module example.com/shop/api\n\ngo 1.24\n\nrequire example.com/lib v0.0.0\n",
    "web/go.mod": "module example.com/shop/web\n\ngo 1.24\n",
    "internal/go.mod": "module example.com/shop/internal\n\ngo 1.24\n",
    "go.work.sum": "",
}
_IGNORE = """\
# build output
/bin/
*.o
!keep.o
**/target/
docs/**/*.pdf
a?c
[a-z]*.tmp
[!x]y
\\#odd
\\!odd
trailing\\ x
foo/**
/web/*.log
"""
_LOCK = f"""\
# The base images of this workspace. Written by `msbuild lock`; commit it.
images:
  debian: debian@{_DIGEST}
  alpine:3.22: alpine:3.22@{_DIGEST}
inputs:
  api: [web/cmd/main.go, "lib/*.go"]
version: 1
"""

_CARGO_LOCK = """\
# This file is automatically @generated by Cargo.
# It is not intended for manual editing.
version = 4

[[package]]
name = "api"
version = "0.1.0"
dependencies = [
 "kit",
 "serde 1.0.200",
]

[[package]]
name = "kit"
version = "0.1.0"
dependencies = [
 "itoa",
]

[[package]]
name = "itoa"
version = "1.0.15"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "4a5f13b858c8d314ee3e8f639011f7ccefe71f97f96e50151fb991f267928e2c"

[[package]]
name = "web"
version = "0.1.0"

[[package]]
name = "serde"
version = "1.0.200"
source = "git+https://example.com/serde?branch=x#0123456789abcdef0123456789abcdef01234567"

[[package]]
name = "serde"
version = "1.0.219"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "5f0e2c6ed6606019b4e29e69dbaba95b11854410e5347d525002456dbbb786b6"
"""
_RUST = {
    "msbuild.yaml": "version: 1\nworkspace: w\nbuilders: {rust: {image: debian}}\n"
    "services: {api: {path: api}, web: {path: web}}\n",
    "Cargo.toml": """\
[workspace]
members = ["api", "kit*", "web"]
exclude = ["old"]
resolver = "2"
default-members = ["api"]

[workspace.package]
version = "0.1.0"
edition = "2021"

[workspace.dependencies]
kit = { path = "kit" }
itoa = "1"
serde = { version = "1", features = ["derive"], default-features = false }

[workspace.lints.rust]
unsafe_code = "forbid"

[workspace.metadata.x]
y = [1, 2]

[profile.release]
strip = true
lto = "thin"

[patch.crates-io]
serde = { git = "https://example.com/serde", branch = "x" }
""",
    "Cargo.lock": _CARGO_LOCK,
    "api/Cargo.toml": """\
[package]
name = "api"
version.workspace = true
edition.workspace = true
build = "build.rs"
include = ["src", "data"]

[[bin]]
name = "api"
path = "src/main.rs"
required-features = ["a"]

[features]
default = ["a"]
a = ["dep:serde", "kit/x"]

[dependencies]
kit = { workspace = true, features = ["x"] }
serde = { workspace = true, optional = true }

[target.'cfg(unix)'.dependencies]
itoa.workspace = true

[dev-dependencies]
itoa = "1"

[build-dependencies]
kit.workspace = true

[lints]
workspace = true
""",
    "api/build.rs": 'fn main() { println!("cargo:rerun-if-changed=data"); }\n',
    "api/src/main.rs": 'mod x;\nconst D: &str = include_str!("../data/x");\n'
    "fn main() { kit::k(); }\n",
    "api/src/x.rs": "",
    "api/data/x": "",
    "kit/Cargo.toml": '[package]\nname = "kit"\nversion = "0.1.0"\nedition = "2021"\n'
    '[features]\nx = []\n[dependencies]\nitoa = "1"\n',
    "kit/src/lib.rs": "pub fn k() {}\n",
    "web/Cargo.toml": '[package]\nname = "web"\nversion = "0.1.0"\nedition = "2021"\n',
    "web/src/main.rs": "fn main() {}\n",
    ".cargo/config.toml": """\
[build]
rustflags = ["-Cdebuginfo=0", "--cfg", "x"]
target = "x86_64-unknown-linux-musl"
jobs = 4
target-dir = "out"

[target.x86_64-unknown-linux-gnu]
linker = "cc"
rustflags = "-C target-feature=+crt-static"

[target.'cfg(unix)']
runner = ["a", "b"]

[env]
X = "y"
Z = { value = "w", relative = true, force = true }

[alias]
b = "build"

[source.crates-io]
replace-with = "vendored"

[source.vendored]
directory = "vendor"

[net]
offline = false

[registries.mine]
index = "sparse+https://example.com/"

[profile.release]
opt-level = 3
""",
}
_CMAKE = {
    "msbuild.yaml": "version: 1\nworkspace: w\nbuilders: {cpp: {image: debian}}\n"
    "services: {api: {path: api}, web: {path: web}}\n",
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.25)
project(shop VERSION 1.2 LANGUAGES C CXX)
set(CMAKE_CXX_STANDARD 20)
option(TESTS "Build the tests" ON)
include(cmake/x.cmake OPTIONAL)
list(APPEND parts api web) # two
foreach(part IN LISTS parts)
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${part}/CMakeLists.txt" AND NOT part STREQUAL "old")
    add_subdirectory(${part})
  elseif(TESTS OR (1 EQUAL 2))
    message(STATUS "no ${part}")
  endif()
endforeach()
function(helper name)
  cmake_parse_arguments(H "A" "B" "C" ${ARGN})
  add_library(${name} STATIC ${H_C})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
endfunction()
helper(kit B x C kit/kit.cc)
file(GLOB_RECURSE more CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} kit/*.cc)
configure_file(kit/v.h.in v.h @ONLY)
add_custom_command(OUTPUT gen.cc COMMAND python3 ${CMAKE_SOURCE_DIR}/gen.py > gen.cc DEPENDS gen.py)
string(REGEX REPLACE "([a-z]+)" "\\\\1" out "abc")
math(EXPR n "1 + 2 * (3 << 1)")
set(text [==[
a ]] bracket
]==])
while(n GREATER 5)
  math(EXPR n "${n} - 1")
endwhile()
macro(twice)
  foreach(i RANGE 1 2)
    list(GET parts 0 first)
  endforeach()
endmacro()
twice()
add_executable(api api/main.cc gen.cc)
add_executable(web web/main.cc)
target_link_libraries(api PRIVATE kit m)
set_target_properties(api PROPERTIES OUTPUT_NAME api_server)
""",
    "kit/kit.cc": "int k() { return 0; }\n",
    "kit/v.h.in": "#define V @PROJECT_VERSION@\n",
    "include/kit.h": "int k();\n",
    "gen.py": "print('int g;')\n",
    "api/main.cc": '#include "kit.h"\nint main() { return k(); }\n',
    "web/main.cc": "int main() {}\n",
}
_ALL = {
    **_GO,
    "msbuild.yaml": _CONFIG,
    "services/api/main.go": "package main\n\nfunc main() {}\n",
    "services/api/data/x.json": "{}",
    "services/web/main.go": "package main\n\nfunc main() {}\n",
    "services/old/main.go": "package main\n",
    "schema/a": "a",
    "schema/b": "b",
    "msbuild.lock": _LOCK,
}
_IGNORING = {**_GO, ".gitignore": _IGNORE, "bin/x": "", "web/x.log": "", "keep.o": ""}
_LOCKED = {**_GO, "msbuild.lock": _LOCK}
_FEW = 2_000

TARGETS = {
    "config": Target("msbuild.yaml", 10_000, (_ALL, _GO, _RUST, _CMAKE)),
    "go.mod": Target("go.mod", _FEW, (_GO,)),
    "go.work": Target("go.work", _FEW, (_GO_WORK,)),
    "go.sum": Target("go.sum", _FEW, (_GO,)),
    "go.links": Target("go.links", _FEW, (_GO,)),
    "Cargo.toml": Target("Cargo.toml", _FEW // 2, (_RUST,)),
    "package Cargo.toml": Target("api/Cargo.toml", _FEW // 2, (_RUST,)),
    "Cargo.lock": Target("Cargo.lock", _FEW, (_RUST,)),
    ".cargo/config.toml": Target(".cargo/config.toml", _FEW, (_RUST,)),
    "CMakeLists.txt": Target("CMakeLists.txt", _FEW, (_CMAKE,)),
    ".gitignore": Target(".gitignore", _FEW, (_IGNORING,)),
    "msbuild.lock": Target("msbuild.lock", _FEW, (_LOCKED,)),
}
