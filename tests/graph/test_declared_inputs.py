"""Inputs listed in the config and the lock file are added to those that the language finds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from msbuild.plugin.api import may_share
from tests.project import Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, ["a", "b"])
    project.write({"schema/x.sql": "1", "schema/y.sql": "2", ".sqlx/q.json": "3"})
    return project


def listed(project: Project, name: str, *inputs: str) -> None:
    project.services[name] = dataclasses.replace(project.services[name], inputs=inputs)


def test_inputs_of_a_service_reach_its_build_with_the_reason(project: Project) -> None:
    listed(project, "a", "schema/*.sql", "services/a")
    assembly = project.load().assembly
    assert assembly.inputs["a"].files == {
        "schema/x.sql": "listed in `inputs`",
        "schema/y.sql": "listed in `inputs`",
        # files found by the language keep its reason
        "services/a/main": "by name",
    }
    assert assembly.graph["a-build"].files == ("schema/x.sql", "schema/y.sql", "services/a/main")
    assert assembly.graph["b-build"].files == ("services/b/main",)


def test_inputs_of_a_builder_apply_to_all_its_services(project: Project) -> None:
    listed(project, "a", "schema/x.sql")
    project.builder_inputs = ("schema",)
    inputs = project.load().assembly.inputs
    assert inputs["a"].files["schema/x.sql"] == "listed in `inputs`"
    assert inputs["b"].files["schema/x.sql"] == "listed in `inputs` of builder `text`"


def test_inputs_of_the_lock_file_are_used_while_they_exist(project: Project) -> None:
    project.verified = {"a": [".sqlx", "gone", "schema/*"], "nobody": ["schema"]}
    loaded = project.load()
    assert loaded.assembly.inputs["a"].files == {
        ".sqlx/q.json": "found by `msbuild verify`",
        "services/a/main": "by name",
    }
    assert loaded.assembly.warnings == (
        "`msbuild.lock` lists `gone` for `a`, which does not exist",
        "`msbuild.lock` lists `schema/*` for `a`, which does not exist",
        "`msbuild.lock` lists inputs of unknown service `nobody`",
    )


def test_a_directory_that_loses_files_to_ignore_rules_causes_a_warning(project: Project) -> None:
    project.write({".gitignore": "*.tmp\n", "schema/a.tmp": "", "schema/b.tmp": ""})
    listed(project, "a", "schema", "schema/*.sql")
    listed(project, "b", ".sqlx")
    assert project.load().assembly.warnings == (
        "ignore rules exclude `schema/a.tmp`, `schema/b.tmp` from input `schema` (.gitignore:1)",
    )


def test_a_changed_or_new_input_rebuilds_only_its_service(project: Project) -> None:
    listed(project, "a", "schema/**/*.sql")
    project.run()
    assert not project.run().executed
    project.write({"schema/x.sql": "changed"})
    assert project.run().executed == {"a": 1}
    project.write({"schema/new/z.sql": "new"})
    assert project.run().executed == {"a": 1}
    project.write({"schema/new/z.txt": "not an input"})
    assert not project.run().executed


def test_languages_see_all_listed_inputs_of_their_service(project: Project) -> None:
    service = project.services["a"]
    assert may_share(service)
    assert not may_share(dataclasses.replace(service, inputs=("schema",)))
    project.builder_inputs = ("schema",)
    project.verified = {"a": [".sqlx", "gone"]}
    project.load()
    seen = {each.name: each.inputs for each in project.language.users}
    schema = ("schema/x.sql", "schema/y.sql")
    assert seen == {"a": (".sqlx/q.json", *schema), "b": schema}
