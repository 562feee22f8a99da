"""Ignore rules match as in git, which is the oracle."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msbuild.sources.ignore_rules import RuleFile
from tests.effort import little_work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
NAMES = ("a", "b", "ab", "a b", "a ", "A", "]", "[", "-", "a-b", "!a", "#a", "a*", "\\", "é", "a.b")
PATHS = sorted(
    {
        *NAMES,
        *(f"d/{name}" for name in NAMES),
        *(f"d/e/{name}" for name in NAMES[:4]),
        *("d/d/d/a", "da/b", "a.b.c", "dab/a", "d/ab/a/b"),
    }
)
PATTERNS = st.text(st.sampled_from("ab*?[]!-\\/ d.e#é^:"), min_size=1, max_size=9)
ODD = (
    *("*.[z-a]", "[", "a[", "[a", "[!", "[]a]", "[!]a]", "[]-a]", "[a-]", "[[:alpha:]]", "[[:x:]]"),
    *(
        "[[:alpha:",
        "[[:]",
        "[\\]]",
        "[\\",
        "a\\",
        "\\a",
        "\\!a",
        "\\#a",
        "!a",
        "!",
        "/",
        "//",
        "*/",
    ),
    *(
        "**",
        "**/",
        "/**",
        "**/a",
        "d/**",
        "d/**/a",
        "d**/a",
        "d/**a",
        "**\\/a",
        "**/**/a",
        "a/**/b",
    ),
    *(
        "a ",
        "a\\ ",
        "a b",
        "a  ",
        " a",
        "d/*",
        "d/*/a",
        "*/a",
        "/*",
        "/a",
        "d/",
        "/d/",
        "d/e/",
        "é",
    ),
    *("?", "??", "?a", "d?a", "d[/]a", "[^a]", "[a^]", "a.*", "*.b", "*b*", "a\r", "\r", "*a*b*"),
    *("[!-]", "[--a]", "[+--]", "***", "***/a", "d/***/a", "**a**", "[A-Z]", "[é]", "\\*", "a\\*"),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(root)], check=True, env=ENVIRONMENT)
    return root


def matches_of_git(root: Path, rules: bytes, paths: Sequence[str]) -> dict[str, int]:
    """The line of git's rule for each path, 0 for none."""
    (root / ".gitignore").write_bytes(rules)
    done = subprocess.run(
        ["git", "-C", str(root), "check-ignore", "--stdin", "-z", "--verbose", "--non-matching"],
        input=b"\0".join(map(os.fsencode, paths)),
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
    )
    fields = done.stdout.split(b"\0")
    return {
        os.fsdecode(fields[i + 3]): int(fields[i + 1] or 0) for i in range(0, len(fields) - 3, 4)
    }


def matches_of_msbuild(rules: bytes, paths: Sequence[str]) -> dict[str, int]:
    read = RuleFile(".gitignore", rules)

    def line_for(path: str) -> int:
        parts = os.fsencode(path).split(b"/")
        for depth in range(1, len(parts) + 1):
            name, whole = parts[depth - 1], b"/".join(parts[:depth])
            rule = read.verdict(name, whole, is_directory=depth < len(parts))
            if rule and not (rule.negative and depth < len(parts)):
                return rule.line
        return 0

    return {path: line_for(path) for path in paths}


@pytest.mark.parametrize("pattern", ODD)
def test_git_agrees_on_odd_patterns(repository: Path, pattern: str) -> None:
    for each in (pattern, f"!{pattern}"):
        rules = f"{each}\n".encode()
        assert matches_of_msbuild(rules, PATHS) == matches_of_git(repository, rules, PATHS)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=4))
def test_git_agrees_on_any_patterns(repository: Path, patterns: list[str]) -> None:
    rules = "\n".join(patterns).encode()
    assert matches_of_msbuild(rules, PATHS) == matches_of_git(repository, rules, PATHS)


@pytest.mark.parametrize(
    "rules",
    [
        b"\xef\xbb\xbfa\n",
        b"a\0b\n",
        b"\xff\xfe\n*.\xff\n",
        b"a\r\nb\r\n",
        b"a\r",
        b"",
        b"\n\n#a\n\na",
        b"\0",
        bytes(range(256)),
    ],
)
def test_git_agrees_on_odd_files(repository: Path, rules: bytes) -> None:
    paths = [*PATHS, os.fsdecode(b"x.\xff"), "\r", "a\r"]
    assert matches_of_msbuild(rules, paths) == matches_of_git(repository, rules, paths)


@pytest.mark.parametrize(
    "pattern", ["*a" * 60 + "b", "**/a/" * 40 + "b", "*a*/" * 20 + "b", "?*" * 90]
)
def test_no_pattern_is_slow(pattern: str) -> None:
    read = RuleFile("", pattern.encode())
    name = b"a" * 250
    path = b"/".join([b"a" * 40] * 60)
    with little_work():
        read.verdict(name, name, is_directory=False)
        read.verdict(name, path, is_directory=False)
