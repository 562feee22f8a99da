"""What a plugin raises or returns wrongly is reported as the plugin's, with method and service."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from msbuild.errors import EXIT_USAGE, ConfigErrors, PluginError
from msbuild.model import CacheMount, Copy, HostTool, Run, Stage, StageKind, StageRef
from msbuild.plugin.api import Artifact, Inputs, ServiceBuild
from tests.project import Project, TextLanguage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Change = Callable[[Any], Any]


class Changed(TextLanguage):
    """The text language with one result changed.

    Args:
        method: the method whose result is changed.
        change: returns the other result; it may raise.
    """

    def __init__(self, method: str, change: Change) -> None:
        super().__init__()
        original = getattr(self, method)
        setattr(self, method, lambda *given: change(original(*given)))


def raising(error: Exception) -> Change:
    def change(_: Any) -> Any:
        raise error

    return change


def with_stage(**changes: Any) -> Change:
    """A service build whose stage has other values."""

    def change(build: ServiceBuild) -> ServiceBuild:
        (stage,) = build.stages
        return dataclasses.replace(build, stages=(dataclasses.replace(stage, **changes),))

    return change


def with_step(step: Any) -> Change:
    """A service build whose stage has one more step."""

    def change(build: ServiceBuild) -> ServiceBuild:
        (stage,) = build.stages
        more = dataclasses.replace(stage, steps=(*stage.steps, step))
        return dataclasses.replace(build, stages=(more,))

    return change


def with_artifacts(*artifacts: Artifact) -> Change:
    return lambda build: dataclasses.replace(build, artifacts=artifacts)


def with_files(*paths: str) -> Change:
    return lambda inputs: Inputs({**inputs.files, **dict.fromkeys(paths, "by mistake")})


def with_first(**changes: Any) -> Change:
    """Shared stages whose first one has other values."""
    return lambda stages: [dataclasses.replace(stages[0], **changes), *stages[1:]]


NOT_A_FILE = "not the normalized path of a file of the source tree"
NAMES = "names may have lower-case letters, digits, `-`, `_` and `.`"
TOOL = HostTool("cc", ("--version",), "gcc")
MISTAKES: list[tuple[str, Change, str]] = [
    ("inputs", raising(KeyError("x")), "raised KeyError: 'x'"),
    ("inputs", raising(FileNotFoundError("a/b")), "raised FileNotFoundError: a/b"),
    ("inputs", raising(RecursionError("deep")), "raised RecursionError: deep"),
    ("inputs", lambda _: None, "must return `Inputs`, but returned nothing"),
    ("inputs", lambda _: {}, "must return `Inputs`, but returned `dict`"),
    ("inputs", with_files("/etc/passwd"), f"returned `/etc/passwd`: {NOT_A_FILE}"),
    ("inputs", with_files("../x"), f"returned `../x`: {NOT_A_FILE}"),
    ("inputs", with_files("lib"), f"returned `lib`: {NOT_A_FILE}"),
    ("inputs", with_files("lib//x"), f"returned `lib//x`: {NOT_A_FILE}"),
    ("inputs", with_files("no/file"), f"returned `no/file`: {NOT_A_FILE}"),
    (
        "inputs",
        lambda found: Inputs(found.files, facts={"version": 3}),  # type: ignore[dict-item]
        "returned the fact 'version' with the value 3: both must be strings",
    ),
    ("shared_stages", raising(ValueError("no")), "raised ValueError: no"),
    ("shared_stages", lambda _: [], "must return stages, the toolchain first, but returned `list`"),
    ("shared_stages", lambda found: found[::-1], "the toolchain first, but returned `text-deps`"),
    ("shared_stages", lambda found: [*found, "x"], "must return stages, but returned `str`"),
    (
        "shared_stages",
        with_first(steps=(Run("curl | sh"),)),
        "a toolchain may only install packages: its steps do not run without containers",
    ),
    (
        "shared_stages",
        lambda found: [*found, Stage("x", StageKind.CUSTOM, StageRef("t"), (Copy(("no",)),))],
        f"returned the stage `x`, which copies `no`: {NOT_A_FILE}",
    ),
    ("service_build", raising(TypeError("None")), "raised TypeError: None"),
    ("service_build", lambda _: None, "must return `ServiceBuild`, but returned nothing"),
    ("service_build", lambda _: ServiceBuild((), ()), "must return at least one stage"),
    ("service_build", with_artifacts(), "must return at least one artifact"),
    ("service_build", with_stage(name="a build"), f"returned the stage 'a build': {NAMES}"),
    ("service_build", with_stage(kind=StageKind.RUNTIME), "runtime stages are not made by"),
    ("service_build", with_stage(host=(TOOL,)), "only toolchains may have `host` programs"),
    ("service_build", with_stage(env=(("A", 1),)), "`env` must be pairs of strings, but has"),
    ("service_build", with_stage(facts=(("A",),)), "`facts` must be pairs of strings, but has"),
    (
        "service_build",
        with_step(Run("x", caches=(CacheMount("x", "/cache", "by name"),))),
        "the cache directory '/cache' is absolute",
    ),
    (
        "service_build",
        with_step(Run("x", caches=(CacheMount("x", "c", "by name", sharing="mine"),))),
        "`sharing` of a cache must be `shared` or `locked`, but is 'mine'",
    ),
    ("service_build", with_artifacts(Artifact("a", "/a")), "the artifact '/a': its name must be a"),
    ("service_build", with_artifacts(Artifact("../a", "a")), "from '../a', which is outside"),
    (
        "service_build",
        with_artifacts(Artifact("a", "a"), Artifact("b", "a")),
        "returned 2 artifacts with the name `a`",
    ),
    (
        "service_build",
        with_step(Copy(("lib/x",))),
        "copies `lib/x`, which `inputs` does not return",
    ),
]


def load(tmp_path: Path, method: str, change: Change) -> PluginError:
    project = Project(tmp_path, ["a"])
    project.write({"lib/x": "library"})
    project.language = Changed(method, change)
    with pytest.raises(PluginError) as caught:
        project.load()
    return caught.value


@pytest.mark.parametrize(("method", "change", "message"), MISTAKES)
def test_a_mistake_is_reported_with_plugin_method_and_subject(
    method: str, change: Change, message: str, tmp_path: Path
) -> None:
    error = load(tmp_path, method, change)
    subject = "builder `text`" if method == "shared_stages" else "service `a`"
    assert error.message.startswith(f"plugin `text` 1: `{method}` for {subject} ")
    assert message in error.message
    assert error.hint == "this is a bug in the plugin: report it to its author"
    assert error.at is not None
    assert error.exit_code == EXIT_USAGE


def test_inputs_that_no_stage_copies_are_a_mistake(tmp_path: Path) -> None:
    def forgetful(build: ServiceBuild) -> ServiceBuild:
        (stage,) = build.stages
        steps = (Copy(()), *stage.steps[1:])
        return dataclasses.replace(build, stages=(dataclasses.replace(stage, steps=steps),))

    error = load(tmp_path, "service_build", forgetful)
    assert "copies no `services/a/main`, although `inputs` returns it" in error.message


def test_the_mistakes_of_all_services_are_reported_together(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a", "b"])
    project.language = Changed("inputs", raising(KeyError("x")))
    with pytest.raises(ConfigErrors) as caught:
        project.load()
    assert [each.message for each in caught.value.problems] == [
        "plugin `text` 1: `inputs` for service `a` raised KeyError: 'x'",
        "plugin `text` 1: `inputs` for service `b` raised KeyError: 'x'",
    ]


def test_an_environment_error_is_not_blamed_on_the_plugin(tmp_path: Path) -> None:
    project = Project(tmp_path, ["a"])
    project.language = Changed("inputs", raising(OSError(5, "Input/output error")))
    with pytest.raises(OSError, match="Input/output"):
        project.load()
