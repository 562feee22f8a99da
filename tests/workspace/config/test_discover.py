from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from msbuild.sources.tree import SourceTree
from msbuild.workspace.config.discover import SourcePaths, matches
from msbuild.workspace.config.problems import Problems
from tests.workspace.config.case import HEAD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspace.config.tree import Tree

FILES = (
    "go/services/cart/main.go",
    "go/services/.hidden/main.go",
    "go/services/gateway/cmd/main.go",
    "go/services/README.md",
    "go/services/ignored/main.go",
    "rust/services/[odd]/main.rs",
    "rust/services/search/src/main.rs",
)
LINKS = {"go/services/linked": "cart", "moved": "go"}


@pytest.fixture
def shop(tree: Tree) -> Tree:
    tree.add(FILES, LINKS)
    (tree.root / ".gitignore").write_text("ignored/\n")
    return tree


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("go/services/*", ["go/services/cart", "go/services/gateway"]),
        ("go/services/c*", ["go/services/cart"]),
        ("go/services/[cx]art", ["go/services/cart"]),
        ("go/services/[!c]*", ["go/services/gateway"]),
        ("go/services/?art", ["go/services/cart"]),
        ("go/services/cart", ["go/services/cart"]),
        ("*/services/search", ["rust/services/search"]),
        ("**/cmd", ["go/services/gateway/cmd"]),
        ("go/**/**/cmd", ["go/services/gateway/cmd"]),
        ("rust/**", ["rust", "rust/services", "rust/services/[odd]", "rust/services/search",
                     "rust/services/search/src"]),
        ("rust/services/[[]odd]", ["rust/services/[odd]"]),
        ("moved/services/*", []),
        ("go/services/README.md", []),
        ("GO/*", []),
    ],
)  # fmt: skip
def test_globs_match_directories_that_are_sources(
    glob: str, expected: list[str], shop: Tree
) -> None:
    assert matches(glob, SourcePaths(SourceTree(shop.root), Problems())) == expected


def test_every_matching_directory_becomes_a_service_with_the_entrys_settings(shop: Tree) -> None:
    services = shop.load(
        HEAD + "discover: [{glob: go/services/*, assets: [cmd, main.go], options: {level: 2}}]\n"
    ).services
    assert {name: each.path for name, each in services.items()} == {
        "cart": "go/services/cart",
        "gateway": "go/services/gateway",
    }
    # each has only the assets that exist in its directory
    assert [each.source for each in services["cart"].assets] == ["go/services/cart/main.go"]
    assert [each.source for each in services["gateway"].assets] == ["go/services/gateway/cmd"]
    assert all(each.options["level"] == 2 for each in services.values())
    assert services["cart"].at.line == 4


def test_excluded_directories_and_those_below_are_not_found(shop: Tree) -> None:
    shop.add(["go/services/gateway/cmd/deep/main.go"])
    for exclude in ("['*/*/cart', '**/cmd']", "[go/services/cart, go/services/gateway/cmd]"):
        text = f"discover: [{{glob: go/services/*/**, exclude: {exclude}}}]\n"
        assert list(shop.load(HEAD + text).services) == ["gateway"]
    text = "discover: [{glob: '**/gateway/**', exclude: '**/cmd'}]\n"
    assert list(shop.load(HEAD + text).services) == ["gateway"]


def test_services_are_ordered_by_entry_then_by_path(shop: Tree) -> None:
    text = HEAD + (
        "discover: [{glob: rust/services/s*}, {glob: go/services/*}]\n"
        "services: {main: {path: go}, gateway: {runtime: {user: 7}}}\n"
    )
    assert list(shop.load(text).services) == ["main", "gateway", "search", "cart"]


def clone(root: Path) -> None:
    """Create a directory like one from `git clone`."""
    root.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)


@pytest.mark.parametrize(
    ("glob", "warns"),
    [("**/services/*", True), ("t*/**/services/*", True), ("go/services/*", False)],
)
def test_untracked_clones_are_skipped_with_one_warning(glob: str, warns: bool, shop: Tree) -> None:
    clone(shop.root)
    for name in ("trees/one", "trees/two", "trees/three", "trees/deep/go"):
        shop.add([f"{name}/go/services/cart/main.go"])
        clone(shop.root / name)
    shop.add(["trees/three/.keep"])
    sources = SourceTree(shop.root)
    paths = SourcePaths(sources, Problems())
    met: set[str] = set()
    found = matches(glob, paths, met)
    assert not [path for path in found if path.startswith("trees")]
    everyone = {"trees/one", "trees/two", "trees/three", "trees/deep/go"}
    assert met == (everyone if warns else set())
    paths.warn_of_foreign(sorted(met))
    assert len(sources.warnings) == warns


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        # first reached through a wildcard, then by its name
        ("**/services/*", []),
        ("*/services/cart", []),
        # a clone that the glob names matches
        ("tmp/services/*", ["tmp/services/cart"]),
        ("tmp/services/cart", ["tmp/services/cart"]),
    ],
)
def test_a_clone_matches_only_if_the_glob_names_it(glob: str, found: list[str], tree: Tree) -> None:
    clone(tree.root)
    tree.add(["tmp/services/cart/main.go"])
    clone(tree.root / "tmp/services")
    paths = SourcePaths(SourceTree(tree.root), Problems())
    assert matches(glob, paths, set()) == found


def test_a_config_with_clones_in_its_tree_loads_with_a_warning(
    shop: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone(shop.root)
    shop.add(["trees/one/go/services/cart/main.go"])
    clone(shop.root / "trees/one")
    warned: list[str] = []
    monkeypatch.setattr(SourceTree, "warn", lambda _self, text: warned.append(text))
    services = shop.load(HEAD + "discover: [{glob: '**/go/services/*'}]\n").services
    assert services["cart"].path == "go/services/cart"
    assert len(warned) == 1
    assert "`trees/one`" in warned[0]
    warned.clear()
    excluding = "discover: [{glob: '**/go/services/*', exclude: [trees]}]\n"
    assert shop.load(HEAD + excluding).services.keys() == services.keys()
    assert warned == []


def test_outside_of_a_repository_clones_are_sources(shop: Tree) -> None:
    shop.add(["one/services/x/main.go"])
    clone(shop.root / "one")
    sources = SourcePaths(SourceTree(shop.root), Problems())
    assert matches("*/services/x", sources, set()) == ["one/services/x"]


def test_a_submodule_is_not_a_foreign_clone(shop: Tree) -> None:
    shop.add(["sub/services/x/main.go"])
    for root in (shop.root, shop.root / "sub"):
        clone(root)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C"]
    inner = str(shop.root / "sub")
    for words in (["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, inner, *words], check=True)
    subprocess.run([*git, str(shop.root), "add", "sub"], check=True, capture_output=True)
    met: set[str] = set()
    sources = SourcePaths(SourceTree(shop.root), Problems())
    assert matches("*/services/x", sources, met) == ["sub/services/x"]
    assert met == set()
