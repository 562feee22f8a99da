from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from msbuild import cli
from msbuild.model import User
from msbuild.plugin import manager
from msbuild.workspace.config import load
from tests.workspace.config.case import TREE
from tests.workspace.config.good_configs import GOOD
from tests.workspace.config.tree import languages_of

if TYPE_CHECKING:
    from tests.workspace.config.good_configs import Good
    from tests.workspace.config.tree import Tree

REPOSITORY = Path(__file__).parents[3]

BUILDER = """\
version: 1
workspace: classic
builders:
  go: {image: "golang:1.23-alpine"}
services:
"""
CLASSIC = """\
  myapp:
    path: .
    options: {target: ./cmd/myapp}
    runtime:
      base: alpine:3.20
      user: appuser
      workdir: /app
"""


@pytest.mark.parametrize("good", GOOD, ids=lambda good: good.name)
def test_a_good_config_is_loaded_as_declared(good: Good, tree: Tree) -> None:
    tree.add(TREE)
    assert good.look(tree.load(good.config)) == good.expected


def test_the_classic_form_takes_eight_lines(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = EntryPoint("go", "msbuild_go", "msbuild")
    monkeypatch.setattr(manager, "installed_plugins", lambda: [entry])
    tree.add(["cmd/myapp/main.go"])
    (tree.root / "go.mod").write_text("module example.com/myapp\n\ngo 1.23\n")
    (tree.root / "go.sum").write_text("")
    (tree.root / "cmd/myapp/main.go").write_text("package main\n\nfunc main() {}\n")
    assert len(CLASSIC.splitlines()) <= 8

    workspace = tree.load(BUILDER + CLASSIC)
    runtime = workspace.services["myapp"].runtime
    assert workspace.builders["go"].image == "golang:1.23-alpine"
    assert runtime.base == "alpine:3.20"
    assert runtime.user == User(10001, 10001, "appuser")
    assert runtime.workdir == "/app"
    assert workspace.repository("myapp") == "classic/myapp"
    assert cli.main(["graph"]) == 0
    assert "myapp-build" in capsys.readouterr().out


def test_the_config_of_the_sample_is_valid() -> None:
    workspace = load(REPOSITORY / "msbuild.yaml", languages_of)
    gateway = workspace.services["gateway"]
    assert len(workspace.services) == 9
    assert gateway.path == "go/services/gateway"
    assert gateway.runtime.ports == ("8080",)
    assert gateway.runtime.certificates
    assert gateway.runtime.user.name == "shop"
