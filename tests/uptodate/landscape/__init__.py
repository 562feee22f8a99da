"""A workspace with programs in Go, Rust and C++, and other texts that its files may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.uptodate.landscape.cpp import CPP
from tests.uptodate.landscape.go import GO
from tests.uptodate.landscape.rust import RUST

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = """\
version: 1
workspace: landscape
source_root: src
builders:
  go: {image: debian, options: {cgo: true}}
  rust: {image: debian, inputs: [shared/notice]}
  cpp: {image: debian}
discover:
  - {glob: go/cmd/*, builder: go, assets: [data]}
  - {glob: rust/services/*, builder: rust}
  - {glob: cpp/services/*, builder: cpp, assets: [pages]}
stages:
  codegen: {builder: go, inputs: [shared/schema], run: 'cp -r shared/schema "$OUT"'}
services:
  web:
    path: go/cmd/web
    builder: go
    inputs: ["shared/*.txt", go/lib/text]
    depends_on: [{stage: codegen, from: ., to: go/gen}]
  tool: {path: rust/services/tool, builder: rust, depends_on: [{service: api, to: rust/api}]}
  top: {path: ., builder: go, options: {target: go/cmd/api}}
"""
LOCK = """\
version: 1
images: {}
inputs:
  api: [shared/found, shared/late]
  viewer: [shared/found]
  tool: [shared/absent/file]
"""

_SHARED: Mapping[str, tuple[str, ...]] = {
    "shared/notice": ("notice\n", "other\n"),
    "shared/schema/one": ("one\n", "two\n"),
    "shared/a.txt": ("a\n", "b\n"),
    "shared/b.txt": ("", "b\n"),
    "shared/found": ("found\n", "lost\n"),
    "shared/late": ("", "late\n"),
    "shared/absent/file": ("", "file\n"),
}
TEXTS = {"go": GO, "rust": RUST, "cpp": CPP, "shared": _SHARED}
"""By part of the workspace: the texts that each file may have, first the one at the beginning.

An empty text stands for no file.
"""
FILES = {path: texts[0] for part in TEXTS.values() for path, texts in part.items() if texts[0]}
TOOLCHAINS: dict[str, tuple[tuple[str, ...], ...]] = {
    f"{name}-toolchain": ((),) * 5 for name in ("go", "rust", "cpp")
}
"""Toolchains without programs, so that nothing looks for compilers."""
