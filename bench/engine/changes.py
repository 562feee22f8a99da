"""Changes to the sample that no engine has built before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msbuild_go.language import Go

from msbuild.plugin.testing import builder, service
from msbuild.sources.tree import SourceTree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_UUID = "github.com/google/uuid"
# versions and hashes
_UUID_MANIFEST = "h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo="
UUIDS = (
    ("v1.5.0", "h1:1p67kYwdtXjb0gL0BPiP1Av9wiZPo5A8z2cWkTZ+eyU="),
    ("v1.4.0", "h1:MtMxsa51/r9yyhkyLsVeVt0B+BGQZzpQiTQ4eHZ8bc4="),
    ("v1.3.1", "h1:KjJaJ9iWZ3jOFZIf1Lqf4laDRCasjl0BCmnEGxkdLb4="),
    ("v1.3.0", "h1:t6JiXgmwXMjEs8VusXIJk2BXHsn+wx8BZdTaoZ5fu7I="),
    ("v1.2.0", "h1:qJYtXnJRWmpe7m/3XlyhrsLrEURqHRM2kxzoxXqyUDs="),
)
ITOAS = (
    ("1.0.18", "8f42a60cbdf9a97f5d2305f08a87dc4e09308d1276d28c869c684d7777685682"),
    ("1.0.17", "92ecc6618181def0457392ccd0ee51198e065e016d1d527a7ac1b6dc7c1f09d2"),
    ("1.0.16", "7ee5b5339afb4c41626dde77b7a611bd4f2c202b897852b4bcf5d03eddc61010"),
    ("1.0.15", "4a5f13b858c8d314ee3e8f639011f7ccefe71f97f96e50151fb991f267928e2c"),
    ("1.0.14", "d75a2a4b1b190afb6f5425f10f6a8f959d2ea0b9c2b1d79553551850539e4674"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A change to the sample.

    Attributes:
        kind: a leaf service, a shared library or a lock file.
        language: the language of the affected services.
        name: the changed directory or file.
        make: makes the n-th change to the sample in a directory.
    """

    kind: str
    language: str
    name: str
    make: Callable[[Path, int], None]


def line(path: str, text: str) -> Callable[[Path, int], None]:
    """A change that appends a line to a file; `#` in it is replaced by the number of the change."""

    def make(root: Path, number: int) -> None:
        with (root / path).open("a", encoding="utf-8") as file:
            file.write("\n" + text.replace("#", str(number)) + "\n")

    return make


def bump_uuid(root: Path, number: int) -> None:
    """Change the version of a Go module."""
    version, checksum = UUIDS[number % len(UUIDS)]
    go_mod, go_sum = root / "go/go.mod", root / "go/go.sum"
    go_mod.write_text(re.sub(rf"({_UUID}) \S+", rf"\1 {version}", go_mod.read_text()))
    others = [text for text in go_sum.read_text().splitlines() if not text.startswith(_UUID)]
    new = [f"{_UUID} {version} {checksum}", f"{_UUID} {version}/go.mod {_UUID_MANIFEST}"]
    go_sum.write_text("\n".join(sorted([*others, *new])) + "\n")
    _update_links(root)


def _update_links(root: Path) -> None:
    """Write what `msbuild lock` would, without go: all these versions import the same modules."""
    go = Go()
    gateway = service(go, "go/services/gateway")
    (links,) = go.generated_files(builder(go), [gateway], SourceTree(root))
    note, _, *lines = (root / links.path).read_text().splitlines()
    (root / links.path).write_text("\n".join([note, links.head, *lines]) + "\n")


def bump_itoa(root: Path, number: int) -> None:
    """Change the version of a crate."""
    version, checksum = ITOAS[number % len(ITOAS)]
    lock = root / "rust/Cargo.lock"
    entry = re.compile(r'(name = "itoa"\nversion = ")[^"]*("\nsource = .*\nchecksum = ")[^"]*')
    lock.write_text(entry.sub(rf"\g<1>{version}\g<2>{checksum}", lock.read_text()))


_GO = "func init() { println(#) }"
_RUST = "pub fn b#() -> u32 { # }"
# a library and a program that links it must not define the same symbol
_CPP_LEAF = "int leaf_#() { return #; }"
_CPP_LIBRARY = "int library_#() { return #; }"
CHANGES = (
    Change("leaf", "go", "go/services/catalog", line("go/services/catalog/query.go", _GO)),
    Change(
        "leaf", "rust", "rust/services/pricing", line("rust/services/pricing/src/main.rs", _RUST)
    ),
    Change(
        "leaf",
        "cpp",
        "cpp/services/search",
        line("cpp/services/search/src/words.cpp", _CPP_LEAF),
    ),
    Change("library", "go", "go/lib/web", line("go/lib/web/env.go", _GO)),
    Change("library", "rust", "rust/libs/shopkit", line("rust/libs/shopkit/src/error.rs", _RUST)),
    Change(
        "library",
        "cpp",
        "cpp/libs/shophttp",
        line("cpp/libs/shophttp/src/env.cpp", _CPP_LIBRARY),
    ),
    Change("lock file", "go", "go.mod", bump_uuid),
    Change("lock file", "rust", "Cargo.lock", bump_itoa),
)
