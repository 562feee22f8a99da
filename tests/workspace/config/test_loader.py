from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigError, ConfigErrors
from msbuild.workspace.config import load, plugin_modules
from tests.workspace.config.case import HEAD, TREE
from tests.workspace.config.tree import languages_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from msbuild.plugin.api import Language
    from tests.workspace.config.tree import Tree

SERVICE = "services: {api: {path: api}}\n"


def messages(tree: Tree, text: str) -> list[str]:
    tree.add(TREE)
    with pytest.raises(ConfigErrors) as caught:
        tree.load(HEAD + text)
    return [each.render() for each in caught.value.problems]


def test_problems_are_ordered_by_location(tree: Tree) -> None:
    text = SERVICE + "".join(f"{name}: 1\n" for name in "zyxw")
    assert [each.split(" in ")[0] for each in messages(tree, text)] == [
        "msbuild.yaml:5:1: unknown key `z`",
        "msbuild.yaml:6:1: unknown key `y`",
        "msbuild.yaml:7:1: unknown key `x`",
        "msbuild.yaml:8:1: unknown key `w`",
    ]


def test_at_most_a_hundred_problems_are_shown(tree: Tree) -> None:
    text = SERVICE + "".join(f"k{number}: 1\n" for number in range(1250))
    shown = messages(tree, text)
    assert len(shown) == 101
    assert shown[-1] == "1,150 more problems not shown"


def test_a_problem_shared_by_many_services_is_reported_once(tree: Tree) -> None:
    text = "defaults: {runtime: {packages: [curl]}, builder: goo}\ndiscover: [{glob: '*'}]\n"
    shown = [each.splitlines()[0] for each in messages(tree, text)]
    assert shown == [
        "msbuild.yaml:4:22: `api` is based on `scratch`, where packages cannot be installed",
        "msbuild.yaml:4:22: `web` is based on `scratch`, where packages cannot be installed",
        "msbuild.yaml:4:50: unknown builder `goo`",
    ]


def test_plugins_that_fail_do_not_hide_other_problems(tree: Tree) -> None:
    tree.add(TREE)
    tree.configure(f"{HEAD}{SERVICE}plugins: [good, bad]\ncolour: red\n".encode())

    def fail(modules: tuple[str, ...], used: Collection[str]) -> Mapping[str, Language]:
        assert modules == ("good", "bad")
        assert set(used) == {"go"}
        raise ConfigError("plugin `bad` is invalid")

    with pytest.raises(ConfigErrors) as caught:
        load(tree.root / "msbuild.yaml", fail)
    assert [(str(each.at), each.message) for each in caught.value.problems] == [
        ("msbuild.yaml:5:17", "plugin `bad` is invalid"),
        ("msbuild.yaml:6:1", "unknown key `colour` in the config"),
    ]


def test_the_error_of_a_broken_plugin_has_no_location_and_comes_first(tree: Tree) -> None:
    tree.configure(f"{HEAD}colour: red\n".encode())

    def fail(modules: tuple[str, ...], used: Collection[str]) -> Mapping[str, Language]:
        del modules, used
        raise ConfigErrors([ConfigError("plugin `one` is broken"), ConfigError("so is `two`")])

    with pytest.raises(ConfigErrors) as caught:
        load(tree.root / "msbuild.yaml", fail)
    assert [each.at for each in caught.value.problems][:2] == [None, None]
    assert len(caught.value.problems) == 4


def test_plugin_modules_are_read_from_a_config_with_other_problems(tree: Tree) -> None:
    tree.configure(b"version: one\nplugins: [zig, tools.gen]\n")
    assert plugin_modules(tree.root / "msbuild.yaml") == ("zig", "tools.gen")
    tree.configure(b"version: 1\n")
    assert plugin_modules(tree.root / "msbuild.yaml") == ()


def test_the_environment_of_the_process_is_the_default(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM", "process")
    text = HEAD + SERVICE + "registry: example.com/${TEAM}\n"
    tree.add(TREE)
    assert tree.load(text, {"TEAM": "given"}).registry == "example.com/given"
    assert load(tree.root / "msbuild.yaml", languages_of).registry == "example.com/process"


def test_messages_name_paths_relative_to_the_working_directory(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    below = tree.root / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert messages(tree, "")[0].startswith("../msbuild.yaml:1:1: ")
    monkeypatch.chdir(tmp_path)
    assert messages(tree, "")[0].startswith("repository/msbuild.yaml:1:1: ")


def test_a_config_that_cannot_be_read_is_an_error(tree: Tree) -> None:
    with pytest.raises(ConfigError, match=r"`msbuild.yaml` does not exist"):
        load(tree.root / "msbuild.yaml", languages_of)
    (tree.root / "msbuild.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"cannot read `msbuild.yaml`: is a directory"):
        load(tree.root / "msbuild.yaml", languages_of)
