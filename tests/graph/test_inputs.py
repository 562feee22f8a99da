"""Listed inputs, and links with their targets."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from msbuild.errors import ConfigError
from msbuild.execute.dockerfile import EXPORTED, render
from msbuild.graph.inputs import asset_steps
from msbuild.model import Asset, Copy, ImageRef, Stage, StageKind
from msbuild.plugin.api import may_share
from msbuild.sources.tree import SourceTree
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


def link(root: Path, path: str, target: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).symlink_to(target)


def shipped(root: Path, source: str, destination: str = "./etc") -> dict[str, str]:
    """The destinations of an asset's files, each with its source."""
    steps = asset_steps(source, destination, SourceTree(root))
    return {step.placed(path): path for step in steps for path in step.files}


def test_a_link_and_its_target_are_inputs_of_the_build(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a"])
    project.write({"shared/deep/x": "text", "other": "more"})
    link(tmp_path, "services/a/common", "../../shared/deep")
    link(tmp_path, "services/a/file", "chain")
    link(tmp_path, "services/a/chain", "../../other")
    loaded = project.load()
    expected = {
        "other",
        "services/a/chain",
        "services/a/common",
        "services/a/file",
        "services/a/main",
        "shared/deep/x",
    }
    assert set(loaded.assembly.graph["a-build"].files) == expected
    assert set(loaded.assembly.inputs["a"].files) == expected
    assert loaded.assembly.inputs["a"].files["services/a/common"] == "a link to `../../shared/deep`"
    assert loaded.assembly.inputs["a"].files["shared/deep/x"] == "by name"


def test_an_exported_dockerfile_copies_directory_links_separately(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path, ["a"])
    project.write({"shared/deep/x": "text", "services/a/more": "text", "web/v2/x": "", "web/y": ""})
    link(tmp_path, "services/a/common", "../../shared/deep")
    link(tmp_path, "web/current", "v2")
    loaded = project.load()
    (copy,) = (s for s in loaded.assembly.graph["a-build"].steps if isinstance(s, Copy))
    assert copy.links == ("services/a/common",)
    # docker follows a link given to COPY, so its contents would be next to the files
    outside = Stage("other", StageKind.CUSTOM, ImageRef("x"), (Copy(("services/a/other",)),))
    stage = Stage("s", StageKind.CUSTOM, ImageRef("x"), (copy,))
    text = render([outside, stage], pins={}, layout=EXPORTED)
    assert "COPY services/a/common ./services/a/common\n" in text
    assert "COPY services/a/main services/a/more ./services/a/\n" in text
    assert "COPY shared ./shared\n" in text
    (asset,) = asset_steps("web", "./etc", SourceTree(tmp_path))
    assert asset.links == ("web/current",)


def test_edits_behind_a_link_and_retargeted_links_rebuild(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a"])
    project.write({"one/x": "text", "two/x": "text"})
    link(tmp_path, "services/a/common", "../../one")
    project.run()
    assert not project.plan().jobs
    project.write({"one/x": "other"})
    assert "a" in project.plan().jobs
    project.run()
    (tmp_path / "services/a/common").unlink()
    link(tmp_path, "services/a/common", "../../two")
    assert "a" in project.plan().jobs


@pytest.mark.parametrize("target", ["/etc", "../../..", "../../../x"])
def test_a_link_out_of_the_tree_is_refused_where_it_is_copied(tmp_path: Path, target: str) -> None:
    project = Project(tmp_path / "ws", ["a", "b"])
    link(tmp_path / "ws", "services/a/out", target)
    with pytest.raises(ConfigError, match=f"`services/a/out` points to `{target}`, outside of"):
        project.load()


def test_an_unused_bad_link_is_ignored(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a"])
    link(tmp_path, "elsewhere/out", "/etc")
    link(tmp_path, "elsewhere/loop", "loop")
    assert project.load().assembly.graph["a-build"].files == ("services/a/main",)


def test_a_link_within_an_asset_stays_a_link(tmp_path: Path) -> None:
    Project(tmp_path, []).write({"web/v2/x": "", "web/y": ""})
    link(tmp_path, "web/current", "v2")
    link(tmp_path, "web/v2/up", "../y")
    link(tmp_path, "web/self", ".")
    assert shipped(tmp_path, "web") == {
        "etc/current": "web/current",
        "etc/self": "web/self",
        "etc/v2/up": "web/v2/up",
        "etc/v2/x": "web/v2/x",
        "etc/y": "web/y",
    }


def test_a_link_out_of_an_asset_becomes_its_content(tmp_path: Path) -> None:
    Project(tmp_path, []).write({"web/own": "", "shared/a": "", "shared/dir/b": "", "web/in/c": ""})
    link(tmp_path, "web/file", "../shared/a")
    link(tmp_path, "web/in/dir", "../../shared/dir")
    link(tmp_path, "web/chain", "file")
    link(tmp_path, "web/back", "../web/own")
    link(tmp_path, "shared/dir/up", "../a")
    assert shipped(tmp_path, "web") == {
        "etc/back": "web/own",
        "etc/chain": "shared/a",
        "etc/file": "shared/a",
        "etc/in/c": "web/in/c",
        "etc/in/dir/b": "shared/dir/b",
        "etc/in/dir/up": "shared/a",
        "etc/own": "web/own",
    }


def test_an_asset_may_be_a_link_or_behind_one(tmp_path: Path) -> None:
    Project(tmp_path, []).write({"shared/dir/b": "", "shared/a": ""})
    link(tmp_path, "web/dir", "../shared/dir")
    link(tmp_path, "web/file", "../shared/a")
    assert shipped(tmp_path, "web/dir") == {"etc/b": "shared/dir/b"}
    assert shipped(tmp_path, "web/dir/b") == {"etc": "shared/dir/b"}
    assert shipped(tmp_path, "web/file", "./a.txt") == {"a.txt": "shared/a"}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("gone", "`web/link` points to `gone`, which does not exist"),
        ("/etc/passwd", "`web/link` points to `/etc/passwd`, outside of the source root"),
        ("link", "`web/link` points to `link`, which leads back"),
        ("..", "the symbolic link `web/link` points to `.`, which contains it"),
    ],
)
def test_no_image_contains_a_dangling_link(tmp_path: Path, target: str, message: str) -> None:
    Project(tmp_path, []).write({"web/own": ""})
    link(tmp_path, "web/link", target)
    with pytest.raises(ConfigError, match=message):
        asset_steps("web", "./etc", SourceTree(tmp_path))


def test_many_links_out_of_an_asset_need_few_steps(tmp_path: Path) -> None:
    for number in range(150):
        Project(tmp_path, []).write({f"shared/{number}": ""})
        link(tmp_path, f"web/{number}", f"../shared/{number}")
    link(tmp_path, "web/renamed", "../shared/1")
    assert len(asset_steps("web", "./etc", SourceTree(tmp_path))) == 3
    assert shipped(tmp_path, "web")["etc/149"] == "shared/149"
    assert shipped(tmp_path, "web")["etc/renamed"] == "shared/1"


def test_an_asset_that_loses_files_to_ignore_rules_causes_a_warning(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a"])
    project.write({".gitignore": "\n*.js\n", "web/a.js": "", "web/b.js": "", "web/c/d.js": ""})
    project.write({"web/index.html": "", "web/e.js": "", "other/x.js": ""})
    assets = (Asset("web", "./web"),)
    project.services["a"] = dataclasses.replace(project.services["a"], assets=assets)
    (warning,) = project.load().assembly.warnings
    named = "`web/a.js`, `web/b.js`, `web/c/d.js` and 1 more"
    assert warning == f"ignore rules exclude {named} from asset `web` (.gitignore:2)"


def test_an_asset_that_loses_files_behind_a_link_causes_a_warning(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a"])
    project.write({".gitignore": ".env\n", "shared/inner/.env": "", "shared/inner/x": ""})
    project.write({"other/.env": "", "other/y": "", "web/index.html": ""})
    (tmp_path / "web/inner").symlink_to("../shared/inner")
    (tmp_path / "shared/inner/other").symlink_to("../../other")
    (tmp_path / "shared/inner/back").symlink_to(".")
    assets = (Asset("web", "./web"),)
    project.services["a"] = dataclasses.replace(project.services["a"], assets=assets)
    (warning,) = project.load().assembly.warnings
    named = "`other/.env`, `shared/inner/.env`"
    assert warning == f"ignore rules exclude {named} from asset `web` (.gitignore:1)"
