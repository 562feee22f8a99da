"""The options of a run: every one declares what it affects, and is a field of one value."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import get_args

import pytest

from msbuild.commands.options import affects, run_options
from msbuild.commands.parsing import commands, make_parser
from msbuild.run_options import Affects, RunOptions

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("MSBUILD_EXECUTOR", "MSBUILD_OFFLINE", "GITHUB_ACTIONS"):
        monkeypatch.delenv(variable, raising=False)


def options_of(command: str) -> list[argparse.Action]:
    parser = commands(make_parser())[command]
    return [each for each in parser._actions if each.option_strings and each.dest != "help"]


def parsed(*words: str) -> RunOptions:
    return run_options(make_parser(words).parse_args(words))


@pytest.mark.parametrize("command", ["all", "build"])
def test_every_option_declares_its_effect(command: str) -> None:
    assert not [each.dest for each in options_of(command) if affects(each) is None]


@pytest.mark.parametrize("command", ["all", "build"])
def test_every_option_is_a_field(command: str) -> None:
    assert {each.dest for each in options_of(command)} <= set(RunOptions._fields)


def test_the_result_has_only_options_that_decide_what_is_built() -> None:
    expected = {"file": None, "executor": "auto", "compression": None, "tags": ["latest"]}
    assert parsed("all").result == expected
    assert parsed("all", "--jobs", "7", "--retries", "0", "--quiet").result == expected


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ("--tag v1 --tag v2 --tag v1", {"tags": ["v1", "v2"]}),
        ("--executor local", {"executor": "local"}),
        ("--compression zstd", {"compression": "zstd"}),
        ("--file a/b.yaml", {"file": "a/b.yaml"}),
    ],
)
def test_options_that_decide_what_is_built_are_part_of_the_result(
    words: str, changed: dict[str, object]
) -> None:
    assert parsed("all", *words.split()).result == {**parsed("all").result, **changed}


@pytest.mark.parametrize(
    ("words", "plan", "load"),
    [
        ("", (), ()),
        ("--jobs 7 --fail-fast --timeout 3 --retries 0 --offline --cache-from r/x -q", (), ()),
        ("--tag v1 --compression zstd", (), ()),
        ("-vv", (), ()),
        ("--no-cache --push", ("push",), ("no_cache",)),
        ("--cache-to", ("cache_to",), ()),
        ("--json --junit j.xml --trace t.json", ("junit", "trace"), ()),
    ],
)
def test_options_that_need_more_than_images_are_listed(
    words: str, plan: tuple[str, ...], load: tuple[str, ...]
) -> None:
    options = parsed("all", *words.split())
    assert (options.plan, options.load) == (plan, load)


def test_an_option_without_a_declaration_prevents_the_fast_path() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--forgotten", action="store_true")
    parser.set_defaults(parser=parser)
    assert run_options(parser.parse_args([])).load == ()
    assert run_options(parser.parse_args(["--forgotten"])).load == ("forgotten",)


def test_the_environment_sets_options_missing_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MSBUILD_EXECUTOR", "docker")
    monkeypatch.setenv("MSBUILD_OFFLINE", "1")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    options = parsed("all")
    assert (options.executor, options.offline, options.github_actions) == ("docker", True, True)
    assert options.plan == ("GITHUB_ACTIONS",)
    assert options.result["executor"] == "docker"
    assert parsed("all", "--executor", "local").executor == "local"


def documented_rows(heading: str) -> dict[str, str]:
    """The first two cells of the rows of the first table below a heading of a page."""
    text = (ROOT / "docs" / "performance.md").read_text().partition(f"## {heading}\n")[2]
    return dict(re.findall(r"^\| (.*`--.*?) \| (.*) \|$", text.partition("\n## ")[0], re.MULTILINE))


@pytest.mark.parametrize(
    ("effect", "described"),
    [
        ("run", "none: every path is possible"),
        ("result", "a full load if they differ from those of the last run"),
        ("plan", "the incremental load even if nothing changed"),
        ("load", "always a full load"),
    ],
)
def test_the_documented_effect_of_an_option_is_the_declared_one(
    effect: str, described: str
) -> None:
    documented = {
        text: re.findall(r"`(--[a-z-]+)`", names)
        for names, text in documented_rows("Which path a run takes").items()
    }
    declared = [each.option_strings[-1] for each in options_of("all") if affects(each) == effect]
    assert documented[described] == sorted(declared)
    assert len(documented) == len(get_args(Affects))
