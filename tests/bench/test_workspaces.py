"""Generated workspaces have the requested size, and their closures do not grow."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from bench import ninja
from bench.workspaces import DOMAIN, FILES, layout, make, make_rust
from msbuild.workspace import loading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.workspaces import Package


def closure(package: Package, known: dict[str, Package]) -> set[str]:
    found = {package.path}
    for path in package.uses:
        found |= closure(known[path], known)
    return found


def test_closures_do_not_grow_with_the_workspace() -> None:
    sizes = []
    for services in (1000, 3000):
        shared, programs = layout(services)
        assert (len(shared), len(programs)) == (services // 20, services)
        known = {package.path: package for package in shared}
        packages = [closure(program, known) for program in programs]
        assert max(map(len, packages)) <= DOMAIN + 1
        sizes.append(sum(map(len, packages)) / services)
    # three domains have three times the packages of one, but closures are not three times as large
    assert sizes[1] / sizes[0] < 1.2


def test_packages_import_earlier_packages_of_their_domain() -> None:
    shared, programs = layout(220, domain=4)
    numbers = {package.path: number for number, package in enumerate(shared)}
    # three packages are left over and belong to the last domain
    domain = {path: min(number // 4, 1) for path, number in numbers.items()}
    for package in shared:
        for use in package.uses:
            assert numbers[use] < numbers[package.path]
            assert domain[use] == domain[package.path]
    for program in programs:
        assert len(program.uses) == 3
        assert len({domain[use] for use in program.uses}) == 1


@pytest.mark.parametrize(
    ("write", "files"), [(make, (4 + 3) * FILES + 2), (make_rust, (4 + 3) * (FILES + 1) + 3)]
)
def test_generated_trees_are_reproducible(
    write: Callable[..., None], files: int, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, 4)
    found = [
        {path.relative_to(tree): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
        for tree in (tmp_path / "a", tmp_path / "b")
    ]
    assert found[0] == found[1]
    assert len(found[0]) == files


@pytest.mark.parametrize(("write", "suffix"), [(make, ".go"), (make_rust, "/Cargo.toml")])
def test_msbuild_finds_the_generated_closure(
    write: Callable[..., None], suffix: str, tmp_path: Path
) -> None:
    write(tmp_path, 4)
    shared, programs = layout(4)
    known = {package.path: package for package in shared}
    loaded = loading.load(tmp_path / "msbuild.yaml")
    for program in programs:
        files = set(loaded.assembly.inputs[program.name].files)
        found = {path.rpartition("/")[0] for path in files if path.endswith(suffix)}
        assert found - {""} == closure(program, known)


@pytest.mark.skipif(not shutil.which("cargo"), reason="cargo is not installed")
def test_cargo_accepts_the_generated_lock_file(tmp_path: Path) -> None:
    make_rust(tmp_path, 4)
    command = ["cargo", "metadata", "--locked", "--offline", "--format-version=1"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize("write", [make, make_rust])
def test_a_registry_is_part_of_the_config(write: Callable[..., None], tmp_path: Path) -> None:
    write(tmp_path, 3, registry="127.0.0.1:5000/team")
    assert loading.load(tmp_path / "msbuild.yaml").workspace.registry == "127.0.0.1:5000/team"


def test_ninja_gets_an_edge_for_every_service(tmp_path: Path) -> None:
    text = ninja.build_file({"a": ["x y.go", "b:c$.go"]}, tmp_path / "stamps")
    assert f"builddir = {tmp_path}\n" in text
    assert f"build {tmp_path}/stamps/a: stamp $\n  x$ y.go $\n  b$:c$$.go\n" in text
