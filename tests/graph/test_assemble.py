"""Settings of the config reach the stages."""

from __future__ import annotations

import dataclasses
import subprocess
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigError, ConfigErrors
from msbuild.model import Asset, CustomStage
from msbuild.sources.tree import SourceTree
from tests.project import HERE, Project, TextLanguage

if TYPE_CHECKING:
    from pathlib import Path

    from msbuild.graph.stage_graph import StageGraph
    from msbuild.plugin.api import Builder, Inputs, Service, Sources


def weights(graph: StageGraph) -> dict[str, int]:
    return {name: graph[name].cores for name in graph if graph[name].cores != 1}


def test_cores_of_a_builder_apply_to_compiling_stages(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a", "b"])
    project.builder_cores = 4
    project.services["b"] = dataclasses.replace(project.services["b"], cores=2)
    assert weights(project.load().assembly.graph) == {"text-deps": 4, "a-build": 4, "b-build": 2}


def test_stages_have_no_weights_by_default(tmp_path: Path) -> None:
    assert weights(Project(tmp_path, ["a"]).load().assembly.graph) == {}


def test_inputs_of_a_stage_may_be_globs(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a"])
    project.write({"schema/x.sql": "", "schema/y.txt": "", "tools/gen": ""})
    inputs = ("tools", "schema/*.sql")
    project.stages = {"gen": CustomStage("gen", "text", inputs, ("make",), network=False, at=HERE)}
    assert project.load().assembly.graph["gen"].files == ("schema/x.sql", "tools/gen")


def test_problems_of_several_services_are_reported_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path, ["a", "b", "c"])
    asked = TextLanguage.inputs

    def inputs(self: TextLanguage, service: Service, builder: Builder, sources: Sources) -> Inputs:
        if service.name in "ac":
            raise ConfigError(f"`{service.name}` has no main file")
        return asked(self, service, builder, sources)

    monkeypatch.setattr(TextLanguage, "inputs", inputs)
    with pytest.raises(ConfigErrors) as caught:
        project.load()
    assert [each.message for each in caught.value.problems] == [
        "`a` has no main file",
        "`c` has no main file",
    ]


def test_a_missing_submodule_fails_the_services_that_need_it(tmp_path: Path) -> None:
    other, root = tmp_path / "other", tmp_path / "root"
    project = Project(root, ["a", "b"])
    other.mkdir()
    (other / "x").write_text("")
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    git = ("git", *identity, "-c", "protocol.file.allow=always", "-C")
    for place in (other, root):
        for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "start")):
            subprocess.run([*git, str(place), *words], check=True)
    submodule = ("submodule", "--quiet", "add", str(other), "web/sub")
    subprocess.run([*git, str(root), *submodule], check=True)
    project.services["a"] = dataclasses.replace(
        project.services["a"], assets=(Asset("web", "./web"),)
    )
    assert set(project.plan().jobs) >= {"a", "b"}
    subprocess.run([*git, str(root), "submodule", "-q", "deinit", "-f", "web/sub"], check=True)
    assert project.plan("b").jobs
    with pytest.raises(ConfigErrors) as caught:
        project.plan("a")
    assert "`a` needs the submodule `web/sub`, which is not checked out" in caught.value.render()
    with pytest.raises(ConfigError, match="`web/sub/x` is in the submodule `web/sub`"):
        SourceTree(root).read("web/sub/x")
    sources = SourceTree(root)
    assert not sources.exists("web/sub/y")
    assert len(sources.warnings) == 1
