"""Each declared input changes exactly its dependents' fingerprints; nothing else changes any."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from msbuild_go.language import Go

from msbuild.workspace import loading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

CONFIG = """\
version: 1
workspace: demo
builders:
  go: {image: "debian:trixie-slim", packages: [golang-go], env: {GOAMD64: v1}}
stages:
  gen: {builder: go, inputs: [schema], run: ['cp schema/x "$OUT"']}
services:
  a: {path: a, assets: [data]}
  b: {path: b, depends_on: [{stage: gen, to: gen}]}
  c: {path: c, runtime: {env: {MODE: quiet}}}
"""
MAIN = 'package main\n\nimport _ "demo/lib"\n\nfunc main() {}\n'
FILES = {
    "msbuild.yaml": CONFIG,
    "go.mod": "module demo\n\ngo 1.22\n",
    "lib/lib.go": 'package lib\n\nimport _ "embed"\n\n//go:embed t/*\nvar x string\n',
    "lib/t/one": "1",
    "a/main.go": MAIN,
    "a/data/w": "w",
    "a/data/x": "x",
    "b/main.go": MAIN,
    "c/main.go": "package main\n\nfunc main() {}\n",
    "schema/x": "x",
    "other/file": "x",
}
BASE = "debian:trixie-slim"


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def config(old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / "msbuild.yaml").read_text()
        assert old in text
        write(root, "msbuild.yaml", text.replace(old, new))

    return change


def content(path: str, text: str = "package lib // changed\n") -> Callable[[Path], None]:
    return lambda root: write(root, path, text)


def relink(root: Path) -> None:
    (root / "a/data/link").unlink()
    (root / "a/data/link").symlink_to("w")


def prints(
    root: Path, pin: str = f"{BASE}@sha256:{'0' * 64}", platform: str = "linux/amd64"
) -> dict[str, str]:
    loaded = loading.load(root / "msbuild.yaml")
    services = tuple(loaded.workspace.services)
    found = loading.fingerprint(loaded, services, {BASE: pin}, platform)
    return {name: found[name].value for name in services}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for path, text in FILES.items():
        write(root, path, text)
    (root / "a/data/link").symlink_to("x")
    return root


def changed(root: Path, before: dict[str, str], **more: str) -> set[str]:
    after = prints(root, **more)
    return {name for name in before if after.get(name) != before[name]}


@pytest.mark.parametrize(
    ("change", "dependents"),
    [
        (content("a/main.go", MAIN + "// x\n"), "a"),
        (content("a/extra.go", "package main\n"), "a"),
        (content("lib/lib.go", "package lib\n"), "ab"),
        (content("lib/t/two"), "ab"),
        (lambda root: (root / "lib/t/one").rename(root / "lib/t/two"), "ab"),
        (content("a/data/new"), "a"),
        (lambda root: (root / "a/data/x").chmod(0o755), "a"),
        (lambda root: (root / "a/data/w").rename(root / "a/data/y"), "a"),
        (relink, "a"),
        (content("schema/x"), "b"),
        (content("schema/new"), "b"),
        (config("cp schema/x", "cp -p schema/x"), "b"),
        (content("go.mod", "module demo\n\ngo 1.23\n"), "abc"),
        (config("MODE: quiet", "MODE: loud"), "c"),
        (config("{path: c,", "{path: c, options: {ldflags: -s},"), "c"),
        (config("GOAMD64: v1", "GOAMD64: v2"), "abc"),
        (config("[golang-go]", "[golang-go, git]"), "abc"),
        (config("golang-go],", "golang-go], options: {tags: [x]},"), "abc"),
        (content("other/file"), ""),
        (content("a/main_test.go", "package main\n"), ""),
        (content("c/main_windows.go", "package main\n"), ""),
    ],
)
def test_an_input_changes_exactly_its_dependents(
    root: Path, change: Callable[[Path], None], dependents: str
) -> None:
    before = prints(root)
    change(root)
    assert changed(root, before) == set(dependents)


def test_base_image_and_platform_change_every_service(root: Path) -> None:
    before = prints(root)
    assert changed(root, before, pin=f"{BASE}@sha256:{'1' * 64}") == set("abc")
    assert changed(root, before, platform="linux/arm64") == set("abc")
    # the same digest under another name is the same image
    assert changed(root, before, pin=f"mirror/{BASE}@sha256:{'0' * 64}") == set()


def test_the_version_of_a_plugin_changes_its_services(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = prints(root)
    monkeypatch.setattr(Go, "version", "next")
    assert changed(root, before) == set("abc")


def reordered(text: str) -> str:
    """The same config with its services the other way round."""
    head, _, services = text.partition("services:\n")
    return f"{head}services:\n{''.join(reversed(services.splitlines(keepends=True)))}"


def test_location_times_owners_and_the_environment_change_nothing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = prints(root)
    other = tmp_path / "another place" / "deeper"
    shutil.copytree(root, other, symlinks=True)
    for path in other.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
        if not path.is_symlink() and path.is_file():
            path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(other / "a/main.go", 1234, 1234)
    monkeypatch.setenv("GOFLAGS", "-race")
    monkeypatch.setenv("LANG", "tr_TR.UTF-8")
    monkeypatch.setenv("NOISE", "1")
    assert prints(other) == before
    write(other, "msbuild.yaml", reordered(CONFIG))
    assert prints(other) == before
