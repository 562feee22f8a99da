"""Which files `//go:embed` patterns stand for."""

from __future__ import annotations

import pytest
from msbuild_go.embeds import embedded

from msbuild.plugin_testing import TextSources

FILES = (
    *("app/a.txt", "app/b.txt", "app/[x].txt", "app/.env", "app/x.txt", "app/a-.txt"),
    *("app/static/a.css", "app/static/.hid", "app/static/_hid/a.css", "app/static/deep/b.css"),
    *("app/.well/known", "app/inner/go.mod", "app/inner/a.txt", "app/static/inner/go.mod"),
    *("app/static/inner/c.css", "other/a.txt"),
)
_TEXTS = ["[x].txt", "a-.txt", "a.txt", "b.txt", "x.txt"]
_STATIC = ["static/.hid", "static/_hid/a.css", "static/a.css", "static/deep/b.css"]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("a.txt", ["a.txt"]),
        ("gone.txt", []),
        (".env", [".env"]),
        ("?.txt", ["a.txt", "b.txt", "x.txt"]),
        ("[a-b].txt", ["a.txt", "b.txt"]),
        ("[^a-b].txt", ["x.txt"]),
        (r"\[x\].txt", ["[x].txt"]),
        ("[[x]*.txt", ["[x].txt", "x.txt"]),
        ("*.txt", _TEXTS),
        (r"[a\-]*.txt", ["a-.txt", "a.txt"]),
        ("*", [*_TEXTS, ".env", ".well/known", "static/a.css", "static/deep/b.css"]),
        ("static", ["static/a.css", "static/deep/b.css"]),
        ("all:static", _STATIC),
        ("static/*", _STATIC),
        ("static/*/*.css", ["static/_hid/a.css", "static/deep/b.css"]),
        (".well", [".well/known"]),
        ("sta", []),
    ],
)
def test_patterns(pattern: str, files: list[str]) -> None:
    found = embedded("app", pattern, TextSources(dict.fromkeys(FILES, "")))
    assert sorted(found) == sorted(f"app/{each}" for each in files)


def test_the_package_at_the_source_root() -> None:
    sources = TextSources({"go.mod": "", "a/b.txt": "", "a/.c": "", "d.txt": "", "e/go.mod": ""})
    assert list(embedded("", "*", sources)) == ["a/b.txt", "d.txt", "go.mod"]


def test_a_pattern_that_go_refuses_is_taken_wide() -> None:
    sources = TextSources({"app/a.txt": "", "app/b/c.txt": ""})
    assert "app/a.txt" in list(embedded("app", "[z-a].txt", sources))
