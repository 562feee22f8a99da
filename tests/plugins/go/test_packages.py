"""The files that `//go:embed` patterns match."""

from __future__ import annotations

import pytest
from msbuild_go.packages import embedded, embedded_ignored

from msbuild.plugin.testing import TextSources, service
from tests.plugins.go.shop import LANGUAGE, go, module

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
def test_patterns_match_as_in_go(pattern: str, files: list[str]) -> None:
    found = embedded("app", pattern, TextSources(dict.fromkeys(FILES, "")))
    assert sorted(found) == sorted(f"app/{each}" for each in files)


def test_a_package_may_be_at_the_source_root() -> None:
    sources = TextSources({"go.mod": "", "a/b.txt": "", "a/.c": "", "d.txt": "", "e/go.mod": ""})
    assert list(embedded("", "*", sources)) == ["a/b.txt", "d.txt", "go.mod"]


def test_an_invalid_pattern_matches_everything() -> None:
    sources = TextSources({"app/a.txt": "", "app/b/c.txt": ""})
    assert "app/a.txt" in list(embedded("app", "[z-a].txt", sources))


IGNORED = ("app/dist/a.js", "app/static/b.js", "app/static/_c.js", "app/x.min.js", "app/y.txt")


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("static", ["static/b.js"]),
        ("all:static", ["static/_c.js", "static/b.js"]),
        ("static/*.js", ["static/_c.js", "static/b.js"]),
        ("dist", ["dist/a.js"]),
        ("dist/*", ["dist/a.js"]),
        ("*.js", ["x.min.js"]),
        ("x.min.js", ["x.min.js"]),
        ("z.js", []),
    ],
)
def test_ignored_files_that_a_pattern_would_embed_are_found(pattern: str, files: list[str]) -> None:
    sources = TextSources(dict.fromkeys(FILES, ""), ignored=IGNORED)
    assert sorted(embedded_ignored("app", pattern, sources)) == sorted(
        f"app/{each}" for each in files
    )


def test_an_embed_of_ignored_files_is_a_warning() -> None:
    files = {
        "app/go.mod": module("example.com/app"),
        "app/main.go": 'package main\n\nimport _ "embed"\n\n//go:embed all:static\nvar x int\n',
        "app/main_test.go": 'package main\n\nimport _ "embed"\n\n//go:embed y.txt\nvar x int\n',
        "app/static/a.css": "",
    }
    sources = TextSources(files, ignored=IGNORED)
    assert LANGUAGE.inputs(service(LANGUAGE, "app"), go(), sources).warnings == (
        "ignore rules exclude `app/static/_c.js` and 1 more, embedded by `app/main.go:5`",
    )
