from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.config.discover import matches
from msbuild.config.problems import Problems
from msbuild.config.source_paths import SourcePaths
from msbuild.sources import SourceTree
from tests.config.case import HEAD

if TYPE_CHECKING:
    from tests.config.tree import Tree

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


def test_every_directory_becomes_a_service_with_what_the_entry_says(shop: Tree) -> None:
    services = shop.load(
        HEAD + "discover: [{glob: go/services/*, assets: [cmd, main.go], options: {level: 2}}]\n"
    ).services
    assert {name: each.path for name, each in services.items()} == {
        "cart": "go/services/cart",
        "gateway": "go/services/gateway",
    }
    # each has those of the assets that its directory has
    assert [each.source for each in services["cart"].assets] == ["go/services/cart/main.go"]
    assert [each.source for each in services["gateway"].assets] == ["go/services/gateway/cmd"]
    assert all(each.options["level"] == 2 for each in services.values())
    assert services["cart"].at.line == 4


def test_what_is_excluded_is_not_found_nor_what_is_below(shop: Tree) -> None:
    shop.add(["go/services/gateway/cmd/deep/main.go"])
    for exclude in ("['*/*/cart', '**/cmd']", "[go/services/cart, go/services/gateway/cmd]"):
        text = f"discover: [{{glob: go/services/*/**, exclude: {exclude}}}]\n"
        assert list(shop.load(HEAD + text).services) == ["gateway"]
    text = "discover: [{glob: '**/gateway/**', exclude: '**/cmd'}]\n"
    assert list(shop.load(HEAD + text).services) == ["gateway"]


def test_the_order_is_that_of_the_config_then_of_the_paths(shop: Tree) -> None:
    text = HEAD + (
        "discover: [{glob: rust/services/s*}, {glob: go/services/*}]\n"
        "services: {main: {path: go}, gateway: {runtime: {user: 7}}}\n"
    )
    assert list(shop.load(text).services) == ["main", "gateway", "search", "cart"]
