"""Changes of generated workspaces do what they say, and can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.smallchange import SERVICE, Change, go_changes, rust_changes, unused_package
from bench.workspaces import layout, make, make_rust
from msbuild.workspace import loading

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.workspace.loading import Loaded

SERVICES = 80
CHANGES = (*go_changes(SERVICES), *rust_changes())


def load(tree: Path) -> Loaded:
    return loading.load(tree / "msbuild.yaml")


def contents(tree: Path) -> dict[str, bytes]:
    files = (path for path in tree.rglob("*") if path.is_file() and ".msbuild" not in path.parts)
    return {str(path.relative_to(tree)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The workspaces, by whether they are in Rust."""
    root = tmp_path_factory.mktemp("trees")
    make(root / "go", SERVICES)
    make_rust(root / "rust", SERVICES)
    return {False: root / "go", True: root / "rust"}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_affects_the_files_of_the_first_service(
    change: Change, trees: dict[bool, Path]
) -> None:
    tree = trees["Rust" in change.name]
    before = contents(tree)
    for edit in change.edits:
        edit.apply(tree)
    after = contents(tree)
    edited = {path for path in after if after[path] != before.get(path)}
    assert edited == {edit.path for edit in change.edits}
    inputs = load(tree).assembly.inputs["s00000"].files
    assert edited <= set(inputs)
    assert change.local == edited.issubset(path for path in inputs if path.startswith(SERVICE))
    for edit in change.edits:
        edit.revert(tree)
    assert contents(tree) == before


def test_a_new_import_adds_the_files_of_a_package(trees: dict[bool, Path]) -> None:
    (change,) = (each for each in CHANGES if "import" in each.name)
    package = f"{unused_package(SERVICES)}/main.go"
    assert package not in load(trees[False]).assembly.inputs["s00000"].files
    for edit in change.edits:
        edit.apply(trees[False])
    assert package in load(trees[False]).assembly.inputs["s00000"].files
    for edit in change.edits:
        edit.revert(trees[False])


def test_few_services_use_all_packages() -> None:
    assert len(layout(4)[0]) == 3
    with pytest.raises(ValueError, match="with 4 services"):
        unused_package(4)
