"""The files that paths and globs match, and the directories that are listed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.sources.globs import files_of
from msbuild.sources.tree import SourceTree

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    ".sqlx/query.json",
    "api/main.go",
    "api/v1/a.proto",
    "api/v1/deep/b.proto",
    "lib/[id].ts",
    "lib/i.ts",
    "web/.env.example",
    "web/index.html",
)


@pytest.fixture
def tree(tmp_path: Path) -> SourceTree:
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    (tmp_path / "empty").mkdir()
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "api" / "v1" / "x.log").write_text("noise")
    return SourceTree(tmp_path)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("api/main.go", ["api/main.go"]),
        (".sqlx", [".sqlx/query.json"]),
        (".", [".gitignore", *FILES]),
        ("./api/", ["api/main.go", "api/v1/a.proto", "api/v1/deep/b.proto"]),
        ("empty", []),
        ("nowhere", []),
        ("../elsewhere", []),
        ("/etc/hosts", []),
        ("api/v1/x.log", []),
        ("api/v1/*", ["api/v1/a.proto", "api/v1/deep/b.proto"]),
        ("api/*/*.proto", ["api/v1/a.proto"]),
        ("*/v1", ["api/v1/a.proto", "api/v1/deep/b.proto"]),
        ("**/*.proto", ["api/v1/a.proto", "api/v1/deep/b.proto"]),
        ("api/**/*.proto", ["api/v1/a.proto", "api/v1/deep/b.proto"]),
        ("api/**/deep/**/b.proto", ["api/v1/deep/b.proto"]),
        ("api/**", ["api/main.go", "api/v1/a.proto", "api/v1/deep/b.proto"]),
        ("**/deep", ["api/v1/deep/b.proto"]),
        ("**/**/main.*", ["api/main.go"]),
        ("web/*", ["web/.env.example", "web/index.html"]),
        # an existing path matches itself, not as a glob
        ("lib/[id].ts", ["lib/[id].ts"]),
        ("lib/[a-z].ts", ["lib/i.ts"]),
        ("lib/[", []),
        ("api/main.go/**", []),
    ],
)
def test_a_path_or_glob_matches_the_expected_files(
    tree: SourceTree, path: str, found: list[str]
) -> None:
    assert list(files_of(path, tree)) == found


def test_every_directory_that_can_gain_a_match_is_recorded(tree: SourceTree) -> None:
    files_of("api/*/*.sql", tree)
    assert {"api", "api/v1"} <= set(tree.stat_cache.stats)
    assert "web" not in tree.stat_cache.stats
    files_of("**/*.sql", tree)
    assert {"", "api/v1/deep", "web", "empty"} <= set(tree.stat_cache.stats)


def test_many_stars_are_not_exponential(tmp_path: Path) -> None:
    """Trying every way to divide the path would never end."""
    deep = tmp_path / "/".join("a" * 60)
    deep.mkdir(parents=True)
    (deep / "b").write_text("")
    assert files_of("/".join(["**", "a"] * 25 + ["c"]), SourceTree(tmp_path)) == ()
